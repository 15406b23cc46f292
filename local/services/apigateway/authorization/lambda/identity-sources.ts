/** The parts of a request by which a Lambda authorizer knows its caller, and by which its answer is remembered. */
import type { IdentitySource } from '../contract.ts';

/** What identity sources are read from. */
export interface SourceReading {
  /** By lower-case name. */
  readonly headers: { get(name: string): string | undefined };
  readonly query: Readonly<Record<string, string>> | undefined;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** `$context` by path, e.g. `identity.sourceIp`. */
  context(name: string): string | undefined;
}

/** The values in their order; undefined when one is missing or empty. */
export function readSources(sources: readonly IdentitySource[], reading: SourceReading): string[] | undefined {
  const values: string[] = [];
  for (const source of sources) {
    const value = readSource(source, reading);
    if (value === undefined || value === '') return undefined;
    values.push(value);
  }
  return values;
}

export function readSource({ in: where, name }: IdentitySource, reading: SourceReading): string | undefined {
  switch (where) {
    case 'header':
      return reading.headers.get(name);
    case 'querystring':
      return own(reading.query, name);
    case 'stageVariables':
      return own(reading.stageVariables, name);
    case 'context':
      return reading.context(name);
  }
}

function own(values: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}
