/** Findings with their place, made in one line. */
import type { Certainty, Facts, Finding, Severity } from './contract.ts';

export interface FindingParts {
  readonly code: string;
  readonly severity: Severity;
  /** Default `proved`. */
  readonly certainty?: Certainty;
  readonly resource: string;
  /** When that is another. */
  readonly neededBy?: string;
  /** Below the resource's `Properties`. */
  readonly path?: readonly (string | number)[];
  readonly message: string;
  readonly remedy?: string;
}

export function findingOf(facts: Pick<Facts, 'positionOf' | 'authorOf'>, parts: FindingParts): Finding {
  const { path, certainty = 'proved', remedy, neededBy, ...rest } = parts;
  const at = facts.positionOf(rest.resource, path);
  const resource = facts.authorOf(rest.resource);
  return {
    ...rest,
    resource,
    certainty,
    ...(neededBy !== undefined && neededBy !== resource && { neededBy }),
    ...(at && { at }),
    ...(remedy !== undefined && { remedy }),
  };
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
