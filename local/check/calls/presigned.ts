/**
 * Which requests to objects of S3 a function signs with its own SigV4: by the methods of HTTP that stand in its code.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import { memberName, nameOf, nodesOf, type Tree, textOf } from './syntax.ts';

const METHODS = new Set(['GET', 'PUT', 'HEAD', 'DELETE']);

/** None where nothing is signed beforehand. Methods of an object that nobody ever asks it for do not count. */
export function presignedMethods(root: Tree): string[] {
  const asked = new Set<string>();
  const members: { name: string; value: Tree }[] = [];
  for (const node of nodesOf(root)) {
    const member = memberName(node);
    if (member !== undefined) asked.add(member);
    if (node.type === 'ObjectPattern') for (const key of keysOf(node)) asked.add(key.name);
    else if (node.type === 'ObjectExpression') members.push(...keysOf(node).filter(({ value }) => isFunction(value)));
  }
  if (!asked.has('presign')) return [];
  const unasked = members.filter(({ name }) => !asked.has(name)).flatMap(({ value }) => [...nodesOf(value)]);
  const dead = new Set(unasked);
  const found = new Set<string>();
  for (const node of nodesOf(root)) {
    const text = dead.has(node) ? undefined : textOf(node);
    if (text !== undefined && METHODS.has(text)) found.add(text);
  }
  return [...found].sort();
}

function keysOf(node: Tree): { name: string; value: Tree }[] {
  return (node['properties'] as Tree[]).flatMap((property) => {
    const name = nameOf(property['key']) ?? textOf(property['key']);
    return name === undefined ? [] : [{ name, value: property['value'] as Tree }];
  });
}

const isFunction = ({ type }: Tree): boolean => type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
