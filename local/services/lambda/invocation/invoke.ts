/** The Invoke operation. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import type { EventQueue } from '../asynchronous-invocation/event-queue.ts';
import type { InvocationOutcome } from '../contract.ts';
import type { Functions } from '../functions/functions.ts';
import type { Execution } from './execution.ts';
import {
  ASYNCHRONOUS_BYTES,
  checkSize,
  logResult,
  readPayload,
  requestOf,
  SYNCHRONOUS_BYTES,
} from './invoke-members.ts';

export interface InvokeInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
  readonly InvocationType?: string;
  readonly LogType?: string;
  /** Base64 of a JSON object. */
  readonly ClientContext?: string;
  /** Bytes over HTTP. Services of this house pass text, which must be JSON, and get text back where it is some: no copies on the way. */
  readonly Payload?: Uint8Array | string;
}

export interface InvokeOutput {
  readonly StatusCode: number;
  readonly FunctionError?: string;
  readonly LogResult?: string;
  readonly Payload?: Uint8Array | string;
  readonly ExecutedVersion?: string;
}

export interface InvokeParts {
  readonly functions: Functions;
  readonly execution: Execution;
  readonly events: EventQueue;
}

export function invokeOperation({ functions, execution, events }: InvokeParts): Operation<InvokeInput, InvokeOutput> {
  return {
    requires: (input) => functions.invokeRequirements(input.FunctionName, input.Qualifier),

    handle(input, call) {
      const { Payload, InvocationType = 'RequestResponse' } = input;
      const target = functions.target(input.FunctionName, input.Qualifier);
      const payload = typeof Payload === 'string' ? Payload : readPayload(Payload);
      switch (InvocationType) {
        case 'RequestResponse': {
          checkSize(payload, SYNCHRONOUS_BYTES);
          const request = requestOf(input, call, payload);
          return execution
            .run(target, request)
            .then((outcome) =>
              answer(outcome, target.version.version, typeof Payload === 'string', request.wantsLogTail),
            );
        }
        case 'Event':
          checkSize(payload, ASYNCHRONOUS_BYTES);
          events.accept(target, payload, call);
          return { StatusCode: 202 };
        case 'DryRun':
          return { StatusCode: 204, ExecutedVersion: target.version.version };
        default:
          throw invalidEnum('invocationType', InvocationType, ['RequestResponse', 'Event', 'DryRun']);
      }
    },
  };
}

function answer(outcome: InvocationOutcome, version: string, asText: boolean, withTail: boolean): InvokeOutput {
  const output: { -readonly [K in keyof InvokeOutput]: InvokeOutput[K] } = {
    StatusCode: 200,
    Payload: asText || typeof outcome.payload !== 'string' ? outcome.payload : Buffer.from(outcome.payload),
    ExecutedVersion: version,
  };
  if (outcome.kind === 'error') output.FunctionError = outcome.unhandled ? 'Unhandled' : 'Handled';
  if (withTail) output.LogResult = logResult(outcome);
  return output;
}

function invalidEnum(name: string, value: string, values: readonly string[]): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${values.join(', ')}]`,
  );
}

export type { CallContext };
