/** What `sampan queues`, `redrive`, `events` and `mail` ask the running instance for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type Caller, type Kernel } from '../kernel/index.ts';
import type { Project } from './project.ts';
import { findRunning } from './running.ts';
import { UserError } from './user-error.ts';

/** What no API of AWS tells is asked by the local cloud itself; what one has, as any client would. */
const INSIDE: Caller = { kind: 'internal', service: 'sampan' };
const CLIENT: Caller = { kind: 'client' };

const OPERATIONS = {
  'sqs:ListQueueDepths': INSIDE,
  'sqs:StartMessageMoveTask': CLIENT,
  'sqs:ListMessageMoveTasks': CLIENT,
  'sqs:CancelMessageMoveTask': CLIENT,
  'events:ListPassedEvents': INSIDE,
  'sns:ListMessages': INSIDE,
  'sns:ConfirmSubscription': CLIENT,
  'cognito-idp:ListMessages': INSIDE,
} as const satisfies Record<string, Caller>;

type Asked = keyof typeof OPERATIONS;

export interface MessagingQuery {
  /** Rejects with UserError, in the service's words; with the signal's reason when aborted. */
  ask<T>(operation: Asked, input: object, signal?: AbortSignal): Promise<T>;
  /** The logical id where there is one, by name or whatever else CloudFormation calls the resource by. */
  titleOf(physicalId: string): string;
  /** Of a logical id its physical id; anything else as it is. */
  physicalId(name: string): string;
}

const PATH = '/_sampan/messaging';

/** Throws UserError when nothing runs. */
export async function queryMessaging(project: Project): Promise<MessagingQuery> {
  const running = await findRunning(project.stateDirectory);
  if (!running) throw new UserError(`nothing runs on ${project.stateDirectory}: start it with sampan start`);
  const { awsUrl } = running;
  const ids = (await (await fetch(`${awsUrl}/_sampan/resources`)).json()) as Record<string, string>;
  // Of a queue `Ref` is its URL, of a topic its ARN, of a rule on a bus of its own `bus|rule`: its name comes last.
  const named = (physicalId: string) => physicalId.split(/[/|:]/).at(-1) ?? physicalId;
  const titles = new Map(Object.entries(ids).map(([logicalId, physicalId]) => [named(physicalId), logicalId]));
  return {
    async ask<T>(operation: Asked, input: object, signal?: AbortSignal) {
      const body = JSON.stringify({ operation, input });
      const response = await fetch(`${awsUrl}${PATH}`, { method: 'POST', body, signal: signal ?? null }).catch(
        (error: Error) => {
          if (signal?.aborted) throw signal.reason;
          throw new UserError(`the connection to the running sampan broke: ${error.message}`);
        },
      );
      const answer = (await response.json()) as T & { message?: string };
      if (!response.ok) throw new UserError(answer.message ?? `${operation} answered ${response.status}`);
      return answer;
    },
    titleOf: (physicalId) => titles.get(physicalId) ?? physicalId,
    physicalId: (name) => (Object.hasOwn(ids, name) ? named(ids[name]!) : name),
  };
}

const MOST_CHARACTERS = 100_000;

/** The other end: `{ "operation": …, "input": … }` is the body. */
export async function answerMessagingQuery(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch }: Pick<Kernel, 'dispatch'>,
  environmentId: string | undefined,
): Promise<void> {
  const say = (status: number, body: unknown) => {
    if (!response.destroyed)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (environmentId !== undefined) {
    say(403, { message: 'for the developer, not for functions' });
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const { operation, input } = JSON.parse(await textOf(request)) as { operation: string; input: unknown };
    const caller = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation as Asked] : undefined;
    if (!caller) {
      say(400, { message: `operation is one of ${Object.keys(OPERATIONS).join(', ')}` });
      return;
    }
    const [service = '', name = ''] = operation.split(':');
    const call = { caller, service, operation: name, input, signal: gone.signal };
    say(200, (await dispatch(call)) ?? {});
  } catch (error) {
    say(error instanceof AwsError ? error.statusCode : 400, { message: (error as Error).message });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > MOST_CHARACTERS) throw new Error('more than a question');
  }
  return text;
}
