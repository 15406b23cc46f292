import type { AwsEndpoint } from '../doors/aws-endpoint/index.ts';
import type { Registry } from '../kernel/index.ts';
import type { Usage } from '../kernel/usage.ts';

/** Lets what is loaded do ahead what the first request would wait for. Never rejects. */
export async function prepareServices({
  definitions,
  loaded,
}: Pick<Registry, 'definitions' | 'loaded'>): Promise<void> {
  // Whoever comes learns what is wrong.
  await Promise.allSettled(definitions.map(async ({ name }) => loaded(name)?.prepare?.()));
}

/**
 * Makes ready what a function called in earlier runs: to load a service and its schemas takes as long as many calls of it,
 * and somebody waits for a function's first ones. Never rejects.
 * @returns what takes the name of a function
 */
export function callPreparation(
  endpoint: Pick<AwsEndpoint, 'prepare'>,
  usage: Pick<Usage, 'permissions'>,
): (functionName: string) => Promise<void> {
  const prepared = new Set<string>();
  return async (functionName) => {
    for (const { functionArn, action, allowed } of usage.permissions()) {
      const [service = ''] = action.split(':');
      if (!allowed || prepared.has(service) || functionArn.split(':')[6] !== functionName) continue;
      prepared.add(service);
      // Whoever calls it learns what is wrong.
      await endpoint.prepare(service).catch(() => undefined);
    }
  };
}
