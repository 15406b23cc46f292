/** What `GET /_sampan/health` answers. */
import { formatDiagnostic } from '../template/stack.ts';
import type { Cloud } from './cloud.ts';
import { functionUrls } from './start-report.ts';
import type { Applied } from './workload.ts';

export function describeHealth(cloud: Cloud | undefined, applied: Applied | undefined, apiPort: number | undefined) {
  const resources = applied ? [...applied.stack.resources.values()] : [];
  return {
    status: cloud && applied ? 'ready' : 'starting',
    pid: process.pid,
    functions: resources.filter(({ type }) => type === 'AWS::Lambda::Function').map(({ logicalId }) => logicalId),
    routes: (cloud?.apis.stages() ?? []).flatMap(({ stage, routes }) =>
      routes.map(({ method, resource }) => `${method} /${stage}${resource}`),
    ),
    functionUrls: cloud ? functionUrls(cloud).map(({ functionName, url }) => ({ functionName, url })) : [],
    apiPort: apiPort ?? null,
    sandbox: cloud?.sandbox.level ?? null,
    memory: memory(),
    notEmulated: (applied?.diagnostics ?? []).map(formatDiagnostic),
  };
}

/** MB: what this process holds, and what the machine has given it; the allocator keeps some of that for the next load. */
function memory() {
  const { rss, heapUsed, external } = process.memoryUsage();
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  return { held: megabytes(heapUsed + external), resident: megabytes(rss) };
}
