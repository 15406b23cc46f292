/** The expressions of one request: parsed (once for each text), looked up and checked. */
import { validationError } from '../errors.ts';
import { Bindings, type Placeholders } from './bindings.ts';
import { parseCondition } from './conditions.ts';
import { checkCondition } from './operand-rules.ts';
import { parseProjection } from './paths.ts';
import type { Condition, Path, UpdateAction } from './syntax-tree.ts';
import { ExpressionError } from './tokens.ts';
import { checkUpdate } from './update-rules.ts';
import { checkOverlaps, parseUpdate } from './updates.ts';

const MOST_BYTES = 4096;
const MOST_CACHED = 1_000;

type ConditionName = 'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression';
export type ExpressionName = ConditionName | 'UpdateExpression' | 'ProjectionExpression';

export type Expressions = Placeholders & { readonly [Name in ExpressionName]?: string | undefined };

export interface ReadExpressions {
  readonly condition?: Condition;
  readonly filter?: Condition;
  readonly keyCondition?: Condition;
  readonly update?: readonly UpdateAction[];
  readonly projection?: readonly Path[];
}

const conditions = cached(parseCondition);
const updates = cached(parseUpdate);
const projections = cached(parseProjection);

/** Throws ValidationException with what is wrong, in DynamoDB's words. */
export function readExpressions(input: Expressions): ReadExpressions {
  if (input.ExpressionAttributeNames === undefined && input.ExpressionAttributeValues === undefined) {
    if (!hasExpression(input)) return NONE;
  }
  const bindings = new Bindings(input);
  const conditionOf = (name: ConditionName) =>
    named(name, input[name], (text) => {
      const condition = bindings.condition(conditions(text));
      checkCondition(condition);
      return condition;
    });
  const read = {
    update: named('UpdateExpression', input.UpdateExpression, (text) => {
      const actions = updates(text).map((action) => bindings.update(action));
      checkOverlaps(actions.map(({ path }) => path));
      for (const action of actions) checkUpdate(action);
      return actions;
    }),
    condition: conditionOf('ConditionExpression'),
    keyCondition: conditionOf('KeyConditionExpression'),
    filter: conditionOf('FilterExpression'),
    projection: named('ProjectionExpression', input.ProjectionExpression, (text) => {
      const paths = projections(text).map((path) => bindings.path(path));
      checkOverlaps(paths);
      return paths;
    }),
  };
  bindings.refuseUnused();
  return read;
}

const NONE: ReadExpressions = {};

function hasExpression(input: Expressions): boolean {
  return (
    input.UpdateExpression !== undefined ||
    input.ConditionExpression !== undefined ||
    input.KeyConditionExpression !== undefined ||
    input.FilterExpression !== undefined ||
    input.ProjectionExpression !== undefined
  );
}

function named<T>(name: ExpressionName, text: string | undefined, read: (text: string) => T): T | undefined {
  if (text === undefined) return undefined;
  if (text === '') throw validationError(`Invalid ${name}: The expression can not be empty;`);
  if (Buffer.byteLength(text) > MOST_BYTES) {
    const size = Buffer.byteLength(text);
    throw validationError(
      `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`,
    );
  }
  try {
    return read(text);
  } catch (error) {
    if (error instanceof ExpressionError) throw validationError(`Invalid ${name}: ${error.message}`);
    throw error;
  }
}

/** Programs send the same few texts again and again. */
function cached<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let parsed = known.get(text);
    if (parsed === undefined) {
      if (known.size >= MOST_CACHED) known.clear();
      parsed = parse(text);
      known.set(text, parsed);
    }
    return parsed;
  };
}
