/** CloudWatch alone on a kernel whose time stands still, with a topic that remembers, and the real client before it. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { startAwsEndpoint } from '../../doors/aws-endpoint/index.ts';
import { createKernel, type Kernel } from '../../kernel/kernel.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { cloudWatchService } from './index.ts';

export const START = Date.UTC(2026, 10, 21, 12);

export interface CloudWatchHouse {
  readonly clock: ManualClock;
  readonly kernel: Kernel;
  readonly client: CloudWatchClient;
  readonly url: string;
  /** What topics and functions were told, and the event bus. */
  readonly told: Record<string, unknown>[];
  close(): Promise<void>;
}

export async function openCloudWatch(): Promise<CloudWatchHouse> {
  const clock = new ManualClock(START);
  const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  kernel.registry.add(cloudWatchService());
  const told: Record<string, unknown>[] = [];
  for (const [name, operation] of [
    ['sns', 'Publish'],
    ['lambda', 'Invoke'],
    ['events', 'PutEvents'],
  ] as const) {
    const handle = (input: never) => void told.push({ service: name, ...(input as object) });
    const load = async () => ({ operations: { [operation]: { requires: () => [], handle } }, providers: {} });
    kernel.registry.add({ name, resourceTypes: [], load });
  }
  const endpoint = await startAwsEndpoint({ ...kernel, host: '127.0.0.1', port: 0, health: () => ({}) });
  const client = new CloudWatchClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    clock,
    kernel,
    client,
    url: endpoint.url,
    told,
    async close() {
      client.destroy();
      await endpoint.stop();
      await kernel.stop();
    },
  };
}
