/** CloudFormation's intrinsic functions as the transform builds and recognises them. */
import type { Json, JsonObject } from '../stack.ts';
import { isList, isMap, isString, type Maybe } from './python/values.ts';

export const ref = (logicalId: string): JsonObject => ({ Ref: logicalId });
export const getAtt = (logicalId: string, attribute: string): JsonObject => ({ 'Fn::GetAtt': [logicalId, attribute] });
export const sub = (text: string, variables?: JsonObject): JsonObject => ({
  'Fn::Sub': variables ? [text, variables] : text,
});
const noValue = (): JsonObject => ref('AWS::NoValue');

export function conditional(condition: Json, whenTrue: Json, whenFalse: Json = noValue()): JsonObject {
  return { 'Fn::If': [condition, whenTrue, whenFalse] };
}

export const not = (condition: string): JsonObject => ({ 'Fn::Not': [{ Condition: condition }] });
export const or = (conditions: readonly string[]): JsonObject => ({
  'Fn::Or': conditions.map((name) => ({ Condition: name })),
});

/** A map whose only key names an intrinsic function, `Ref` or `Condition`. */
export function isIntrinsic(value: Maybe): value is JsonObject {
  const key = soleKey(value);
  return key !== undefined && (key === 'Ref' || key === 'Condition' || key.startsWith('Fn::'));
}

export const isIf = (value: Maybe): value is JsonObject => soleKey(value) === 'Fn::If';
export const isNoValue = (value: Maybe): boolean =>
  soleKey(value) === 'Ref' && (value as JsonObject)['Ref'] === 'AWS::NoValue';

/** A map of one entry: what property rules let pass unchecked, since it may be an intrinsic function. */
export const isSingleEntryMap = (value: Maybe): value is JsonObject => soleKey(value) !== undefined;

function soleKey(value: Maybe): string | undefined {
  if (!isMap(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? keys[0] : undefined;
}

/** `[condition, whenTrue, whenFalse]` of an `Fn::If`, undefined when malformed. */
export function ifArguments(value: JsonObject): [condition: Json, whenTrue: Json, whenFalse: Json] | undefined {
  const items = value['Fn::If'];
  return isList(items) && items.length === 3 ? [items[0]!, items[1]!, items[2]!] : undefined;
}

export const IF_NEEDS_THREE = 'Fn::If requires 3 arguments';

/** The logical id that a `Ref` or `Fn::GetAtt` names. */
export function referredId(value: Maybe): string | undefined {
  if (!isIntrinsic(value)) return undefined;
  const referred = value['Ref'];
  if (isString(referred)) return referred;
  const attribute = value['Fn::GetAtt'];
  if (isList(attribute) && attribute.length === 2 && isString(attribute[0])) return attribute[0];
  if (isString(attribute) && attribute.split('.').length === 2) return attribute.split('.')[0];
  return undefined;
}

/** `${X}` or `${X.Attribute}` for use inside `Fn::Sub`. */
export function shorthand(value: JsonObject): string {
  if ('Ref' in value) return `\${${value['Ref']}}`;
  return `\${${(value['Fn::GetAtt'] as string[]).join('.')}}`;
}

/**
 * Conditions that say "any of these", by name. `Fn::Or` takes ten, so more are chained through numbered helpers; the
 * last one made bears `name` itself.
 */
export function combinedConditions(conditions: readonly string[], name: string): Record<string, JsonObject> {
  const made: Record<string, JsonObject> = {};
  let remaining = [...conditions];
  let helpers = Math.floor((remaining.length - 2) / 9);
  while (remaining.length > 1) {
    const conditionName = helpers > 0 ? `${name}${helpers--}` : name;
    made[conditionName] = or(remaining.slice(0, 10));
    remaining = [...remaining.slice(10), conditionName];
  }
  return made;
}
