/** Traces as `sampan traces` asks for them, of the running instance or of what an earlier one left. */
import type { Segment, Telemetry } from '../kernel/telemetry.ts';

export interface TraceQuery {
  /** One trace alone. */
  readonly id?: string;
  /** ms since 1970 */
  readonly since?: number;
  readonly filter?: string;
  /** At most so many, the newest. */
  readonly limit?: number;
}

export interface FoundTrace {
  readonly id: string;
  readonly segments: readonly Segment[];
}

/** Newest first. Rejects with FilterExpressionError. */
export async function findTraces(telemetry: Telemetry, query: TraceQuery): Promise<readonly FoundTrace[]> {
  const { traces } = telemetry;
  if (query.id !== undefined) {
    const segments = traces.segments(query.id);
    return segments.length === 0 ? [] : [{ id: query.id, segments }];
  }
  const found: FoundTrace[] = [];
  const matches = await matcherOf(query.filter);
  for (const { id } of traces.summaries(query.since)) {
    if (found.length >= (query.limit ?? Number.POSITIVE_INFINITY)) break;
    const segments = traces.segments(id);
    if (matches(id, segments)) found.push({ id, segments });
  }
  return found;
}

async function matcherOf(filter: string | undefined): Promise<(id: string, segments: readonly Segment[]) => boolean> {
  if (filter === undefined) return () => true;
  const { compileFilterExpression, traceFacts } = await import('../services/xray/index.ts');
  const matches = compileFilterExpression(filter);
  return (id, segments) => matches(traceFacts(id, segments));
}
