/** Reads `X-Amzn-Trace-Id`, e.g. `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. */
import type { Invocation } from '../services/lambda/contract.ts';
import type { Tracing } from './platform-log.ts';

/** Undefined unless the request is sampled. Without a segment of its own the invocation is part of its parent. */
export function tracingOf({
  traceHeader,
  segmentId,
}: Pick<Invocation, 'traceHeader' | 'segmentId'>): Tracing | undefined {
  if (!traceHeader.includes('Sampled=1')) return undefined;
  let traceId = '';
  let parentId = '';
  for (const part of traceHeader.split(';')) {
    if (part.startsWith('Root=')) traceId = part.slice(5);
    else if (part.startsWith('Parent=')) parentId = part.slice(7);
  }
  return traceId === '' ? undefined : { traceId, segmentId: segmentId ?? parentId };
}
