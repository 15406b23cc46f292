/**
 * A function's calls out of its code: SDK commands and clients, libraries known to call AWS, requests signed by the code
 * itself, and names it connects to. Nothing is guessed: what only shows while the code runs stays `dynamic`.
 */
import { SourceMap } from 'node:module';
import { type Bindings, type Imported, readBindings } from './bindings.ts';
import type { CodePlace, CodeReading, HostCall, SdkCall } from './contract.ts';
import { libraryUse, mayCallUnseen } from './libraries.ts';
import { presignedMethods } from './presigned.ts';
import { actionsOf, clientOf, operationOf, resourceMembers, TRANSACTION, transactedAction } from './sdk.ts';
import {
  codeValueOf,
  memberName,
  nameOf,
  nodesOf,
  parseModule,
  propertyOf,
  type Tree,
  textOf,
  UnparsableCode,
} from './syntax.ts';

export interface CodeToRead {
  /** The function's own modules as one, packages imported by name. */
  readonly text: string;
  /** JSON, of `text`. */
  readonly sourceMap: string;
  /** Modules of packages that are really used, e.g. `@aws-sdk/client-sqs/dist-es/commands/SendMessageCommand.js`. */
  readonly packageModules: readonly string[];
  readonly unresolved: readonly string[];
  /** Whether there is such an action, e.g. `ec2:RevokeSecurityGroupEgress`. */
  readonly isAction: (action: string) => Promise<boolean>;
}

export async function readCalls(code: CodeToRead): Promise<CodeReading> {
  let root: Tree;
  try {
    root = parseModule(code.text);
  } catch (error) {
    if (error instanceof UnparsableCode) return { kind: 'unread', why: `the code is no JavaScript: ${error.message}` };
    throw error;
  }
  const reader = new Reader(readBindings(root), placesOf(code.sourceMap), code.packageModules);
  for (const node of nodesOf(root)) reader.look(node);
  await reader.addSelfSigned(code.isAction, root);
  reader.addPackages(code.packageModules);
  const missing = code.unresolved.filter(mayCallUnseen).map((name) => `${name} is not on this machine`);
  return {
    kind: 'read',
    calls: reader.found(),
    hosts: reader.hosts,
    variables: [...reader.variables].sort(),
    gaps: [...reader.gaps, ...missing, ...ownSigner(code.text)],
  };
}

/** What an SDK that was bundled into the code beforehand calls has lost its names; what it signs with has not. */
function ownSigner(text: string): string[] {
  return text.includes('AWS4-HMAC-SHA256')
    ? ['it carries what signs requests in its own code, as a bundled SDK does: what that calls does not stand there']
    : [];
}

type Places = (node: Tree) => CodePlace | undefined;

function placesOf(sourceMap: string): Places {
  if (sourceMap === '') return () => undefined;
  const map = new SourceMap(JSON.parse(sourceMap));
  return ({ loc }) => {
    if (!loc) return undefined;
    const entry = map.findEntry(loc.start.line - 1, loc.start.column);
    if (!('originalSource' in entry)) return undefined;
    return { file: entry.originalSource, line: entry.originalLine + 1 };
  };
}

const FETCHERS = new Set(['fetch', 'axios', 'got', 'request']);
const CLIENTS = new Set(['axios', 'got', 'http', 'https', 'ky', 'request', 'superagent', 'undici']);
const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'request']);
/** At least two words: `Tags` is no operation, `Action` neither. */
const OPERATION_NAME = /^[A-Z][a-z]+(?:[A-Z][a-z]+)+$/;
const VARIABLE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** More than a package that leaves out what it does not need would keep. */
const MOST_COMMANDS = 8;

class Reader {
  readonly calls: SdkCall[] = [];
  readonly hosts: HostCall[] = [];
  readonly variables = new Set<string>();
  readonly gaps: string[] = [];
  readonly #bindings: Bindings;
  readonly #placeOf: Places;
  /** Names of `new DynamoDB()` and `DynamoDBDocument.from()`, with their package. */
  readonly #clients = new Map<string, string>();
  readonly #texts = new Set<string>();
  readonly #signedServices = new Set<string>();
  /** Endpoints of clients that are made with `credentials`. */
  readonly #lent = new Set<string>();
  readonly #packageModules: readonly string[];
  /** Packages imported late whose commands stand in the code. */
  readonly #late = new Set<string>();
  /** Commands, and the names of such, that are only signed. */
  readonly #signed = new Set<unknown>();
  /** What `new` makes, with the name it is given. */
  readonly #names: [name: string, node: Tree][] = [];
  readonly #byNode = new Map<unknown, SdkCall>();
  /** Actions that items of its transactions need. */
  readonly #transacted = new Set<string>();
  /** It sends requests to where only shows while it runs: perhaps those that it signs. */
  #fetchesAnything = false;
  /** Something of its own is called `fetch`; the bundler keeps that name only where nobody uses the global one. */
  #hasOwnFetch = false;

  constructor(bindings: Bindings, placeOf: Places, packageModules: readonly string[]) {
    this.#bindings = bindings;
    this.#placeOf = placeOf;
    this.#packageModules = packageModules;
    for (const value of bindings.constants.values()) if (value.kind === 'variable') this.variables.add(value.name);
  }

  look(node: Tree): void {
    if (node.type === 'NewExpression') this.#created(node);
    else if (node.type === 'CallExpression') this.#called(node);
    else if (node.type === 'VariableDeclarator') this.#declared(node);
    else if (node.type === 'Literal') this.#text(node);
    else if (node.type === 'Property') this.#property(node);
    else if (node.type === 'MemberExpression') {
      const value = codeValueOf(node, this.#bindings.constants);
      if (value.kind === 'variable') this.variables.add(value.name);
    }
  }

  #property(node: Tree): void {
    if (nameOf(node['value']) === 'fetch') this.#fetchesAnything = true;
    // `{ Put: { TableName, Item } }`: an item of a transaction, wherever it is put together.
    const action = transactedAction(nameOf(node['key']) ?? textOf(node['key']) ?? '');
    if (action !== undefined && propertyOf(node['value'], 'TableName')) this.#transacted.add(action);
  }

  found(): SdkCall[] {
    const presigned = new Set<SdkCall | undefined>();
    for (const signed of this.#signed) {
      const named = this.#names.filter(([name]) => name === signed);
      // Of two commands of one name the other may be sent.
      if (named.length < 2) presigned.add(this.#byNode.get(named[0]?.[1] ?? signed));
    }
    return this.calls.map((call) => ({
      ...call,
      ...(call.operation === TRANSACTION && { actions: [...this.#transacted].sort() }),
      ...(call.basis === 'code' && this.#lent.has(call.endpoint) && { basis: 'lent' as const }),
      ...(presigned.has(call) && { presigned: true as const }),
    }));
  }

  #text(node: Tree): void {
    const text = textOf(node);
    if (text === undefined) return;
    this.#texts.add(text);
    // Configuration modules read variables by names handed to them.
    if (VARIABLE_NAME.test(text)) this.variables.add(text);
  }

  #created(node: Tree): void {
    const imported = this.#bindings.importedBy(node['callee']) ?? this.#importedLate(node['callee']);
    if (!imported) return;
    const [first] = node['arguments'] as Tree[];
    const command = /^(\w+)Command$/.exec(imported.name)?.[1];
    if (command !== undefined && clientOf(imported.packageName)) {
      this.#add(imported.packageName, command, first, node);
      return;
    }
    const client = clientOf(imported.packageName);
    if (client && propertyOf(first, 'credentials')) this.#lent.add(client.endpoint);
    if (imported.name === 'SignatureV4') {
      const service = textOf(propertyOf(first, 'service'));
      if (service === undefined)
        this.gaps.push('it signs requests itself, for a service that only shows while it runs');
      else this.#signedServices.add(service);
    }
    this.#library(imported.packageName, imported.name, first, node);
  }

  /** `sdk.ConverseStreamCommand`, whatever `sdk` is: of the one client imported late that has such a command. */
  #importedLate(callee: unknown): Imported | undefined {
    const name = memberName(callee) ?? '';
    if (!name.endsWith('Command')) return undefined;
    const has = (packageName: string) =>
      this.#packageModules.some((path) => path.startsWith(`${packageName}/`) && path.endsWith(`/commands/${name}.js`));
    const [packageName, ...others] = [...this.#bindings.late].filter(has);
    if (packageName === undefined || others.length > 0) return undefined;
    this.#late.add(packageName);
    return { packageName, name };
  }

  #called(node: Tree): void {
    const callee = node['callee'];
    const [first, second] = node['arguments'] as Tree[];
    const imported = this.#bindings.importedBy(callee);
    if (imported?.name === 'getSignedUrl') this.#signed.add(nameOf(second) ?? second);
    if (imported) {
      const paginated = /^paginate(\w+)$/.exec(imported.name)?.[1];
      if (paginated !== undefined && clientOf(imported.packageName))
        this.#add(imported.packageName, paginated, second, node);
      else this.#library(imported.packageName, imported.name, first, node);
    }
    const method = memberName(callee);
    if (method !== undefined) {
      const packageName = this.#clients.get(nameOf((callee as Tree)['object']) ?? '');
      const operation = method.charAt(0).toUpperCase() + method.slice(1);
      if (packageName !== undefined && method !== 'send' && method !== 'destroy')
        this.#add(packageName, operation, first, node);
    }
    this.#connected(callee, method, first, node);
  }

  /** `fetch('https://…')`, `axios.get('https://…')`, `https.request('https://…')`. */
  #connected(callee: unknown, method: string | undefined, first: Tree | undefined, node: Tree): void {
    const object = method === undefined ? undefined : nameOf((callee as Tree)['object']);
    const fetches = FETCHERS.has(nameOf(callee) ?? '') || (METHODS.has(method ?? '') && CLIENTS.has(object ?? ''));
    const url = fetches ? codeValueOf(first, this.#bindings.constants) : undefined;
    if (url?.kind === 'dynamic') this.#fetchesAnything = true;
    if (url?.kind !== 'constant' || !URL.canParse(url.text)) return;
    const { protocol, hostname, port } = new URL(url.text);
    if (!/^https?:$/.test(protocol) || /^(?:localhost|127\.|169\.254\.|\[)/.test(hostname)) return;
    this.hosts.push({ hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80), at: this.#placeOf(node) });
  }

  #declared(node: Tree): void {
    const name = nameOf(node['id']);
    const init = node['init'] as Tree | null;
    if (name === undefined || !init) return;
    if (name === 'fetch') this.#hasOwnFetch = true;
    if (init.type === 'NewExpression') {
      this.#names.push([name, init]);
      const imported = this.#bindings.importedBy(init['callee']);
      if (imported && clientOf(imported.packageName) && !/(?:Client|Command)$/.test(imported.name)) {
        this.#clients.set(name, imported.packageName);
      }
    }
    if (init.type !== 'CallExpression' || memberName(init['callee']) !== 'from') return;
    const imported = this.#bindings.importedBy((init['callee'] as Tree)['object']);
    if (imported?.name === 'DynamoDBDocument') this.#clients.set(name, imported.packageName);
  }

  #library(packageName: string, name: string, first: Tree | undefined, node: Tree): void {
    const use = libraryUse(packageName, name);
    if (!use) return;
    const { prefix, endpoint } = clientOf(use.packageName)!;
    for (const operation of use.operations) {
      const resource = use.member === undefined ? undefined : { member: use.member, value: this.#value(first) };
      const actions = actionsOf(prefix, operation);
      const { presigned } = use;
      const at = this.#placeOf(node);
      this.calls.push({ endpoint, actions, operation, basis: 'code', resource, ...(presigned && { presigned }), at });
    }
  }

  #add(packageName: string, name: string, input: Tree | undefined, node: Tree): void {
    const { endpoint, prefix } = clientOf(packageName)!;
    const operation = operationOf(packageName, name);
    const actions = actionsOf(prefix, operation);
    const resource = this.#resource(prefix, input);
    const call: SdkCall = { endpoint, actions, operation, basis: 'code', resource, at: this.#placeOf(node) };
    this.calls.push(call);
    this.#byNode.set(node, call);
  }

  #resource(prefix: string, input: Tree | undefined): SdkCall['resource'] {
    for (const member of resourceMembers(prefix)) {
      const named = propertyOf(input, member);
      if (named) return { member, value: this.#value(named) };
    }
    return undefined;
  }

  #value(node: Tree | undefined) {
    return codeValueOf(node, this.#bindings.constants);
  }

  /** Requests that the code signs itself: operations show as constants, if at all. */
  async addSelfSigned(isAction: CodeToRead['isAction'], root: Tree): Promise<void> {
    for (const service of this.#signedServices) {
      if (service === 's3' && this.#addPresigned(root)) continue;
      const named: { operation: string; actions: readonly string[] }[] = [];
      for (const operation of this.#texts) {
        if (!OPERATION_NAME.test(operation)) continue;
        const actions = actionsOf(service, operation);
        if (actions[0] !== undefined && (await isAction(actions[0]))) named.push({ operation, actions });
      }
      if (named.length === 0)
        this.gaps.push(`it signs requests to ${service} itself; which, does not stand in its code`);
      for (const { operation, actions } of named) {
        this.calls.push({ endpoint: service, actions, operation, basis: 'constant', resource: undefined });
      }
      if (named.length === 0) {
        this.calls.push({ endpoint: service, actions: [], operation: 'a request', basis: 'code', resource: undefined });
      }
    }
  }

  /** URLs of objects that the code signs itself: which operations, say HTTP's methods. */
  #addPresigned(root: Tree): boolean {
    const methods = presignedMethods(root);
    for (const method of methods) {
      const operation = `${method.charAt(0)}${method.slice(1).toLowerCase()}Object`;
      const call: SdkCall = {
        endpoint: 's3',
        actions: actionsOf('s3', operation),
        operation,
        basis: 'constant',
        resource: undefined,
        ...((this.#hasOwnFetch || !this.#fetchesAnything) && { presigned: true }),
      };
      this.calls.push(call);
    }
    return methods.length > 0;
  }

  /**
   * Commands that packages use on the function's behalf. What the function imports itself was read where it is used; a
   * client that a package brings as a whole says nothing of what is called of it.
   */
  addPackages(modules: readonly string[]): void {
    const byPackage = new Map<string, string[]>();
    for (const path of modules) {
      const [, packageName, command] = /^(@aws-sdk\/client-[^/]+)\/.*\/commands\/(\w+)Command\.js$/.exec(path) ?? [];
      if (packageName === undefined || command === undefined) continue;
      if (this.#bindings.packages.has(packageName) || this.#late.has(packageName)) continue;
      byPackage.set(packageName, [...(byPackage.get(packageName) ?? []), command]);
    }
    const known = new Set(this.calls.map(({ endpoint, operation }) => `${endpoint} ${operation}`));
    for (const [packageName, commands] of byPackage) {
      const { endpoint, prefix } = clientOf(packageName)!;
      const more = commands.filter((command) => !known.has(`${endpoint} ${command}`));
      if (more.length > MOST_COMMANDS) this.gaps.push(`a package brings all of ${packageName}, and may call any of it`);
      else {
        for (const operation of more) {
          const actions = actionsOf(prefix, operation);
          this.calls.push({ endpoint, actions, operation, basis: 'package', resource: undefined });
        }
      }
    }
  }
}
