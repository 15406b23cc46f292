/** A trace put together of the documents that were sent for it: segments, and subsegments sent by themselves. */
import type { Segment } from '../../kernel/telemetry.ts';

/** What a segment or subsegment says besides its place and times; unknown until it is looked at. */
export type Fields = Readonly<Record<string, unknown>>;

export interface TraceNode {
  readonly id: string;
  readonly name: string;
  readonly kind: 'segment' | 'subsegment';
  /** Seconds since 1970; without an end it is in progress. */
  readonly start: number;
  readonly end?: number;
  /** The document's own fields. */
  readonly fields: Fields;
  /** In order of their start. */
  readonly children: readonly TraceNode[];
}

interface Growing extends TraceNode {
  readonly parentId?: string;
  readonly children: Growing[];
}

/** The roots, in order of their start: what names a parent that has not come is a root too. */
export function traceTree(segments: readonly Segment[]): readonly TraceNode[] {
  const nodes = new Map<string, Growing>();
  for (const segment of segments) collect(segment, undefined, nodes);
  const roots: Growing[] = [];
  for (const node of nodes.values()) {
    const parent = node.parentId === undefined ? undefined : nodes.get(node.parentId);
    if (parent === undefined || isAncestor(node, parent, nodes)) roots.push(node);
    else parent.children.push(node);
  }
  for (const node of nodes.values()) node.children.sort(byStart);
  return roots.sort(byStart);
}

/** The node and all below it, each with how deep it lies. */
export function* walk(nodes: readonly TraceNode[], depth = 0): Generator<{ node: TraceNode; depth: number }> {
  for (const node of nodes) {
    yield { node, depth };
    yield* walk(node.children, depth + 1);
  }
}

/** Documents nest to whatever depth somebody sends: deeper ones are not looked at. */
const DEEPEST = 100;

function collect(fields: Fields, embedder: string | undefined, nodes: Map<string, Growing>, depth = 0): void {
  const { id, name, start_time: start, end_time: end, parent_id: parent, subsegments } = fields;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof start !== 'number' || depth > DEEPEST) return;
  const parentId = embedder ?? (typeof parent === 'string' ? parent : undefined);
  const kind = embedder !== undefined || fields['type'] === 'subsegment' ? 'subsegment' : 'segment';
  nodes.set(id, {
    id,
    name,
    kind,
    start,
    fields,
    children: [],
    ...(typeof end === 'number' && { end }),
    ...(parentId !== undefined && { parentId }),
  });
  if (!Array.isArray(subsegments)) return;
  for (const subsegment of subsegments) if (isFields(subsegment)) collect(subsegment, id, nodes, depth + 1);
}

/** Ids are whatever was sent: somebody may be told to be its own grandparent. */
function isAncestor(node: Growing, of: Growing, nodes: ReadonlyMap<string, Growing>): boolean {
  let at: Growing | undefined = of;
  const seen = new Set<Growing>();
  while (at !== undefined && !seen.has(at)) {
    if (at === node) return true;
    seen.add(at);
    at = at.parentId === undefined ? undefined : nodes.get(at.parentId);
  }
  return at !== undefined;
}

const byStart = (a: TraceNode, b: TraceNode): number => a.start - b.start || (a.end ?? 0) - (b.end ?? 0);

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member below, e.g. `at(node.fields, 'http', 'response', 'status')`; undefined where there is none. */
export function at(fields: Fields, ...path: readonly string[]): unknown {
  let value: unknown = fields;
  for (const name of path) {
    if (!isFields(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

export function textAt(fields: Fields, ...path: readonly string[]): string | undefined {
  const value = at(fields, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(fields: Fields, ...path: readonly string[]): number | undefined {
  const value = at(fields, ...path);
  return typeof value === 'number' ? value : undefined;
}
