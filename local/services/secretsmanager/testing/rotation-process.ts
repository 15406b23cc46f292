/**
 * A process with Secrets Manager and a rotation function that is not real, for a test that kills it:
 * `node rotation-process.ts STATE begin|resume [STEP]`. Each step is a line on stdout; STEP hangs, createSecret when it has put
 * its secret.
 */
import { writeSync } from 'node:fs';
import { createKernel } from '../../../kernel/kernel.ts';
import { secretsManagerService } from '../index.ts';

const [, , stateDirectory = '', what, hanging] = process.argv;
const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1' });
const say = (line: string): void => void writeSync(1, `${line}\n`);
const secrets = (operation: string, input: object) =>
  kernel.dispatch({ caller: { kind: 'client' }, service: 'secretsmanager', operation, input });

interface Event {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

async function step({ Step, SecretId, ClientRequestToken }: Event): Promise<void> {
  say(`${Step} ${ClientRequestToken}`);
  if (Step === 'createSecret') {
    const VersionStages = ['AWSPENDING'];
    await secrets('PutSecretValue', { SecretId, ClientRequestToken, SecretString: 'two', VersionStages });
  }
  if (Step === hanging) await new Promise(() => {});
  if (Step !== 'finishSecret') return;
  const { VersionIdsToStages } = (await secrets('DescribeSecret', { SecretId })) as {
    VersionIdsToStages: Record<string, string[]>;
  };
  const from = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'));
  const move = { VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: from };
  await secrets('UpdateSecretVersionStage', { SecretId, ...move });
}

kernel.registry.add(secretsManagerService());
kernel.registry.add({
  name: 'lambda',
  resourceTypes: [],
  load: async () => ({
    providers: {},
    operations: {
      Invoke: {
        requires: () => [],
        async handle(input: { InvocationType?: string; Payload?: string }) {
          if (input.InvocationType !== 'DryRun') await step(JSON.parse(input.Payload ?? '{}') as Event);
          return { StatusCode: 200 };
        },
      },
    },
  }),
});

// Timers of the clock keep no process alive by themselves.
setInterval(() => {}, 1_000);
if (what === 'begin') {
  await secrets('CreateSecret', { Name: 'db', SecretString: 'one' });
  const RotationLambdaARN = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
  await secrets('RotateSecret', { SecretId: 'db', RotationLambdaARN });
} else {
  kernel.outbox.resume();
  await kernel.outbox.idle();
  const { SecretString } = (await secrets('GetSecretValue', { SecretId: 'db' })) as { SecretString: string };
  say(`current ${SecretString}`);
}
