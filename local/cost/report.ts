/** The whole: lines, sums, the other way out, what would add to it, and what is not known. Pure. */
import type { Addition, CostedResource, CostReport, Load } from './contract.ts';
import { egressOf } from './egress.ts';
import { architectureOf, fixedCost, memoryGb } from './fixed.ts';
import { SECONDS_A_MONTH, sumOf } from './line.ts';
import { knownPrice } from './prices.ts';
import { functionCost, type UseOptions, useCost } from './use.ts';

export interface Costed extends UseOptions {
  readonly stack: string;
  readonly region: string;
  readonly resources: readonly CostedResource[];
  readonly load: Load;
}

export function costReport({ stack, region, resources, load, ...options }: Costed): CostReport {
  const priced = resources.map((resource) => ({ resource, cost: fixedCost(resource, resources) }));
  const fixed = priced.flatMap(({ cost }) => (cost.kind === 'lines' ? cost.lines : []));
  const use = useCost(resources, load, options);
  const unpriced = priced.flatMap(({ resource: { logicalId, type }, cost }) =>
    cost.kind === 'unknown' ? [{ logicalId, type, why: cost.why }] : [],
  );
  const [fixedUsd, useUsd] = [sumOf(fixed), sumOf(use)];
  return {
    stack,
    region,
    requests: load.requests,
    lines: [...fixed, ...use],
    fixedUsd,
    useUsd,
    totalUsd: fixedUsd + useUsd,
    egress: egressOf(resources),
    additions: additionsOf(resources, load, options),
    assumptions: load.assumptions,
    unpriced: [...unpriced, ...unseen(resources)],
  };
}

const KB_A_GB = 1_048_576;

function additionsOf(resources: readonly CostedResource[], load: Load, options: UseOptions): Addition[] {
  const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
  const called = load.functions.flatMap((one) => {
    const target = functions.find(({ logicalId }) => logicalId === one.logicalId);
    return target && one.invocations > 0 ? [{ target, one }] : [];
  });
  const invocations = called.reduce((sum, { one }) => sum + one.invocations, 0);
  if (invocations === 0) return [];
  const once = called.flatMap(({ target, one }) => functionCost(target, one, options));
  const busiest = called.toSorted((a, b) => b.one.invocations - a.one.invocations)[0]!.target;
  const gb = options.memoryMb === undefined ? memoryGb(busiest) : options.memoryMb / 1024;
  const provisioned = gb * SECONDS_A_MONTH * knownPrice(`lambda.provisioned.${architectureOf(busiest)}`).usd;
  return [
    { what: 'retries: each 1 % of invocations that fails and is tried twice more', usd: sumOf(once) * 0.02 },
    {
      what: 'logs: each KB more that an invocation logs',
      usd: (invocations / KB_A_GB) * knownPrice('logs.ingested').usd,
    },
    {
      what: `provisioned concurrency: each environment of ${busiest.logicalId} kept ready, ${Math.round(gb * 1024)} MB`,
      usd: provisioned,
    },
  ];
}

/** What costs by use that no load tells of. */
function unseen(resources: readonly CostedResource[]): CostReport['unpriced'] {
  return resources.flatMap(({ logicalId, type, properties }) => {
    const isModel =
      type === 'AWS::EC2::VPCEndpoint' && String(properties['ServiceName'] ?? '').endsWith('.bedrock-runtime');
    return isModel ? [{ logicalId, type, why: 'tokens of the model behind it: their price is each model’s own' }] : [];
  });
}
