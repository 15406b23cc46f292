/** The little of JavaScript's syntax tree that reading calls needs. */
import { type Node, parse } from 'acorn';
import type { CodeValue } from './contract.ts';

/** A node with whatever its type has: what is read of it is tested first. */
export type Tree = Node & { readonly [key: string]: unknown };

export class UnparsableCode extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnparsableCode';
  }
}

/** Throws `UnparsableCode`. */
export function parseModule(text: string): Tree {
  try {
    return parse(text, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      locations: true,
      allowHashBang: true,
    }) as unknown as Tree;
  } catch (error) {
    throw new UnparsableCode((error as Error).message);
  }
}

/** Every node once, parents first. */
export function* nodesOf(root: Tree): Generator<Tree> {
  const waiting: Tree[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    const children: Tree[] = [];
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) children.push(...value.filter(isTree));
      else if (isTree(value)) children.push(value);
    }
    waiting.push(...children.reverse());
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Name of an identifier. */
export function nameOf(node: unknown): string | undefined {
  return isTree(node) && node.type === 'Identifier' ? String(node['name']) : undefined;
}

export function textOf(node: unknown): string | undefined {
  if (!isTree(node)) return undefined;
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  const parts = node['quasis'];
  if (node.type !== 'TemplateLiteral' || !Array.isArray(parts) || parts.length !== 1) return undefined;
  return ((parts[0] as Tree)['value'] as { cooked?: string }).cooked;
}

/** The name of `x.name` or `x['name']`. */
export function memberName(node: unknown): string | undefined {
  if (!isTree(node) || node.type !== 'MemberExpression') return undefined;
  return node['computed'] === true ? textOf(node['property']) : nameOf(node['property']);
}

/** NAME of `process.env.NAME`. */
export function variableOf(node: unknown): string | undefined {
  const name = memberName(node);
  if (name === undefined) return undefined;
  const object = (node as Tree)['object'];
  return isEnvironment(object) ? name : undefined;
}

export function isEnvironment(node: unknown): boolean {
  return memberName(node) === 'env' && nameOf((node as Tree)['object']) === 'process';
}

/** What a name stands for that is given a value once and keeps it. */
export type Constants = ReadonlyMap<string, CodeValue>;

export function codeValueOf(node: unknown, constants: Constants): CodeValue {
  const text = textOf(node);
  if (text !== undefined) return { kind: 'constant', text };
  const variable = variableOf(node);
  if (variable !== undefined) return { kind: 'variable', name: variable };
  const name = nameOf(node);
  if (name !== undefined) return constants.get(name) ?? { kind: 'dynamic' };
  // `process.env.TABLE ?? ''`: what follows is for a variable that the template sets anyway.
  if (isTree(node) && node.type === 'LogicalExpression' && node['operator'] !== '&&') {
    const left = codeValueOf(node['left'], constants);
    return left.kind === 'variable' ? left : { kind: 'dynamic' };
  }
  return { kind: 'dynamic' };
}

/** The value of an object literal's member. */
export function propertyOf(node: unknown, name: string): Tree | undefined {
  if (!isTree(node) || node.type !== 'ObjectExpression') return undefined;
  for (const property of node['properties'] as Tree[]) {
    if (property.type !== 'Property' || property['computed'] === true) continue;
    if ((nameOf(property['key']) ?? textOf(property['key'])) === name) return property['value'] as Tree;
  }
  return undefined;
}
