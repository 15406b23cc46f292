/** Traces read back: whole, as summaries, as graphs. */
import type {
  BatchGetTracesRequest,
  GetServiceGraphRequest,
  GetTraceGraphRequest,
  GetTraceSummariesRequest,
} from '@aws-sdk/client-xray';
import type { Operation } from '../../kernel/service.ts';
import { traceDocuments } from './documents.ts';
import { compileFilterExpression, FilterExpressionError } from './filter-expression/index.ts';
import { serviceGraph } from './graph.ts';
import { invalidRequest, onEverything, type Room } from './room.ts';
import { summaryOf } from './summary.ts';
import { type TraceFacts, traceFacts } from './trace-facts.ts';

const PAGE = 100;
const HOUR = 3_600_000;
const LONGEST_SUMMARIES = 24 * HOUR;
const LONGEST_GRAPH = 6 * HOUR;

export function traceOperations(room: Room): Record<string, Operation> {
  const { archive, accountId } = room;

  const factsOf = (id: string): TraceFacts | undefined => {
    const segments = archive.segments(id);
    return segments.length === 0 ? undefined : traceFacts(id, segments);
  };

  /** Newest first. */
  const between = (start: number, end: number): TraceFacts[] =>
    archive.summaries(start, end).flatMap(({ id }) => factsOf(id) ?? []);

  const batchGetTraces: Operation<BatchGetTracesRequest & { TraceIds: string[] }> = {
    requires: onEverything('BatchGetTraces'),
    handle({ TraceIds }) {
      const found = TraceIds.map((id) => ({ id, facts: factsOf(id) }));
      return {
        Traces: found.flatMap(({ id, facts }) =>
          facts === undefined
            ? []
            : [
                {
                  Id: id,
                  Duration: facts.duration,
                  LimitExceeded: false,
                  Segments: traceDocuments(id, facts.roots),
                },
              ],
        ),
        UnprocessedTraceIds: found.flatMap(({ id, facts }) => (facts === undefined ? [id] : [])),
      };
    },
  };

  const getTraceSummaries: Operation<GetTraceSummariesRequest & { StartTime: Date; EndTime: Date }> = {
    requires: onEverything('GetTraceSummaries'),
    handle(input) {
      const [start, end] = range(input, LONGEST_SUMMARIES);
      const matches = matcherOf(input.FilterExpression ?? '');
      const all = between(start, end);
      const matching = all.filter(matches);
      const from = offsetOf(input.NextToken);
      const to = from + PAGE;
      return {
        TraceSummaries: matching.slice(from, to).map((facts) => summaryOf(facts, accountId)),
        ApproximateTime: new Date(room.clock.now()),
        TracesProcessedCount: all.length,
        NextToken: to < matching.length ? Buffer.from(`at:${to}`).toString('base64url') : undefined,
      };
    },
  };

  const getTraceGraph: Operation<GetTraceGraphRequest & { TraceIds: string[] }> = {
    requires: onEverything('GetTraceGraph'),
    handle: ({ TraceIds }) => ({
      Services: serviceGraph(
        TraceIds.flatMap((id) => factsOf(id) ?? []),
        accountId,
      ),
    }),
  };

  const getServiceGraph: Operation<GetServiceGraphRequest & { StartTime: Date; EndTime: Date }> = {
    requires: onEverything('GetServiceGraph'),
    handle(input) {
      const [start, end] = range(input, LONGEST_GRAPH);
      const { GroupName, GroupARN } = input;
      const group = room.groups.list().find(({ value }) => value.name === GroupName || value.arn === GroupARN)?.value;
      if (!group && (GroupARN !== undefined || (GroupName !== undefined && GroupName !== 'Default'))) {
        throw invalidRequest('Group not found');
      }
      const traces = between(start, end).filter(matcherOf(group?.filterExpression ?? ''));
      return {
        StartTime: input.StartTime,
        EndTime: input.EndTime,
        Services: serviceGraph(traces, accountId),
        ContainsOldGroupVersions: false,
      };
    },
  };

  return {
    BatchGetTraces: batchGetTraces,
    GetTraceSummaries: getTraceSummaries,
    GetTraceGraph: getTraceGraph,
    GetServiceGraph: getServiceGraph,
  };
}

function range({ StartTime, EndTime }: { StartTime: Date; EndTime: Date }, longest: number): [number, number] {
  const [start, end] = [StartTime.getTime(), EndTime.getTime()];
  if (start > end) throw invalidRequest('Start time must be before end time');
  if (end - start > longest) throw invalidRequest(`Time range cannot be longer than ${longest / HOUR} hours`);
  return [start, end];
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = /^at:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset === undefined) throw invalidRequest('Invalid NextToken');
  return Number(offset);
}

/** Throws InvalidRequestException. */
export function matcherOf(expression: string): (facts: TraceFacts) => boolean {
  try {
    return compileFilterExpression(expression);
  } catch (error) {
    if (error instanceof FilterExpressionError) throw invalidRequest(error.message);
    throw error;
  }
}
