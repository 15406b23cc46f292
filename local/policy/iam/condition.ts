/**
 * One key of a Condition block, compiled. Several values of the policy are alternatives; keys and operators must all hold.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
import type { Matcher } from './arn.ts';
import type { RequestKeys } from './contract.ts';
import type { Statement } from './document.ts';
import { type OperatorUse, readOperator } from './operators.ts';

export interface Condition {
  /** For people: `StringEquals aws:SourceArn`. */
  readonly label: string;
  /** Lower case. */
  readonly key: string;
  readonly values: readonly string[];
  holds(keys: RequestKeys): boolean;
}

export function compileConditions(block: Statement['Condition'], variables: boolean): Condition[] {
  return Object.entries(block ?? {}).flatMap(([operatorText, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const use = readOperator(operatorText);
      return {
        label: `${operatorText} ${key}`,
        key: key.toLowerCase(),
        values,
        holds: use ? test(use, key.toLowerCase(), values, variables) : () => false,
      };
    }),
  );
}

function test(use: OperatorUse, key: string, values: readonly string[], variables: boolean): Condition['holds'] {
  const { operator, set, ifExists } = use;
  if (operator === 'Null') {
    const wanted = new Set(values.map((value) => value.toLowerCase()));
    return (keys) => wanted.has(String(isAbsent(keys, key)));
  }
  const matchers = values.map((value) => operator.prepare(value, variables));
  // A value the operator can do nothing with spoils a condition: no statement applies by accident of a misprint.
  const usable = matchers.filter((matcher) => matcher !== undefined);
  const { negated } = operator;
  if (usable.length === 0 || (negated && usable.length < matchers.length)) return () => false;
  const one = (value: string, keys: RequestKeys): boolean => holdsFor(value, keys, usable, negated);
  return (keys) => {
    // Not documented, but so it is on AWS: `ForAnyValue` finds no value where there is none, `IfExists` or not.
    if (isAbsent(keys, key)) return set === undefined ? ifExists || negated : set === 'all';
    const value = keys[key] as string | readonly string[];
    if (set === undefined) {
      if (typeof value === 'string') return one(value, keys);
      return negated ? value.every((item) => one(item, keys)) : value.some((item) => one(item, keys));
    }
    // An empty text is an empty set of values.
    const items = (typeof value === 'string' ? [value] : value).filter((item) => item !== '');
    return set === 'all' ? items.every((item) => one(item, keys)) : items.some((item) => one(item, keys));
  };
}

/** Whether any value of the policy matches or, negated, none does. What cannot be compared holds in neither sense. */
function holdsFor(value: string, keys: RequestKeys, matchers: readonly Matcher[], negated: boolean): boolean {
  for (const matches of matchers) {
    const result = matches(value, keys);
    if (result === undefined && negated) return false;
    if (result) return !negated;
  }
  return negated;
}

function isAbsent(keys: RequestKeys, key: string): boolean {
  if (!Object.hasOwn(keys, key)) return true;
  const value = keys[key];
  return value === undefined || (typeof value !== 'string' && value.length === 0);
}
