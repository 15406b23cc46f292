/**
 * `POST /tickets/{id}/draft` by Lambda's response streaming: JSON in one piece, or events to those who accept them. What
 * fails before the first token is an HTTP error; what fails later is the last event.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
import { ModelBrokeOffError, ModelRefusedError, ModelUnavailableError } from '@app/shared/bedrock';
import { DatabaseUnavailableError } from '@app/shared/database';
import { corsHeaders, errorAnswer, type Headers, HttpError, header } from '@app/shared/http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ticketId } from '../../api/ticket-id.ts';
import type { Caller } from '../../domain/caller.ts';
import { InvalidAnswer } from '../../domain/model-answer.ts';
import { NotAllowedInStatus, TicketNotFound } from '../../domain/problems.ts';
import type { Progress, Suggest } from './assistant.ts';

/** Where an answer goes; `begin` once, before anything else. */
export interface Reply {
  begin(status: number, headers: Headers): void;
  /** Resolves when more may be written. */
  write(text: string): Promise<void>;
  end(): Promise<void>;
}

export interface Dependencies {
  readonly suggest: Suggest;
  /** Who it is, by what API Gateway has verified; whoever it refuses gets no further. */
  readonly callerOf: (event: APIGatewayProxyEvent) => Caller;
  readonly logger: { error(message: string, error: Error): void; warn(message: string, error: Error): void };
  readonly corsAllowOrigin: string;
}

export function serve({ suggest, callerOf, logger, corsAllowOrigin }: Dependencies) {
  const always = { 'Cache-Control': 'no-store', ...corsHeaders(corsAllowOrigin) };

  /** @param remainingMs until the caller has to have the whole answer */
  return async (event: APIGatewayProxyEvent, reply: Reply, remainingMs: () => number): Promise<void> => {
    const { requestId } = event.requestContext;
    const wantsEvents = acceptsEvents(header(event, 'accept') ?? '');
    let begun = false;

    async function tell({ kind, ...progress }: Progress): Promise<void> {
      if (!wantsEvents) {
        if (!('suggestion' in progress)) return;
        reply.begin(200, { 'Content-Type': 'application/json', ...always });
        begun = true;
        await reply.write(JSON.stringify(progress.suggestion));
        return;
      }
      if (!begun) {
        // A proxy that collects events before it hands them on takes the point of them away.
        reply.begin(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no', ...always });
        begun = true;
      }
      await reply.write(eventText(kind, 'suggestion' in progress ? progress.suggestion : { text: progress.text }));
    }

    try {
      for await (const progress of suggest(ticketId(event), callerOf(event), remainingMs)) await tell(progress);
    } catch (error) {
      const refusal = asHttp(error);
      if (!(refusal instanceof HttpError)) logger.error('The request failed', asError(error));
      else if (refusal.status >= 500) logger.warn('There is no draft', asError(error));
      const { statusCode, headers, body } = errorAnswer(refusal, requestId);
      if (begun) await reply.write(eventText('error', JSON.parse(body)));
      else {
        reply.begin(statusCode, { ...(headers as Headers), ...always });
        await reply.write(body);
      }
    }
    await reply.end();
  };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html: JSON has no line breaks of its own. */
function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function acceptsEvents(accept: string): boolean {
  return accept.split(',').some((range) => /^\s*text\/event-stream\s*(?:;(?!.*\bq=0(?:\.0*)?\s*$)|$)/i.test(range));
}

const SOON = { 'Retry-After': '10' };
const LATER = { 'Retry-After': '300' };

/** What the caller may know about an error; anything unforeseen stays as it is and becomes a bare 500. */
function asHttp(cause: unknown): unknown {
  if (cause instanceof TicketNotFound) return new HttpError(404, 'NOT_FOUND', cause.message);
  if (cause instanceof NotAllowedInStatus) return new HttpError(409, 'NOT_ALLOWED_IN_STATUS', cause.message);
  if (cause instanceof DatabaseUnavailableError) {
    const message = 'The database does not answer now: try again';
    return new HttpError(503, 'DATABASE_UNAVAILABLE', message, { headers: { 'Retry-After': '5' }, cause });
  }
  if (cause instanceof ModelUnavailableError) {
    return new HttpError(503, 'MODEL_UNAVAILABLE', 'The assistant does not answer now: try again', {
      headers: SOON,
      cause,
    });
  }
  if (cause instanceof ModelRefusedError) {
    return new HttpError(503, 'MODEL_UNAVAILABLE', 'The assistant is not available', { headers: LATER, cause });
  }
  if (cause instanceof ModelBrokeOffError) {
    return new HttpError(502, 'DRAFT_BROKE_OFF', 'The assistant stopped in the middle: try again', { cause });
  }
  if (cause instanceof InvalidAnswer) {
    return new HttpError(502, 'DRAFT_REFUSED', 'The assistant wrote what may not be sent: write the reply yourself', {
      cause,
    });
  }
  return cause;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
