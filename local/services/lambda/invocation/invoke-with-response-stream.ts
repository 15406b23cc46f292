/**
 * The response while the handler still makes it.
 * https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */
import type { Operation } from '../../../kernel/service.ts';
import type { InvocationOutcome } from '../contract.ts';
import type { Functions } from '../functions/functions.ts';
import type { Execution } from './execution.ts';
import { checkSize, logResult, readPayload, requestOf, SYNCHRONOUS_BYTES } from './invoke-members.ts';
import { runStreamed, type StreamedExecution } from './streamed-execution.ts';

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
      const request = requestOf(input, call, payload);
      const streamed = await runStreamed(execution, target, request);
      return {
        StatusCode: 200,
        ExecutedVersion,
        ResponseStreamContentType: streamed.contentType,
        EventStream: events(streamed, request.wantsLogTail),
      };
    },
  };
}

async function* events({ chunks, outcome }: StreamedExecution, withTail: boolean): AsyncGenerator<ResponseStreamEvent> {
  for await (const Payload of chunks) yield { PayloadChunk: { Payload } };
  yield { InvokeComplete: complete(await outcome, withTail) };
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
