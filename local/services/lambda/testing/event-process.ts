/**
 * A process with the Lambda service and environments that are not real, for tests that kill it:
 * `node event-process.ts STATE send|resume`. Each run of the function is a line on stdout; an event with `hang` in it
 * is never answered.
 */
import { writeSync } from 'node:fs';
import { createKernel } from '../../../kernel/kernel.ts';
import { ARTIFACT_BUCKET } from '../../../template/artifact.ts';
import type { EnvironmentLauncher } from '../contract.ts';
import { lambdaService } from '../service.ts';

const [, , stateDirectory = '', what] = process.argv;
const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1' });
const say = (line: string): void => void writeSync(1, `${line}\n`);

const launcher: EnvironmentLauncher = {
  launch: async () => ({
    id: 'one',
    healthy: true,
    invoke: async ({ payload }) => {
      say(`ran ${payload}`);
      if (payload.includes('hang')) await new Promise(() => {});
      return { kind: 'response', payload: 'null', durationMs: 1 };
    },
    stop: async () => {},
  }),
  stop: async () => {},
};
const catalogue = {
  find: () => ({ kind: 'built', logicalId: 'Code', directory: stateDirectory, digest: 'd' }) as const,
};
kernel.registry.add(lambdaService({ launcher, catalogue }));
const { providers } = await kernel.registry.service('lambda');

if (what === 'send') {
  for (const FunctionName of ['quick', 'stuck']) {
    await providers['AWS::Lambda::Function']?.create({
      logicalId: FunctionName,
      type: 'AWS::Lambda::Function',
      properties: {
        FunctionName,
        Code: { S3Bucket: ARTIFACT_BUCKET, S3Key: 'Code/d' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::123456789012:role/any',
        ...(FunctionName === 'stuck' && { ReservedConcurrentExecutions: 1 }),
      },
      stackName: 'test',
      stackId: 'test',
      generatedName: FunctionName,
      replacementName: FunctionName,
      positionOf: () => undefined,
    });
  }
  const send = (FunctionName: string, event: object) =>
    kernel.dispatch({
      caller: { kind: 'client' },
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) },
    });
  for (let n = 0; n < 20; n += 1) await send('quick', { n });
  await send('stuck', { hang: 1 });
  await send('stuck', { n: 'behind' });
} else kernel.outbox.resume();

setTimeout(() => say('settled'), 300);
setInterval(() => {}, 1000);
