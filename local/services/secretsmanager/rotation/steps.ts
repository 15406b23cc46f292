/**
 * The four steps of a rotation function, invoked one after the other.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import { Refusal } from '../../../kernel/doors.ts';
import type { ServiceContext } from '../../../kernel/service.ts';

export type Step = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';

export const STEPS: readonly Step[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/** A step did not succeed; the message says which and why, in the function's words. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

export interface RotationFunction {
  /** Throws StepFailed (in the promise). */
  run(step: Step, secretArn: string, versionId: string): Promise<void>;
  /** Throws AccessDeniedException (in the promise), as AWS does when it may not invoke the function, or there is none. */
  check(secretArn: string): Promise<void>;
}

const THROTTLED_AFTER_MS = [500, 1_000, 2_000, 4_000, 8_000];

interface InvokeOutput {
  readonly FunctionError?: string;
  readonly Payload?: Uint8Array | string;
}

export function rotationFunction(
  { dispatch, accountId, clock }: Pick<ServiceContext, 'dispatch' | 'accountId' | 'clock'>,
  lambdaArn: string,
): RotationFunction {
  const invoke = (secretArn: string, input: object) =>
    dispatch({
      // In its own name: the function's policy has to let it in.
      caller: {
        kind: 'service',
        service: 'secretsmanager.amazonaws.com',
        sourceArn: secretArn,
        sourceAccount: accountId,
      },
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: lambdaArn, ...input },
    }) as Promise<InvokeOutput>;

  /** A function that has no room at the moment is waited for, as AWS's own clients do. */
  async function invokePatiently(secretArn: string, input: object): Promise<InvokeOutput> {
    for (const delayMs of THROTTLED_AFTER_MS) {
      try {
        return await invoke(secretArn, input);
      } catch (error) {
        if (!(error instanceof AwsError && error.code === 'TooManyRequestsException')) throw error;
        await clock.sleep(delayMs);
      }
    }
    return invoke(secretArn, input);
  }

  return {
    async run(step, secretArn, versionId) {
      const event = { Step: step, SecretId: secretArn, ClientRequestToken: versionId, RotationToken: randomUUID() };
      let output: InvokeOutput;
      try {
        output = await invokePatiently(secretArn, { Payload: JSON.stringify(event) });
      } catch (error) {
        throw new StepFailed(`${step}: ${lambdaArn} could not be invoked: ${reasonOf(error)}`);
      }
      if (output.FunctionError !== undefined) throw new StepFailed(`${step}: ${errorOf(output)}`);
    },
    async check(secretArn) {
      try {
        await invoke(secretArn, { InvocationType: 'DryRun' });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw new Refusal('AccessDeniedException', CANNOT_INVOKE, 400, `${lambdaArn}: ${reasonOf(error)}`);
      }
    },
  };
}

const CANNOT_INVOKE =
  'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.';

function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.reason;
  return error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
}

/** `errorType: errorMessage` of what a function answers when it fails. */
function errorOf({ Payload = '' }: InvokeOutput): string {
  const text = typeof Payload === 'string' ? Payload : Buffer.from(Payload).toString('utf8');
  try {
    const { errorType = 'Error', errorMessage = '' } = JSON.parse(text) as Record<string, string>;
    return `${errorType}: ${errorMessage}`;
  } catch {
    return text;
  }
}
