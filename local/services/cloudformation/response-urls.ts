/**
 * Where a function is told to put its answer: at AWS's own name where that leads here, as it does for Node; at the AWS
 * endpoint itself for programs that know AWS's names from nobody but the internet.
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { bucketHost, bucketName } from './response-bucket.ts';

/** @param target path and query of the presigned URL, below its host */
export type ResponseUrls = (serviceToken: string, target: string) => Promise<string>;

export function responseUrls(context: ServiceContext, endpointUrl: () => string): ResponseUrls {
  return async (serviceToken, target) =>
    (await knowsNames(context, serviceToken))
      ? `https://${bucketHost(context)}/${target}`
      : `${endpointUrl()}/${bucketName(context.region)}/${target}`;
}

async function knowsNames({ dispatch }: ServiceContext, FunctionName: string): Promise<boolean> {
  if (FunctionName.split(':')[2] !== 'lambda') return true;
  const caller = { kind: 'internal', service: 'cloudformation.amazonaws.com' } as const;
  try {
    const input = { FunctionName };
    const operation = 'GetFunctionConfiguration';
    const { Runtime = '' } = (await dispatch({ caller, service: 'lambda', operation, input })) as { Runtime?: string };
    return Runtime.startsWith('nodejs');
  } catch (error) {
    // The invocation says it better, in the resource's own events.
    if (error instanceof AwsError) return false;
    throw error;
  }
}
