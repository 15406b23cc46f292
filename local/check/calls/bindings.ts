/** Which names of a module stand for what: imports of packages, and constants. */
import type { CodeValue } from './contract.ts';
import {
  type Constants,
  codeValueOf,
  isEnvironment,
  isTree,
  memberName,
  nameOf,
  nodesOf,
  type Tree,
  textOf,
} from './syntax.ts';

export interface Imported {
  readonly packageName: string;
  /** `*` for all of it. */
  readonly name: string;
}

export interface Bindings {
  readonly imports: ReadonlyMap<string, Imported>;
  readonly constants: Constants;
  /** Everything that is imported or required. */
  readonly packages: ReadonlySet<string>;
  /** What is imported only while the code runs: `import('package')`. */
  readonly late: ReadonlySet<string>;
  /** What an expression such as `GetItemCommand` or `ddb.GetItemCommand` was imported as. */
  importedBy(node: unknown): Imported | undefined;
}

/** The bundler gives every name of the whole text one meaning at the top; inner names that hide them are rare. */
export function readBindings(root: Tree): Bindings {
  const imports = new Map<string, Imported>();
  const constants = new Map<string, CodeValue>();
  const changed = new Set<string>();
  const packages = new Set<string>();
  const late = new Set<string>();
  for (const node of nodesOf(root)) {
    const packageName = node.type === 'ImportDeclaration' ? textOf(node['source']) : required(node);
    if (packageName !== undefined) packages.add(packageName);
    const loaded = node.type === 'ImportExpression' ? textOf(node['source']) : undefined;
    if (loaded !== undefined) late.add(loaded);
    if (node.type === 'ImportDeclaration') addImports(node, imports);
    else if (node.type === 'VariableDeclarator') addDeclarator(node, imports, constants, changed);
    else if (node.type === 'AssignmentExpression') changed.add(nameOf(node['left']) ?? '');
  }
  for (const name of changed) constants.delete(name);
  return {
    imports,
    constants,
    packages,
    late,
    importedBy(node) {
      const name = nameOf(node);
      if (name !== undefined) return imports.get(name);
      const member = memberName(node);
      if (member === undefined) return undefined;
      const whole = wholeImport((node as Tree)['object'], imports);
      return whole === undefined ? undefined : { packageName: whole, name: member };
    },
  };
}

function addImports(node: Tree, imports: Map<string, Imported>): void {
  const packageName = textOf(node['source']) ?? '';
  for (const specifier of node['specifiers'] as Tree[]) {
    const local = nameOf(specifier['local']);
    if (local === undefined) continue;
    const name = specifier.type === 'ImportSpecifier' ? (nameOf(specifier['imported']) ?? '') : '*';
    imports.set(local, { packageName, name });
  }
}

function addDeclarator(
  node: Tree,
  imports: Map<string, Imported>,
  constants: Map<string, CodeValue>,
  changed: Set<string>,
): void {
  const packageName = required(node['init']);
  const target = node['id'];
  const local = nameOf(target);
  if (local !== undefined) {
    if (packageName !== undefined) return void imports.set(local, { packageName, name: '*' });
    // Two of the same name in different functions: neither is sure.
    if (constants.has(local)) changed.add(local);
    return void constants.set(local, codeValueOf(node['init'], constants));
  }
  if (!isTree(target) || target.type !== 'ObjectPattern') return;
  for (const property of target['properties'] as Tree[]) {
    const key = nameOf(property['key']);
    const value = property['value'];
    const name = nameOf(isTree(value) && value.type === 'AssignmentPattern' ? value['left'] : value);
    if (key === undefined || name === undefined) continue;
    if (packageName !== undefined) imports.set(name, { packageName, name: key });
    else if (isEnvironment(node['init'])) constants.set(name, { kind: 'variable', name: key });
  }
}

/** The package of `require("package")`, in whatever the bundler wraps it. */
function required(node: unknown): string | undefined {
  if (!isTree(node) || node.type !== 'CallExpression') return undefined;
  const callee = nameOf(node['callee']) ?? '';
  const first = (node['arguments'] as Tree[])[0];
  if (/^_*require$/.test(callee)) return textOf(first);
  return /^__to(?:ESM|CommonJS)$/.test(callee) ? required(first) : undefined;
}

function wholeImport(node: unknown, imports: ReadonlyMap<string, Imported>): string | undefined {
  const imported = imports.get(nameOf(node) ?? '');
  return imported?.name === '*' ? imported.packageName : required(node);
}
