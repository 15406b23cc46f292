/** Removes code that no version and no layer version refers to any more, once nothing runs on it either. */
import type { Functions } from '../functions/functions.ts';
import { parseLayerVersionArn } from '../names.ts';
import type { FunctionVersion, LambdaRecords } from '../records.ts';
import type { CodeStore } from './code-store.ts';

export interface CodeSweeper {
  /** Something may have let go of code: sweeps soon, after the environments of what has gone have ended. */
  soon(): void;
  /** Resolves when no sweep is under way; none begins after. */
  stop(): Promise<void>;
}

export interface SweeperOptions {
  readonly records: LambdaRecords;
  readonly code: CodeStore;
  readonly functions: Pick<Functions, 'drained'>;
}

export function createCodeSweeper({ records, code, functions }: SweeperOptions): CodeSweeper {
  let underWay: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  async function sweep(): Promise<void> {
    do {
      again = false;
      await functions.drained();
      if (stopped) return;
      if (again) continue;
      forgetDeletedLayers(records);
      const used = usedDigests(records);
      // What is let go of from here on may have environments that still start: only the next round takes it.
      await code.sweep((digest) => again || stopped || used.has(digest));
    } while (again && !stopped);
  }

  return {
    soon() {
      again = true;
      // What is on the disk does not matter to anybody who waits: a failure shows as disk space, and the next sweep.
      underWay ??= sweep()
        .catch(() => undefined)
        .finally(() => {
          underWay = undefined;
        });
    },
    async stop() {
      stopped = true;
      await underWay;
    },
  };
}

function allVersions(records: LambdaRecords): FunctionVersion[] {
  return [
    ...records.functions.list().map(({ value }) => value.latest),
    ...records.versions.list().map(({ value }) => value),
  ];
}

function usedDigests(records: LambdaRecords): ReadonlySet<string> {
  const locations = [...allVersions(records), ...records.layers.list().map(({ value }) => value)].map(
    ({ code }) => code,
  );
  return new Set(locations.flatMap((location) => (location.kind === 'stored' ? [location.digest] : [])));
}

/** A deleted layer version lives on in the functions that have it, and no longer. */
function forgetDeletedLayers(records: LambdaRecords): void {
  const deleted = records.layers.list().filter(({ value }) => value.deleted);
  if (deleted.length === 0) return;
  const used = new Set(
    allVersions(records).flatMap(({ layers }) =>
      layers.map((arn) => {
        const layer = parseLayerVersionArn(arn);
        return layer && `${layer.name}:${layer.version}`;
      }),
    ),
  );
  for (const { key } of deleted) if (!used.has(key)) records.layers.delete(key);
}
