/** What those may ask of SNS who sign nothing: to follow a link out of a message, and for the certificate. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Dispatch } from '../../kernel/service.ts';
import { LINKS } from './notifications.ts';

/** A route of the AWS endpoint. */
export interface LinkRoute {
  readonly method: string;
  readonly path: RegExp;
  readonly isPublic: true;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const XML_NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

export function linkRoutes(dispatch: Dispatch): readonly LinkRoute[] {
  const ask = (operation: string, input: object) =>
    dispatch({ caller: { kind: 'anonymous' }, service: 'sns', operation, input }) as Promise<{
      SubscriptionArn?: string;
    }>;

  /** A browser shows what it gets; a program may read it: the answer is the API's. */
  async function follow({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { Action = '', ...input } = Object.fromEntries(new URL(url, 'http://localhost').searchParams);
    if (Action !== 'ConfirmSubscription' && Action !== 'Unsubscribe') {
      return answer(response, 400, errorText('InvalidAction', `The action ${Action} is no link of a message`));
    }
    try {
      const { SubscriptionArn } = (await ask(Action, input)) ?? {};
      const result = SubscriptionArn === undefined ? '' : `<SubscriptionArn>${SubscriptionArn}</SubscriptionArn>`;
      answer(
        response,
        200,
        `<${Action}Response xmlns="${XML_NAMESPACE}"><${Action}Result>${result}</${Action}Result></${Action}Response>`,
      );
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      answer(response, error.statusCode, errorText(error.code.replace(/Exception$/, ''), error.message));
    }
  }

  async function handOutCertificate({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = { kind: 'internal', service: 'sns.amazonaws.com' } as const;
    const input = { FileName: url.slice(1) };
    const found = (await dispatch({ caller, service: 'sns', operation: 'GetSigningCertificate', input })) as {
      Certificate?: string;
    };
    if (found.Certificate === undefined) return answer(response, 404, errorText('NotFound', 'There is no such file'));
    response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end(found.Certificate);
  }

  return [
    { method: 'GET', path: new RegExp(`^${LINKS}$`), isPublic: true, handle: follow },
    {
      method: 'GET',
      path: /^\/SimpleNotificationService-[0-9a-f]+\.pem$/,
      isPublic: true,
      handle: handOutCertificate,
    },
  ];
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
}

const errorText = (code: string, message: string): string =>
  `<ErrorResponse xmlns="${XML_NAMESPACE}"><Error><Type>Sender</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error></ErrorResponse>`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
