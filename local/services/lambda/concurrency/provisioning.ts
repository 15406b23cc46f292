/**
 * Brings the environments of each version to what is provisioned for it, now and whenever anything changes.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
import type { Companion } from '../../../kernel/outbox.ts';
import type { EnvironmentPool } from '../environments/environment-pool.ts';
import type { MetricsOfFunctions } from '../invocation/function-metrics.ts';
import type { LambdaRecords } from '../records.ts';
import type { ConcurrencyLimits } from './concurrency.ts';

export interface ProvisioningOptions {
  readonly records: LambdaRecords;
  readonly concurrency: ConcurrencyLimits;
  readonly metrics: MetricsOfFunctions;
  /** The environments of a version; undefined when it is gone or cannot run. */
  readonly poolOf: (functionName: string, version: string) => EnvironmentPool | undefined;
  /** So many environments of one version this machine bears; requests beyond them run on demand. */
  readonly most: number;
  readonly report: (message: string) => void;
}

export interface Provisioning {
  /** Something it depends on has changed; what follows from that is done in the next turn of the loop. */
  soon(): void;
  /** Waits with the outbox at the start until what versions are made of is there again. */
  readonly companion: Companion;
}

export function createProvisioning(options: ProvisioningOptions): Provisioning {
  const { records, concurrency, metrics, poolOf, most, report } = options;
  /** By `function:version`; what was asked of the pools last. */
  let asked = new Map<string, { readonly pool: EnvironmentPool; readonly target: number }>();
  const capped = new Set<string>();
  let functionNames = new Set<string>();
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;

  /** `function:version` → environments; those of an alias with weights are shared out by them. */
  function wanted(): Map<string, number> {
    const all = new Map<string, number>();
    const add = (key: string, more: number) => all.set(key, (all.get(key) ?? 0) + more);
    for (const { value } of records.provisionedConcurrency.list()) {
      const { functionName, qualifier, requested } = value;
      const alias = records.aliases.get(`${functionName}:${qualifier}`);
      let left = requested;
      for (const [version, weight] of Object.entries(alias?.additionalVersionWeights ?? {})) {
        const share = Math.min(left, Math.ceil(requested * weight));
        add(`${functionName}:${version}`, share);
        left -= share;
      }
      add(`${functionName}:${alias?.functionVersion ?? qualifier}`, left);
    }
    return all;
  }

  function apply(): void {
    scheduled = undefined;
    const all = wanted();
    const next: typeof asked = new Map();
    for (const [key, requested] of all) {
      const [functionName = '', version = ''] = key.split(':');
      const target = Math.min(requested, most);
      if (target < requested && !capped.has(key)) {
        capped.add(key);
        report(`${key}: ${requested} provisioned environments are more than this machine bears; ${most} are kept`);
      }
      const pool = poolOf(functionName, version);
      if (!pool) continue;
      next.set(key, { pool, target });
      const before = asked.get(key);
      if (before?.pool !== pool || before.target !== target) pool.provision(target, metricsOf(functionName));
    }
    for (const [key, { pool }] of asked) if (!next.has(key)) pool.provision(0, metricsOf(key.split(':')[0] ?? ''));
    asked = next;
    limit(all);
  }

  /** What is provisioned counts against the account or the reservation as on AWS, however many run here. */
  function limit(all: ReadonlyMap<string, number>): void {
    const sums = new Map<string, number>([...functionNames].map((name) => [name, 0]));
    for (const [key, requested] of all) {
      const name = key.split(':')[0] ?? '';
      sums.set(name, (sums.get(name) ?? 0) + requested);
    }
    for (const [name, sum] of sums) concurrency.provision(name, sum);
    functionNames = new Set([...sums].filter(([, sum]) => sum > 0).map(([name]) => name));
  }

  function metricsOf(functionName: string) {
    const recorders = metrics.of(functionName);
    return {
      used(running: number, provisioned: number) {
        recorders.count('ProvisionedConcurrencyInvocations');
        recorders.record('ProvisionedConcurrentExecutions', running, 'Count');
        recorders.record('ProvisionedConcurrencyUtilization', running / provisioned, 'None');
      },
      spilledOver: () => recorders.count('ProvisionedConcurrencySpilloverInvocations'),
    };
  }

  function soon(): void {
    if (stopped) return;
    scheduled ??= setImmediate(apply);
  }

  /** The store is closed next: nothing may look into it any more. */
  async function stop(): Promise<void> {
    stopped = true;
    clearImmediate(scheduled);
  }

  return {
    soon,
    companion: { isIdle: true, idle: () => Promise.resolve(), resume: soon, stop },
  };
}
