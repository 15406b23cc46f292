/** A trace as BatchGetTraces hands it out: subsegments inside their segments, and segments of what sends none itself. */
import { createHash } from 'node:crypto';
import { hasSegment, inferredService, isCall } from './trace-facts.ts';
import type { Fields, TraceNode } from './trace-tree.ts';

export interface TraceDocument {
  readonly Id: string;
  readonly Document: string;
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html#xray-api-traces */
export function traceDocuments(traceId: string, roots: readonly TraceNode[]): readonly TraceDocument[] {
  const documents: Fields[] = [];
  for (const root of roots) collect(root, documents, traceId, true);
  return documents.map((document) => ({ Id: String(document['id']), Document: JSON.stringify(document) }));
}

/** The document of a node with its subsegments in it; segments below become documents of their own. */
function collect(node: TraceNode, documents: Fields[], traceId: string, isOwn: boolean): Fields {
  const document: Record<string, unknown> = { ...node.fields };
  delete document['subsegments'];
  if (!isOwn) {
    // Inside its parent a subsegment says neither where it belongs nor that it is one.
    for (const name of ['trace_id', 'parent_id', 'type']) delete document[name];
  }
  if (isOwn) documents.push(document);
  const subsegments: Fields[] = [];
  for (const child of node.children) {
    if (child.kind === 'segment') collect(child, documents, traceId, true);
    else subsegments.push(collect(child, documents, traceId, false));
  }
  if (subsegments.length > 0) document['subsegments'] = subsegments;
  if (isCall(node) && !hasSegment(node)) documents.push(inferred(node, traceId));
  return document;
}

function inferred(node: TraceNode, traceId: string): Fields {
  const { fields, start, end } = node;
  const [name, origin] = inferredService(node);
  const kept = ['http', 'aws', 'sql', 'fault', 'error', 'throttle', 'in_progress'].filter((key) => key in fields);
  return {
    id: createHash('sha256').update(node.id).digest('hex').slice(0, 16),
    name,
    trace_id: traceId,
    parent_id: node.id,
    start_time: start,
    ...(end !== undefined && { end_time: end }),
    ...Object.fromEntries(kept.map((key) => [key, fields[key]])),
    inferred: true,
    origin,
  };
}
