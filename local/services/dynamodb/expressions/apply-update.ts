/** Update actions done to an item. Pure: the item stays as it is, what comes back is another one. */
import { validationError } from '../errors.ts';
import { type AttributeValue, attributeOf, type Item, latin, setAttribute, typeOf } from '../values/attribute-value.ts';
import { addNumbers, subtractNumbers } from '../values/decimal.ts';
import { valueAt } from './evaluate.ts';
import type { Assigned, Path, UpdateAction } from './syntax-tree.ts';

/** Throws ValidationException. Everything is worked out from the item as it was. */
export function applyUpdate(item: Item, actions: readonly UpdateAction[]): Item {
  const result: Item = { ...item };
  const owned = new Set<string>();
  /** Something below an attribute is changed in a copy of that attribute. */
  const own = (name: string): void => {
    const value = attributeOf(result, name);
    if (owned.has(name) || value === undefined) return;
    owned.add(name);
    setAttribute(result, name, copyOf(value));
  };
  const worked = actions.map((action) => ({ path: action.path, value: outcomeOf(action, item) }));
  // Beyond the end of a list entries are appended: in the order of their numbers.
  const written = worked.filter(({ value }) => value !== undefined).toSorted((a, b) => byIndex(a.path, b.path));
  for (const { path, value } of written) {
    if (path.length > 1) own(path[0] as string);
    write(result, path, copyOf(value!));
  }
  // The last entry of a list goes first: numbers are those of the list as it was.
  const removed = worked.filter(({ value }) => value === undefined).toSorted((a, b) => byIndex(b.path, a.path));
  for (const { path } of removed) {
    if (path.length > 1) own(path[0] as string);
    remove(result, path);
  }
  return result;
}

function byIndex(a: Path, b: Path): number {
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    const [x, y] = [a[at]!, b[at]!];
    if (typeof x === 'number' && typeof y === 'number' && x !== y) return x - y;
  }
  return 0;
}

/** The new value; undefined for none. */
function outcomeOf(action: UpdateAction, item: Item): AttributeValue | undefined {
  if (action.kind === 'set') return assigned(action.to, item);
  if (action.kind === 'remove') return undefined;
  const current = valueAt(item, action.path);
  if (action.value.kind !== 'value') throw new TypeError('an operand was not looked up');
  const { value } = action.value;
  return action.kind === 'add' ? added(current, value) : without(current, value);
}

function assigned(to: Assigned, item: Item): AttributeValue {
  switch (to.kind) {
    case 'value':
      return to.value;
    case 'path': {
      const value = valueAt(item, to.path);
      if (value !== undefined) return value;
      throw validationError('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'if_not_exists':
      return valueAt(item, to.path) ?? assigned(to.otherwise, item);
    case 'list_append': {
      const [left, right] = [assigned(to.left, item), assigned(to.right, item)];
      if (!left.L || !right.L) throw wrongType();
      return { L: [...left.L, ...right.L] };
    }
    case 'plus':
    case 'minus': {
      const [left, right] = [assigned(to.left, item), assigned(to.right, item)];
      if (left.N === undefined || right.N === undefined) throw wrongType();
      return { N: to.kind === 'plus' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N) };
    }
    default:
      throw new TypeError(`an operand of kind ${to.kind} cannot be assigned`);
  }
}

function added(current: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (current === undefined) return value;
  const type = typeOf(value);
  if (type !== typeOf(current)) throw wrongType();
  switch (type) {
    case 'N':
      return { N: addNumbers(current.N!, value.N!) };
    case 'SS':
      return { SS: [...new Set([...current.SS!, ...value.SS!])] };
    case 'NS':
      return { NS: [...new Set([...current.NS!, ...value.NS!])] };
    case 'BS': {
      const known = new Set(current.BS!.map(latin));
      return { BS: [...current.BS!, ...value.BS!.filter((bytes) => !known.has(latin(bytes)))] };
    }
    // Of AttributeUpdates alone.
    case 'L':
      return { L: [...current.L!, ...value.L!] };
    default:
      throw wrongType();
  }
}

/** A set without some of its members: no set at all when none is left. */
function without(current: AttributeValue | undefined, value: AttributeValue): AttributeValue | undefined {
  if (current === undefined) return undefined;
  const type = typeOf(value);
  if (type !== typeOf(current)) throw wrongType();
  if (type === 'BS') {
    const gone = new Set(value.BS!.map(latin));
    const BS = current.BS!.filter((bytes) => !gone.has(latin(bytes)));
    return BS.length > 0 ? { BS } : undefined;
  }
  if (type !== 'SS' && type !== 'NS') throw wrongType();
  const gone = new Set(value[type]);
  const left = current[type]!.filter((member) => !gone.has(member));
  return left.length > 0 ? { [type]: left } : undefined;
}

/** Throws where the path leads through something that is not there. */
function write(item: Item, path: Path, value: AttributeValue): void {
  const [container, last] = containerOf(item, path);
  if (typeof last === 'number') {
    if (last < container.L!.length) container.L![last] = value;
    else container.L!.push(value);
  } else setAttribute(container.M!, last, value);
}

function remove(item: Item, path: Path): void {
  const [container, last] = containerOf(item, path);
  if (typeof last === 'number') container.L!.splice(last, 1);
  else delete container.M![last];
}

function containerOf(item: Item, path: Path): [AttributeValue, string | number] {
  const last = path.at(-1)!;
  const container = path.length === 1 ? { M: item } : valueAt(item, path.slice(0, -1));
  if (!(typeof last === 'number' ? container?.L : container?.M)) {
    throw validationError('The document path provided in the update expression is invalid for update');
  }
  return [container!, last];
}

function copyOf(value: AttributeValue): AttributeValue {
  if (value.L) return { L: value.L.map(copyOf) };
  if (!value.M) return value;
  const M: Item = {};
  for (const name of Object.keys(value.M)) setAttribute(M, name, copyOf(value.M[name]!));
  return { M };
}

const wrongType = () => validationError('An operand in the update expression has an incorrect data type');
