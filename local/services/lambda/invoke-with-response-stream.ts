/**
 * The response while the handler still makes it.
 * https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */
import type { CallContext, Operation } from '../../kernel/service.ts';
import type { InvocationOutcome } from './contract.ts';
import type { Execution } from './execution.ts';
import type { Functions, Target } from './functions.ts';
import { checkSize, logResult, readClientContext, readPayload, SYNCHRONOUS_BYTES } from './invoke-members.ts';
import { createResponseChannel } from './response-channel.ts';

export interface InvokeWithResponseStreamInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
  readonly InvocationType?: 'RequestResponse' | 'DryRun';
  readonly LogType?: 'None' | 'Tail';
  /** Base64 of a JSON object. */
  readonly ClientContext?: string;
  /** Bytes over HTTP; services of this house pass text, which must be JSON. */
  readonly Payload?: Uint8Array | string;
}

export type ResponseStreamEvent =
  | { readonly PayloadChunk: { readonly Payload: Uint8Array } }
  | {
      readonly InvokeComplete: {
        readonly ErrorCode?: string;
        readonly ErrorDetails?: string;
        readonly LogResult?: string;
      };
    };

export interface InvokeWithResponseStreamOutput {
  readonly StatusCode: number;
  readonly ExecutedVersion: string;
  /** Absent after a dry run. */
  readonly EventStream?: AsyncIterable<ResponseStreamEvent>;
  /** What the runtime said it streams; over the wire it is the type of the event stream itself, as on AWS. */
  readonly ResponseStreamContentType?: string;
}

export interface StreamingParts {
  readonly functions: Functions;
  readonly execution: Execution;
}

export function invokeWithResponseStreamOperation({
  functions,
  execution,
}: StreamingParts): Operation<InvokeWithResponseStreamInput, InvokeWithResponseStreamOutput> {
  return {
    requires: (input) => functions.invokeRequirements(input.FunctionName, input.Qualifier),

    async handle(input, call) {
      const { Payload } = input;
      const target = functions.target(input.FunctionName, input.Qualifier);
      const payload = typeof Payload === 'string' ? Payload : readPayload(Payload);
      const ExecutedVersion = target.version.version;
      if (input.InvocationType === 'DryRun') return { StatusCode: 204, ExecutedVersion };
      checkSize(payload, SYNCHRONOUS_BYTES);
      const { ResponseStreamContentType, events } = await start(
        execution,
        target,
        { ...input, Payload: payload },
        call,
      );
      return { StatusCode: 200, ExecutedVersion, ResponseStreamContentType, EventStream: events };
    },
  };
}

/** Resolves at the first sign of an answer; rejects when none can come: throttled, or no environment starts. */
async function start(
  execution: Execution,
  target: Target,
  input: InvokeWithResponseStreamInput & { readonly Payload: string },
  call: CallContext,
): Promise<{ readonly ResponseStreamContentType?: string; readonly events: AsyncIterable<ResponseStreamEvent> }> {
  const channel = createResponseChannel();
  const wantsLogTail = input.LogType === 'Tail';
  const running = execution.run(target, {
    requestId: call.requestId,
    payload: input.Payload,
    traceHeader: call.traceHeader,
    clientContext: input.ClientContext === undefined ? undefined : readClientContext(input.ClientContext),
    wantsLogTail,
    stream: channel.stream,
  });
  running.then(
    () => channel.end(),
    (error) => channel.end(error),
  );
  const first = await Promise.race([channel.begun, running]);

  async function* events(): AsyncGenerator<ResponseStreamEvent> {
    for await (const Payload of channel.read()) yield { PayloadChunk: { Payload } };
    const outcome = await running;
    if (outcome.kind === 'response' && outcome.payload !== '') {
      yield { PayloadChunk: { Payload: Buffer.from(outcome.payload) } };
    }
    yield { InvokeComplete: complete(outcome, wantsLogTail) };
  }

  return { ResponseStreamContentType: typeof first === 'string' ? first : undefined, events: events() };
}

/** A function's error is told at the end, whether it came before the first byte or midstream. */
function complete(outcome: InvocationOutcome, withTail: boolean) {
  return {
    ...(outcome.kind === 'error' && {
      ErrorCode: outcome.unhandled ? 'Unhandled' : 'Handled',
      ErrorDetails: outcome.payload,
    }),
    ...(withTail && { LogResult: logResult(outcome) }),
  };
}
