/** What functions and APIs did in earlier runs, read beside whoever runs now: nothing is locked, nothing is written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { CostedResource, RecordedFunction, Recording } from '../cost/index.ts';
import { decodeDocument } from '../kernel/document.ts';

/** As the stack that ran remembers a function. */
interface Made {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly properties: { readonly LoggingConfig?: { readonly LogGroup?: string } };
}

/** Undefined when nothing was recorded, or it is not to be read. */
export function readRecordedLoad(
  { stateDirectory, stackName }: { readonly stateDirectory: string | 'memory'; readonly stackName: string },
  resources: readonly CostedResource[],
): Recording | undefined {
  if (stateDirectory === 'memory') return undefined;
  const files = [join(stateDirectory, 'sampan.db'), join(stateDirectory, 'telemetry', 'telemetry.db')] as const;
  if (!files.every((file) => existsSync(file))) return undefined;
  try {
    const functions = reading(files[0], (database) => functionsOf(database, stackName));
    return reading(files[1], (database) => recordingOf(database, functions, resources));
  } catch {
    // Of another version, half-made, or on a read-only disk: what was recorded is evidence, not a condition.
    return undefined;
  }
}

function reading<T>(file: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 1_000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function functionsOf(database: DatabaseSync, stackName: string): Made[] {
  return database
    .prepare("SELECT key, json FROM documents WHERE collection = 'kernel/resources'")
    .all()
    .filter(({ key }) => String(key).startsWith(`${stackName}/`))
    .map(({ json }) => decodeDocument(String(json)) as Made)
    .filter(({ type }) => type === 'AWS::Lambda::Function');
}

/** By the minute and coarser, which what is kept by the second is part of. */
const SUMS = `
  SELECT name, dimensions, sum(sum) AS total FROM metric_series JOIN metric_periods ON series_id = id
  WHERE namespace = ? AND resolution >= 60 GROUP BY name, dimensions`;

const LOG_BYTES = `
  SELECT coalesce(sum(bytes), 0) AS bytes FROM log_chunks JOIN log_groups g ON g.id = group_id WHERE g.name <> '/sampan'`;

interface Total {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly total: number;
}

function recordingOf(
  database: DatabaseSync,
  functions: readonly Made[],
  resources: readonly CostedResource[],
): Recording {
  const requests = totalsOf(database, 'AWS/ApiGateway')
    .filter(({ name, dimensions }) => name === 'Count' && hasOnly(dimensions, 'ApiName'))
    .reduce((sum, { total }) => sum + total, 0);
  const totals = totalsOf(database, 'AWS/Lambda').filter(({ dimensions }) => hasOnly(dimensions, 'FunctionName'));
  const starts = coldStartsOf(database);
  const recorded = functions.flatMap(({ physicalId, logicalId, properties }): RecordedFunction[] => {
    const totalOf = (metric: string) =>
      totals.find(({ name, dimensions }) => name === metric && dimensions['FunctionName'] === physicalId)?.total ?? 0;
    const invocations = totalOf('Invocations');
    if (invocations === 0 || !resources.some((resource) => resource.logicalId === logicalId)) return [];
    const group = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${physicalId}`;
    const { count, initMs } = starts.get(group) ?? NONE;
    return [{ logicalId, invocations, durationMs: totalOf('Duration'), coldStarts: count, initMs }];
  });
  const { bytes } = database.prepare(LOG_BYTES).get() as { bytes: number };
  return { requests, functions: recorded, logBytes: bytes };
}

function totalsOf(database: DatabaseSync, namespace: string): Total[] {
  return database
    .prepare(SUMS)
    .all(namespace)
    .map(({ name, dimensions, total }) => ({
      name: String(name),
      dimensions: JSON.parse(String(dimensions)) as Record<string, string>,
      total: Number(total),
    }));
}

const hasOnly = (dimensions: object, name: string): boolean => Object.keys(dimensions).join() === name;

interface ColdStarts {
  readonly count: number;
  readonly initMs: number;
}

const NONE: ColdStarts = { count: 0, initMs: 0 };

/** As reports have it: in JSON, which is text in a chunk's own JSON, and in text. */
const INIT = /"initDurationMs\\?":([\d.]+)|Init Duration: ([\d.]+) ms/g;

const REPORTS = `
  SELECT name, events FROM log_chunks JOIN log_groups g ON g.id = group_id
  WHERE events LIKE '%initDurationMs%' OR events LIKE '%Init Duration: %'`;

/** By log group, out of what reports say of init. */
function coldStartsOf(database: DatabaseSync): Map<string, ColdStarts> {
  const found = new Map<string, ColdStarts>();
  for (const { name, events } of database.prepare(REPORTS).all()) {
    for (const [, json, text] of String(events).matchAll(INIT)) {
      const { count, initMs } = found.get(String(name)) ?? NONE;
      found.set(String(name), { count: count + 1, initMs: initMs + Number(json ?? text) });
    }
  }
  return found;
}
