/**
 * How Cognito calls the functions of a pool: in its own name, for five seconds at most, three times.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
 */
import type { LambdaConfigType } from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../kernel/aws-error.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Pool } from './records.ts';

/** As `LambdaConfig` calls them. */
export type TriggerName = Exclude<
  keyof LambdaConfigType,
  'PreTokenGenerationConfig' | 'CustomSMSSender' | 'CustomEmailSender' | 'KMSKeyID' | 'InboundFederation'
>;

export interface TriggerCall {
  readonly pool: Pool;
  readonly trigger: TriggerName;
  readonly triggerSource: string;
  /** Absent where an administrator calls: AWS then says so in words. */
  readonly clientId?: string;
  readonly userName: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** What the function finds in `response`, and is to fill. */
  readonly response: Readonly<Record<string, unknown>>;
  /** Of the event; default 1. */
  readonly version?: string;
}

/**
 * Resolves with the function's `response`; undefined where the pool has no such trigger. Rejects with
 * UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException.
 */
export type CallTrigger = (call: TriggerCall) => Promise<Readonly<Record<string, unknown>> | undefined>;

const TIME_OUT_MS = 5_000;
const ATTEMPTS = 3;

type Parts = Pick<ServiceContext, 'dispatch' | 'clock' | 'region' | 'accountId'>;

class TimedOut extends Error {}

export function createTriggerCalls({ dispatch, clock, region, accountId }: Parts): CallTrigger {
  async function invoke(functionArn: string, pool: Pool, payload: Uint8Array): Promise<unknown> {
    const timeOut = new AbortController();
    const timer = clock.after(TIME_OUT_MS, () => timeOut.abort(new TimedOut()));
    const late = new Promise<never>((_, reject) => {
      timeOut.signal.addEventListener('abort', () => reject(timeOut.signal.reason));
    });
    try {
      const answer = dispatch({
        caller: {
          kind: 'service',
          service: 'cognito-idp.amazonaws.com',
          sourceArn: pool.arn,
          sourceAccount: accountId,
        },
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: payload },
        signal: timeOut.signal,
      });
      return await Promise.race([answer, late]);
    } finally {
      timer.cancel();
    }
  }

  async function invokePatiently(trigger: TriggerName, functionArn: string, pool: Pool, payload: Uint8Array) {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await invoke(functionArn, pool, payload)) as { FunctionError?: string; Payload?: Uint8Array };
      } catch (error) {
        if (error instanceof TimedOut) {
          if (attempt < ATTEMPTS) continue;
          throw unexpected(trigger, 'Socket timeout while invoking Lambda function');
        }
        if (error instanceof AwsError) throw unexpected(trigger, error.code);
        throw error;
      }
    }
  }

  return async ({ pool, trigger, triggerSource, clientId, userName, request, response, version = '1' }) => {
    const functionArn = functionOf(pool, trigger);
    if (functionArn === undefined) return undefined;
    const event = {
      version,
      region,
      userPoolId: pool.id,
      userName,
      callerContext: {
        awsSdkVersion: 'aws-sdk-unknown-unknown',
        clientId: clientId ?? 'CLIENT_ID_NOT_APPLICABLE',
      },
      triggerSource,
      request,
      response,
    };
    const answer = await invokePatiently(trigger, functionArn, pool, Buffer.from(JSON.stringify(event)));
    const value = parsed(answer.Payload);
    if (answer.FunctionError !== undefined) {
      const said = isObject(value) ? value['errorMessage'] : undefined;
      throw new AwsError('UserLambdaValidationException', `${trigger} failed with error ${said ?? 'null'}.`);
    }
    const filled = isObject(value) ? value['response'] : undefined;
    if (!isObject(filled)) throw new AwsError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
    return filled;
  };
}

function functionOf({ settings: { LambdaConfig: config } }: Pool, trigger: TriggerName): string | undefined {
  if (trigger !== 'PreTokenGeneration') return config?.[trigger];
  return config?.PreTokenGenerationConfig?.LambdaArn ?? config?.PreTokenGeneration;
}

function unexpected(trigger: TriggerName, why: string): AwsError {
  return new AwsError('UnexpectedLambdaException', `${trigger} invocation failed due to error ${why}.`);
}

function parsed(payload: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString());
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
