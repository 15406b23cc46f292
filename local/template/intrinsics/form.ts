/** What a function call looks like in the long-form tree, and how many arguments each function takes. */
import type { Json } from '../stack.ts';
import { INTRINSIC_NAMES } from '../tags.ts';
import { isObject } from '../tree.ts';

export interface Intrinsic {
  /** `Ref`, `Fn::Sub` … or an `Fn::` name CloudFormation does not have. */
  readonly name: string;
  readonly argument: Json;
}

/**
 * The function call `value` is, if it is one: a map of one entry named `Ref` or `Fn::…`. `Condition` counts where
 * conditions are expected and nowhere else: IAM statements have an entry of that name too.
 */
export function intrinsicOf(value: Json | undefined): Intrinsic | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  const name = keys[0];
  if (keys.length !== 1 || name === undefined) return undefined;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument: value[name]! } : undefined;
}

export function isKnownIntrinsic(name: string): boolean {
  return INTRINSIC_NAMES.has(name);
}

/** Fewest and most arguments of the functions that take a list. */
const ARGUMENT_COUNTS: ReadonlyMap<string, readonly [fewest: number, most: number]> = new Map([
  ['Fn::And', [2, 10]],
  ['Fn::Cidr', [2, 3]],
  ['Fn::Contains', [2, 2]],
  ['Fn::EachMemberEquals', [2, 2]],
  ['Fn::EachMemberIn', [2, 2]],
  ['Fn::Equals', [2, 2]],
  ['Fn::FindInMap', [3, 4]],
  ['Fn::GetAtt', [2, 2]],
  ['Fn::If', [3, 3]],
  ['Fn::Join', [2, 2]],
  ['Fn::Not', [1, 1]],
  ['Fn::Or', [2, 10]],
  ['Fn::Select', [2, 2]],
  ['Fn::Split', [2, 2]],
  ['Fn::ValueOf', [2, 2]],
  ['Fn::ValueOfAll', [2, 2]],
]);

/** What is wrong with the argument list of `name`; undefined when nothing is, or when it takes no list. */
export function argumentProblem(name: string, argument: Json): string | undefined {
  const counts = ARGUMENT_COUNTS.get(name);
  if (counts === undefined) return undefined;
  const [fewest, most] = counts;
  const wanted = fewest === most ? `${fewest} ${plural(fewest)}` : `${fewest} to ${most} ${plural(most)}`;
  if (!Array.isArray(argument)) return `${name} takes a list of ${wanted}`;
  if (argument.length < fewest || argument.length > most) return `${name} takes ${wanted}, here are ${argument.length}`;
  return undefined;
}

function plural(count: number): string {
  return count === 1 ? 'argument' : 'arguments';
}

/** The boolean functions, which have a value only where a condition is expected. */
export const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set(['Fn::And', 'Fn::Or', 'Fn::Not', 'Fn::Equals']);

/** Functions of the Rules section. */
export const RULE_FUNCTIONS: ReadonlySet<string> = new Set([
  'Fn::Contains',
  'Fn::EachMemberEquals',
  'Fn::EachMemberIn',
  'Fn::RefAll',
  'Fn::ValueOf',
  'Fn::ValueOfAll',
]);

/** Functions that exist only with `Transform: AWS::LanguageExtensions`. */
export const LANGUAGE_EXTENSION_FUNCTIONS: ReadonlySet<string> = new Set(['Fn::Length', 'Fn::ToJsonString']);
