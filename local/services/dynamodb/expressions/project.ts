/** The parts of an item that paths name. Pure. */
import { type AttributeValue, attributeOf, type Item, setAttribute } from '../values/attribute-value.ts';
import type { Path } from './syntax-tree.ts';

/** `true`: everything from here on. */
type Branch = Map<string | number, Branch> | true;

/** Lists keep the order of their entries and lose the gaps. */
export function project(item: Item, paths: readonly Path[]): Item {
  if (paths.every((path) => path.length === 1))
    return pick(
      item,
      paths.map(([name]) => name as string),
    );
  const root: Branch = new Map();
  for (const path of paths) grow(root, path);
  return partOf({ M: item }, root)?.M ?? {};
}

export function pick(item: Item, names: Iterable<string>): Item {
  const result: Item = {};
  for (const name of names) {
    const value = attributeOf(item, name);
    if (value !== undefined) setAttribute(result, name, value);
  }
  return result;
}

function grow(root: Map<string | number, Branch>, path: Path): void {
  let branch = root;
  path.forEach((part, index) => {
    const next = branch.get(part);
    if (next === true) return;
    if (index === path.length - 1) branch.set(part, true);
    else {
      const grown: Map<string | number, Branch> = next ?? new Map();
      branch.set(part, grown);
      branch = grown;
    }
  });
}

function partOf(value: AttributeValue, branch: Branch): AttributeValue | undefined {
  if (branch === true) return value;
  if (value.M) {
    const M: Item = {};
    for (const [name, further] of branch) {
      const inner = typeof name === 'string' ? attributeOf(value.M, name) : undefined;
      const part = inner && partOf(inner, further);
      if (part) setAttribute(M, name as string, part);
    }
    return Object.keys(M).length > 0 ? { M } : undefined;
  }
  if (!value.L) return undefined;
  const L = [...branch.keys()]
    .filter((index) => typeof index === 'number')
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const part = value.L![index] && partOf(value.L![index], branch.get(index)!);
      return part ? [part] : [];
    });
  return L.length > 0 ? { L } : undefined;
}
