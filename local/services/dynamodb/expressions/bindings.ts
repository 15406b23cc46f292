/** The names and values of one request, looked up for its expressions; and which of them nobody asked for. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { validationError } from '../errors.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { normaliseValue } from '../values/normalise.ts';
import type { Assigned, Condition, Operand, Path, UpdateAction } from './syntax-tree.ts';
import { ExpressionError } from './tokens.ts';

export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
}

export class Bindings {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #unusedNames: Set<string>;
  readonly #unusedValues: Set<string>;

  /** Throws ValidationException for placeholders that are none, and values that are none. */
  constructor({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Placeholders) {
    this.#names = new Map(names && entriesOf('ExpressionAttributeNames', names, /^#[0-9a-zA-Z_]+$/));
    const given = values ? entriesOf('ExpressionAttributeValues', values, /^:[0-9a-zA-Z_]+$/) : [];
    this.#values = new Map(given.map(([name, value]) => [name, checkedValue(name, value)]));
    this.#unusedNames = new Set(this.#names.keys());
    this.#unusedValues = new Set(this.#values.keys());
  }

  path(path: Path): Path {
    return path.map((part) => (typeof part === 'string' && part.startsWith('#') ? this.#name(part) : part));
  }

  #name(placeholder: string): string {
    const name = this.#names.get(placeholder);
    if (name === undefined) {
      throw new ExpressionError(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.#unusedNames.delete(placeholder);
    return name;
  }

  #value(placeholder: string): AttributeValue {
    const value = this.#values.get(placeholder);
    if (value === undefined) {
      throw new ExpressionError(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    this.#unusedValues.delete(placeholder);
    return value;
  }

  operand(operand: Operand): Operand {
    switch (operand.kind) {
      case 'path':
        return { kind: 'path', path: this.path(operand.path) };
      case 'placeholder':
        return { kind: 'value', value: this.#value(operand.name) };
      case 'size':
        return { kind: 'size', of: this.operand(operand.of) };
      case 'value':
        return operand;
    }
  }

  condition(condition: Condition): Condition {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return { ...condition, left: this.condition(condition.left), right: this.condition(condition.right) };
      case 'not':
        return { kind: 'not', of: this.condition(condition.of) };
      case 'compare':
        return { ...condition, left: this.operand(condition.left), right: this.operand(condition.right) };
      case 'between': {
        const [of, low, high] = [condition.of, condition.low, condition.high].map((part) => this.operand(part));
        return { kind: 'between', of: of!, low: low!, high: high! };
      }
      case 'in':
        return { kind: 'in', of: this.operand(condition.of), list: condition.list.map((part) => this.operand(part)) };
      case 'function':
        return { ...condition, operands: condition.operands.map((part) => this.operand(part)) };
    }
  }

  update(action: UpdateAction): UpdateAction {
    const path = this.path(action.path);
    switch (action.kind) {
      case 'set':
        return { kind: 'set', path, to: this.#assigned(action.to) };
      case 'remove':
        return { kind: 'remove', path };
      default:
        return { kind: action.kind, path, value: this.operand(action.value) };
    }
  }

  #assigned(assigned: Assigned): Assigned {
    switch (assigned.kind) {
      case 'plus':
      case 'minus':
      case 'list_append':
        return { ...assigned, left: this.#assigned(assigned.left), right: this.#assigned(assigned.right) };
      case 'if_not_exists':
        return { ...assigned, path: this.path(assigned.path), otherwise: this.#assigned(assigned.otherwise) };
      default:
        return this.operand(assigned);
    }
  }

  /** Throws ValidationException. */
  refuseUnused(): void {
    for (const [member, unused] of [
      ['ExpressionAttributeNames', this.#unusedNames],
      ['ExpressionAttributeValues', this.#unusedValues],
    ] as const) {
      if (unused.size === 0) continue;
      throw validationError(`Value provided in ${member} unused in expressions: keys: {${[...unused].join(', ')}}`);
    }
  }
}

function entriesOf<T>(member: string, given: Readonly<Record<string, T>>, form: RegExp): [string, T][] {
  const entries = Object.entries(given);
  if (entries.length === 0) throw validationError(`${member} must not be empty`);
  for (const [name] of entries) {
    if (!form.test(name)) throw validationError(`${member} contains invalid key: Syntax error; key: "${name}"`);
  }
  return entries;
}

function checkedValue(name: string, value: AttributeValue): AttributeValue {
  try {
    return normaliseValue(value);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${name}`);
  }
}
