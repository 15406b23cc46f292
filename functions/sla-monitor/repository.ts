/** Tickets that it is time to look at: found some at a time, locked, and judged by somebody else. */
import type { Database, Statements } from '@app/shared/database';
import { fromSqlTime, type TicketRow, ticketOf, toSqlTime } from '../../database/rows.ts';
import { storeChanged, TICKET_COLUMNS } from '../../database/tickets.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import type { Course } from '../../domain/sla.ts';
import type { Status } from '../../domain/status.ts';
import type { Changed, Ticket } from '../../domain/ticket.ts';

/** Where a ticket stands in the order in which they are looked at. */
export interface Place {
  readonly id: string;
  readonly checkAt: string;
}

export type Verdict =
  | { readonly verdict: 'escalate'; readonly changed: Changed }
  /** Nothing is due yet; look again then (ms since the epoch), or when the ticket has changed. */
  | { readonly verdict: 'wait'; readonly until: number };

/** All promises may reject with `DatabaseUnavailableError`. */
export interface SlaRepository {
  /** Open tickets that were never escalated and are to be looked at by `now` (ms), after `place`. Locks nothing. */
  toReview(now: number, place: Place | undefined, limit: number): Promise<Place[]>;
  /**
   * Judges each of them, in one transaction, and stores what follows; those that somebody else holds, or that need no
   * look any more, are left out. Returns the events that were stored.
   */
  review(
    ids: readonly string[],
    now: number,
    judge: (ticket: Ticket, course: Course) => Verdict,
  ): Promise<readonly HelpDeskEvent[]>;
}

const WATCHED = "status = 'open' AND escalated_at IS NULL AND sla_check_at <= ?";

interface WatchedRow extends TicketRow {
  readonly first_response_at: string | null;
}

interface ChangeRow {
  readonly ticket_id: string;
  readonly status: Status;
  readonly changed_at: string;
}

export function slaRepository(database: Database): SlaRepository {
  return {
    async toReview(now, place, limit) {
      const after = place ? 'AND (sla_check_at > ? OR (sla_check_at = ? AND id > ?))' : '';
      const rows = await database.read<{ id: string; sla_check_at: string }>(
        `SELECT id, sla_check_at FROM tickets WHERE ${WATCHED} ${after} ORDER BY sla_check_at, id LIMIT ?`,
        [sqlTime(now), ...(place ? [place.checkAt, place.checkAt, place.id] : []), limit],
      );
      return rows.map(({ id, sla_check_at }) => ({ id, checkAt: sla_check_at }));
    },

    review: (ids, now, judge) =>
      database.transaction(async (statements) => {
        const rows = await statements.read<WatchedRow>(
          // By the primary key: a range of the other index would be locked against new tickets.
          `SELECT ${TICKET_COLUMNS}, first_response_at FROM tickets WHERE id IN (?) AND ${WATCHED}
           ORDER BY id FOR UPDATE SKIP LOCKED`,
          [[...ids], sqlTime(now)],
        );
        const changes = await changesOf(
          statements,
          rows.map(({ id }) => id),
        );
        const events: HelpDeskEvent[] = [];
        for (const row of rows) {
          const ticket = ticketOf(row);
          const verdict = judge(ticket, courseOf(row, changes.get(row.id) ?? []));
          if (verdict.verdict === 'wait') {
            await statements.write('UPDATE tickets SET sla_check_at = ? WHERE id = ?', [
              sqlTime(verdict.until),
              row.id,
            ]);
            continue;
          }
          // First, so that what stores the ticket sees that there is nothing more to look at.
          await statements.write('UPDATE tickets SET escalated_at = ? WHERE id = ?', [sqlTime(now), row.id]);
          await storeChanged(statements, ticket, verdict.changed);
          events.push(...verdict.changed.events);
        }
        return events;
      }),
  };
}

async function changesOf(statements: Statements, ids: readonly string[]): Promise<Map<string, Course['changes']>> {
  if (ids.length === 0) return new Map();
  const rows = await statements.read<ChangeRow>(
    'SELECT ticket_id, status, changed_at FROM status_changes WHERE ticket_id IN (?) ORDER BY ticket_id, ticket_version',
    [[...ids]],
  );
  const byTicket = Map.groupBy(rows, (row) => row.ticket_id);
  return new Map(
    [...byTicket].map(([id, ofTicket]) => [
      id,
      ofTicket.map(({ status, changed_at }) => ({ status, at: time(changed_at) })),
    ]),
  );
}

function courseOf(row: WatchedRow, changes: Course['changes']): Course {
  return {
    priority: row.priority,
    createdAt: time(row.created_at),
    firstResponseAt: row.first_response_at === null ? null : time(row.first_response_at),
    changes,
  };
}

const time = (sql: string): number => Date.parse(fromSqlTime(sql));
const sqlTime = (ms: number): string => toSqlTime(new Date(ms).toISOString());
