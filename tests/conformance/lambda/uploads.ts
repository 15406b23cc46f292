/** Zips and functions for the tests of Lambda's API. */
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  type CreateFunctionCommandOutput,
  type LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { type Zippable, zipSync } from 'fflate';

import { ROLE } from '../house.ts';

export { ROLE };

/** A zip of files by name; a value may be `[content, { os, attrs }]`, as fflate has it. */
export function zip(files: Zippable | string): Uint8Array {
  return zipSync(typeof files === 'string' ? { 'index.js': Buffer.from(files) } : files, { level: 6 });
}

/** A handler that answers `value`. */
export const answering = (value: unknown): string => `exports.handler = async () => (${JSON.stringify(value)});`;

/** Creates a Node function of `source` and waits, as a deployment would. */
export async function createFunction(
  lambda: LambdaClient,
  name: string,
  source: string | Uint8Array,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<CreateFunctionCommandOutput> {
  const output = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: ROLE,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: typeof source === 'string' ? zip(source) : source },
      ...more,
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 10, minDelay: 1 }, { FunctionName: name });
  return output;
}

/** What a call is refused with, for `toMatchObject`. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string; status: number }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode ?? 0 };
  }
  throw new Error('the call was not refused');
}
