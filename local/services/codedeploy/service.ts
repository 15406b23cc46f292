/** CodeDeploy for Lambda. https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { createDeployments } from './deployments.ts';
import { operations } from './operations.ts';
import { providers } from './providers.ts';
import { openRecords } from './records.ts';

export interface CodeDeployOptions {
  /** How many times faster than on AWS traffic shifts and time-outs pass; default 1. */
  readonly speed?: number;
}

export function createService(context: ServiceContext, { speed = 1 }: CodeDeployOptions): Service {
  const records = openRecords(context.store);
  const deployments = createDeployments({ context, records, speed });
  return {
    operations: operations({ context, records, deployments }),
    providers: providers({ context, records }),
    wordDenial: () => ({ statusCode: 400 }),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-codedeploy'),
      targetPrefix: 'CodeDeploy_20141006',
    }),
    stop: async () => deployments.stop(),
  };
}
