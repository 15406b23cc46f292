/** What filter expressions, summaries and graphs ask of a trace. */
import type { Segment } from '../../kernel/telemetry.ts';
import { at, type Fields, isFields, numberAt, type TraceNode, textAt, traceTree, walk } from './trace-tree.ts';

export type AnnotationValue = string | number | boolean;

/** A trace, a service in it, or a call from one service to another: what keywords of expressions stand for. */
export interface Facts {
  readonly flags: Readonly<Record<string, boolean>>;
  readonly numbers: Readonly<Record<string, readonly number[]>>;
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly annotations: ReadonlyMap<string, readonly AnnotationValue[]>;
}

export interface ServiceFacts extends Facts {
  readonly name: string;
  /** The segment's origin, e.g. `AWS::Lambda::Function`; of what is only known from its callers e.g. `AWS::S3`. */
  readonly type: string;
  /** Segment or, of what did not report itself, the caller's subsegment. */
  readonly node: TraceNode;
}

export interface EdgeFacts extends Facts {
  readonly source: ServiceFacts;
  readonly destination: ServiceFacts;
  /** How long the caller saw it take, seconds. */
  readonly node: TraceNode;
}

export interface TraceFacts extends Facts {
  readonly id: string;
  readonly roots: readonly TraceNode[];
  /** Seconds since 1970. */
  readonly start: number;
  /** Seconds; absent while something is in progress. */
  readonly duration?: number;
  readonly responseTime?: number;
  readonly services: readonly ServiceFacts[];
  readonly edges: readonly EdgeFacts[];
}

export function traceFacts(id: string, segments: readonly Segment[]): TraceFacts {
  const roots = traceTree(segments);
  const nodes = [...walk(roots)].map(({ node }) => node);
  const services: ServiceFacts[] = [];
  const edges: EdgeFacts[] = [];
  for (const root of roots) connect(root, undefined, undefined, services, edges);
  const start = Math.min(...nodes.map((node) => node.start));
  const isPartial = nodes.some((node) => node.end === undefined);
  const duration = Math.max(...nodes.map((node) => node.end ?? node.start)) - start;
  const [root] = roots;
  const responseTime = root?.end === undefined ? undefined : root.end - root.start;
  const own = merged(nodes);
  return {
    ...own,
    flags: { ...own.flags, ...statusFlags(nodes), partial: isPartial, root: true },
    numbers: {
      ...own.numbers,
      ...(!isPartial && { duration: [duration] }),
      ...(responseTime !== undefined && { responsetime: [responseTime] }),
    },
    // Of a trace as a whole, what its client asked for.
    texts: { ...own.texts, ...(root && httpTexts(root.fields)) },
    id,
    roots,
    start,
    services,
    edges,
    ...(!isPartial && { duration }),
    ...(responseTime !== undefined && { responseTime }),
  };
}

/** Finds services and who called whom, from the segment or subsegment down. */
function connect(
  node: TraceNode,
  caller: ServiceFacts | undefined,
  call: TraceNode | undefined,
  services: ServiceFacts[],
  edges: EdgeFacts[],
): void {
  let within = caller;
  let through = call;
  if (node.kind === 'segment') {
    within = serviceOf(node, node.name, textAt(node.fields, 'origin') ?? '', false, caller === undefined);
    services.push(within);
    if (caller) edges.push(edgeOf(caller, within, call ?? node));
    through = undefined;
  } else if (isCall(node)) {
    through = node;
    if (caller && !hasSegment(node)) {
      const [name, type] = inferredService(node);
      const inferred = serviceOf(node, name, type, true, false);
      services.push(inferred);
      edges.push(edgeOf(caller, inferred, node));
    }
  }
  for (const child of node.children) connect(child, within, through, services, edges);
}

export function isCall({ fields, kind }: TraceNode): boolean {
  return kind === 'subsegment' && (fields['namespace'] === 'aws' || fields['namespace'] === 'remote');
}

export function hasSegment(node: TraceNode): boolean {
  return node.children.some((child) => child.kind === 'segment' || (!isCall(child) && hasSegment(child)));
}

/** AWS's names of the node for what does not send segments of its own. */
export function inferredService({ name, fields }: TraceNode): readonly [name: string, type: string] {
  if (fields['namespace'] === 'aws') {
    const table = textAt(fields, 'aws', 'table_name');
    if (table !== undefined) return [table, 'AWS::DynamoDB::Table'];
    return [name, `AWS::${name.replaceAll(/[^A-Za-z0-9]/g, '')}`];
  }
  const database = textAt(fields, 'sql', 'database_type');
  return [name, database === undefined ? 'remote' : `Database::${database}`];
}

function serviceOf(node: TraceNode, name: string, type: string, isInferred: boolean, isRoot: boolean): ServiceFacts {
  const facts = merged(ownNodes(node));
  return {
    ...facts,
    name,
    type,
    node,
    flags: {
      ...facts.flags,
      ...statusFlags([node]),
      partial: node.end === undefined,
      inferred: isInferred,
      root: isRoot,
      remote: node.fields['namespace'] === 'remote',
    },
    texts: { ...facts.texts, ...httpTexts(node.fields), name: [name, ...exceptionNames(node.fields)], type: [type] },
    numbers: { ...facts.numbers, ...times(node) },
  };
}

function edgeOf(source: ServiceFacts, destination: ServiceFacts, node: TraceNode): EdgeFacts {
  const facts = merged([node]);
  return {
    ...facts,
    flags: { ...facts.flags, ...statusFlags([node]), partial: node.end === undefined },
    numbers: { ...facts.numbers, ...times(node) },
    source,
    destination,
    node,
  };
}

/** A segment and its own subsegments, without what other services sent. */
function ownNodes(node: TraceNode): readonly TraceNode[] {
  return [node, ...node.children.filter(({ kind }) => kind === 'subsegment').flatMap(ownNodes)];
}

function times({ start, end }: TraceNode): Record<string, readonly number[]> {
  return end === undefined ? {} : { responsetime: [end - start], duration: [end - start] };
}

function statusFlags(nodes: readonly TraceNode[]): { ok: boolean; error: boolean; fault: boolean; throttle: boolean } {
  const has = (flag: string) => nodes.some(({ fields }) => fields[flag] === true);
  const [error, fault, throttle] = [has('error'), has('fault'), has('throttle')];
  return { ok: !error && !fault && !throttle, error, fault, throttle };
}

/** Everything several nodes say under a keyword. */
function merged(nodes: readonly TraceNode[]): Facts {
  const texts: Record<string, string[]> = {};
  const annotations = new Map<string, AnnotationValue[]>();
  const add = (keyword: string, value: unknown) => {
    if (typeof value !== 'string') return;
    texts[keyword] ??= [];
    texts[keyword].push(value);
  };
  const statuses: number[] = [];
  for (const { fields, name } of nodes) {
    for (const [keyword, path] of TEXTS) add(keyword, at(fields, ...path));
    add('name', name);
    for (const exception of exceptionsOf(fields)) {
      add('name', exception['type']);
      add('message', exception['message']);
    }
    const status = numberAt(fields, 'http', 'response', 'status');
    if (status !== undefined) statuses.push(status);
    for (const [key, value] of annotationsOf(fields)) annotations.set(key, [...(annotations.get(key) ?? []), value]);
  }
  return { flags: {}, numbers: { 'http.status': statuses }, texts, annotations };
}

const TEXTS: readonly (readonly [keyword: string, path: readonly string[]])[] = [
  ['http.url', ['http', 'request', 'url']],
  ['http.method', ['http', 'request', 'method']],
  ['http.useragent', ['http', 'request', 'user_agent']],
  ['http.clientip', ['http', 'request', 'client_ip']],
  ['user', ['user']],
  ['type', ['origin']],
  ['availabilityzone', ['aws', 'ec2', 'availability_zone']],
  ['instance.id', ['aws', 'ec2', 'instance_id']],
  ['resource.arn', ['resource_arn']],
];

function httpTexts(fields: Fields): Record<string, readonly string[]> {
  const found = TEXTS.slice(0, 4).map(([keyword, path]) => [keyword, textAt(fields, ...path)] as const);
  return Object.fromEntries(found.flatMap(([keyword, value]) => (value === undefined ? [] : [[keyword, [value]]])));
}

export function exceptionsOf(fields: Fields): readonly Fields[] {
  const exceptions = at(fields, 'cause', 'exceptions');
  return Array.isArray(exceptions) ? exceptions.filter(isFields) : [];
}

function exceptionNames(fields: Fields): string[] {
  return exceptionsOf(fields).flatMap(({ type }) => (typeof type === 'string' ? [type] : []));
}

export function annotationsOf(fields: Fields): readonly (readonly [string, AnnotationValue])[] {
  const { annotations } = fields;
  if (!isFields(annotations)) return [];
  return Object.entries(annotations).filter((entry): entry is [string, AnnotationValue] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
}
