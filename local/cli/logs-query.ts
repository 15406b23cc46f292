/** `sampan logs --query`: a query of Logs Insights over the groups that are shown. */
import type { LogArchive } from '../kernel/telemetry.ts';

export interface LogsQuery {
  readonly text: string;
  readonly groups: readonly string[];
  /** ms since 1970 */
  readonly since: number;
  readonly until?: number;
  readonly accountId: string;
}

export type QueryRow = readonly { readonly field: string; readonly value: string }[];

/** Rejects with AwsError for a query that cannot be run. */
export async function queryLogs(archive: LogArchive, query: LogsQuery): Promise<readonly QueryRow[]> {
  const { readQuery, runQuery } = await import('../services/logs/insights/index.ts');
  const run = runQuery(readQuery(query.text));
  for (const group of query.groups) {
    const place = { accountId: query.accountId, group };
    for (const events of archive.scan({ group, startTime: query.since, endTime: query.until })) {
      run.scan(events, place);
    }
  }
  return run.results().map((row) => row.filter(({ field }) => field !== '@ptr'));
}
