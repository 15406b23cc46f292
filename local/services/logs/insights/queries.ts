/** Queries: started, looked at, stopped. */
import { randomUUID } from 'node:crypto';
import type { DescribeQueriesRequest, StartQueryRequest } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter } from '../errors.ts';
import { onGroup } from '../group-operations.ts';
import { findGroup, nameOf, type Room } from '../groups.ts';
import { page } from '../paging.ts';
import { malformed } from './malformed.ts';
import { readQuery } from './parse.ts';
import { type QueryRun, runQuery } from './run.ts';

interface Query {
  readonly id: string;
  readonly text: string;
  readonly groups: readonly string[];
  readonly createTime: number;
  status: 'Running' | 'Complete' | 'Cancelled' | 'Failed';
  run: QueryRun;
}

const MOST_GROUPS = 50;
const MOST_REMEMBERED = 200;
const MOST_ROWS = 10_000;

type Start = StartQueryRequest & { queryString: string; startTime: number; endTime: number };

export function queryOperations(room: Room): Record<string, Operation> {
  const queries = new Map<string, Query>();

  const start: Operation<Start> = {
    requires: (input) => groupsOf(input).flatMap((name) => onGroup(room, 'StartQuery', { logGroupIdentifier: name })),
    handle(input) {
      if (input.queryLanguage !== undefined && input.queryLanguage !== 'CWLI') {
        throw malformed(`queries in ${input.queryLanguage} are not run by this local CloudWatch Logs`, 0, 0);
      }
      const names = groupsOf(input);
      if (names.length === 0) throw invalidParameter('A query needs log groups.');
      if (names.length > MOST_GROUPS) throw invalidParameter(`A query has ${MOST_GROUPS} log groups at most.`);
      if (input.limit !== undefined && (input.limit < 1 || input.limit > MOST_ROWS)) {
        throw invalidParameter(`limit must be between 1 and ${MOST_ROWS}.`);
      }
      const commands = readQuery(input.queryString);
      if (input.endTime < input.startTime) throw malformed("Query's end date and time is before its start", 0, 0);
      const groups = names.map((name) => findGroup(room, { logGroupIdentifier: name }).name);
      const query: Query = {
        id: randomUUID(),
        text: input.queryString,
        groups,
        createTime: room.clock.now(),
        status: 'Running',
        run: runQuery(commands, input.limit),
      };
      remember(query);
      // Seconds, or milliseconds where somebody means those: both are taken on AWS too.
      const [from, to] = [input.startTime, input.endTime].map((time) => (time > 1e11 ? time : time * 1000));
      void execute(query, from!, to! + 999);
      return { queryId: query.id };
    },
  };

  function remember(query: Query): void {
    if (queries.size >= MOST_REMEMBERED) queries.delete(queries.keys().next().value as string);
    queries.set(query.id, query);
  }

  /** Chunk by chunk, so that others have their turn in between. */
  async function execute(query: Query, startTime: number, endTime: number): Promise<void> {
    try {
      for (const group of query.groups) {
        for (const events of room.archive.scan({ group, startTime, endTime })) {
          if (query.status !== 'Running') return;
          query.run.scan(events, { accountId: room.accountId, group });
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      query.run.results();
      if (query.status === 'Running') query.status = 'Complete';
    } catch {
      // A group that went away meanwhile, or a database that is closed.
      query.status = 'Failed';
    }
  }

  const find = (id: string): Query => {
    const query = queries.get(id);
    if (!query) throw new AwsError('ResourceNotFoundException', 'The specified query does not exist.');
    return query;
  };

  const getResults: Operation<{ queryId: string }> = {
    // Whoever may not read what was searched may not read what was found in it.
    requires: ({ queryId }) =>
      (queries.get(queryId)?.groups ?? ['*']).flatMap((logGroupName) =>
        onGroup(room, 'GetQueryResults', { logGroupName }),
      ),
    handle({ queryId }) {
      const query = find(queryId);
      const isDone = query.status === 'Complete';
      return {
        queryLanguage: 'CWLI',
        status: query.status,
        results: isDone ? query.run.results() : [],
        statistics: isDone
          ? { ...query.run.statistics(), logGroupsScanned: query.groups.length }
          : { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 },
      };
    },
  };

  const stop: Operation<{ queryId: string }> = {
    requires: () => [{ action: 'logs:StopQuery', resource: '*' }],
    handle({ queryId }) {
      const query = find(queryId);
      if (query.status !== 'Running') throw invalidParameter('Query is not running.');
      query.status = 'Cancelled';
      return { success: true };
    },
  };

  const describe: Operation<DescribeQueriesRequest> = {
    requires: (input) =>
      input.logGroupName === undefined
        ? [{ action: 'logs:DescribeQueries', resource: '*' }]
        : onGroup(room, 'DescribeQueries', input),
    handle({ logGroupName, status, maxResults = 1000, nextToken }) {
      const wanted = [...queries.values()].filter(
        (query) =>
          (logGroupName === undefined || query.groups.includes(nameOf({ logGroupName }))) &&
          (status === undefined || query.status === status),
      );
      const keyOf = (query: Query) => `${String(query.createTime).padStart(16, '0')} ${query.id}`;
      const { items, nextToken: next } = page(wanted, keyOf, maxResults, nextToken, true);
      return {
        queries: items.map((query) => ({
          queryLanguage: 'CWLI',
          queryId: query.id,
          queryString: query.text,
          status: query.status,
          createTime: query.createTime,
          logGroupName: query.groups[0],
        })),
        nextToken: next,
      };
    },
  };

  return { StartQuery: start, GetQueryResults: getResults, StopQuery: stop, DescribeQueries: describe };
}

function groupsOf({ logGroupName, logGroupNames = [], logGroupIdentifiers = [] }: StartQueryRequest): string[] {
  return [...(logGroupName === undefined ? [] : [logGroupName]), ...logGroupNames, ...logGroupIdentifiers].map((name) =>
    nameOf({ logGroupIdentifier: name }),
  );
}
