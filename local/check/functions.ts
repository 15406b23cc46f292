/** Functions as others name them. */
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { Json } from '../template/stack.ts';
import type { Facts, FunctionFacts } from './contract.ts';

/** Lambda's default. */
const DEFAULT_TIMEOUT_SECONDS = 3;

export function timeoutOf({ properties }: FunctionFacts): number {
  return Number(properties['Timeout'] ?? DEFAULT_TIMEOUT_SECONDS);
}

/** Whether what names a function (a name, an ARN, either with a qualifier) names this one. */
export function isNamed(
  name: Json | undefined,
  { logicalId, arn }: Pick<FunctionFacts, 'logicalId' | 'arn'>,
  { resources }: Pick<Facts, 'resources'>,
): boolean {
  if (typeof name !== 'string') return false;
  return name === resources.get(logicalId)?.physicalId || name === arn || name.startsWith(`${arn}:`);
}

export function resourcesOfType({ resources }: Pick<Facts, 'resources'>, type: string): ResourceDescription[] {
  return [...resources.values()].filter((resource) => resource.type === type);
}

/** Those that are told of a host name by a variable. */
export function toldOf(facts: Facts, hostname: Json | undefined): FunctionFacts[] {
  return facts.functions.filter(({ variables }) => Object.values(variables).some((value) => value === hostname));
}
