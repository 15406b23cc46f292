/**
 * Events beside what they tell of: written in its transaction, published after it. Whoever wrote one publishes it at once;
 * what could not be published, or was left by a process that ended, is the relay's. At least once, then: consumers do the
 * work of an event they have seen once.
 * https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/transactional-outbox.html
 */
import type { Database, Statements } from '@app/shared/database';
import type { HelpDeskEvent } from '../domain/events.ts';
import { toSqlTime } from './rows.ts';

/** Takes events, at most ten at once, and says which it has; the others may be tried again. */
export type Publish = (events: readonly HelpDeskEvent[]) => Promise<ReadonlySet<string>>;

export const MOST_AT_ONCE = 10;

/** How long whoever wrote or claimed an event may take to publish it, before the relay does. */
const WRITERS_TIME_MS = 10_000;
const RELAYS_TIME_MS = 30_000;
const MOST_FORGOTTEN = 1_000;

export async function insertEvents(statements: Statements, events: readonly HelpDeskEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => [
    event.id,
    event.type,
    event.ticketId,
    JSON.stringify(event),
    toSqlTime(event.occurredAt),
    sqlTimeAfter(Date.parse(event.occurredAt), WRITERS_TIME_MS),
  ]);
  const places = rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ');
  await statements.write(
    `INSERT INTO outbox (id, type, ticket_id, detail, occurred_at, claimed_until) VALUES ${places}`,
    rows.flat(),
  );
}

/** For whoever has just committed `events`. Never rejects: what is not published now is the relay's. */
export function publishCommitted(
  database: Pick<Database, 'write'>,
  publish: Publish,
  now: () => number,
  onLeft: (events: number, error: unknown) => void,
): (events: readonly HelpDeskEvent[]) => Promise<void> {
  return async (events) => {
    if (events.length === 0) return;
    try {
      const taken = await published(database, publish, now, events);
      if (taken < events.length) onLeft(events.length - taken, undefined);
    } catch (error) {
      onLeft(events.length, error);
    }
  };
}

/** Publishes up to ten events that are nobody's any more, oldest first. Returns how many there were, and how many went. */
export async function relay(
  database: Pick<Database, 'transaction' | 'write'>,
  publish: Publish,
  now: () => number,
): Promise<{ found: number; published: number }> {
  const events = await database.transaction(async (statements) => {
    const rows = await statements.read<{ position: string | number; detail: string | HelpDeskEvent }>(
      // Whoever relays at the same time takes the next ones.
      `SELECT position, detail FROM outbox WHERE published_at IS NULL AND claimed_until < ?
       ORDER BY position LIMIT ? FOR UPDATE SKIP LOCKED`,
      [toSqlTime(new Date(now()).toISOString()), MOST_AT_ONCE],
    );
    if (rows.length > 0) {
      await statements.write('UPDATE outbox SET claimed_until = ? WHERE position IN (?)', [
        sqlTimeAfter(now(), RELAYS_TIME_MS),
        rows.map(({ position }) => position),
      ]);
    }
    // MariaDB keeps JSON as text, MySQL hands out what it says.
    return rows.map(({ detail }) => (typeof detail === 'string' ? (JSON.parse(detail) as HelpDeskEvent) : detail));
  });
  if (events.length === 0) return { found: 0, published: 0 };
  return { found: events.length, published: await published(database, publish, now, events) };
}

/** Drops events that were published before then (ms), some at a time. Returns how many. */
export async function forgetPublished(database: Pick<Database, 'write'>, before: number): Promise<number> {
  const { affectedRows } = await database.write('DELETE FROM outbox WHERE published_at < ? ORDER BY position LIMIT ?', [
    toSqlTime(new Date(before).toISOString()),
    MOST_FORGOTTEN,
  ]);
  return affectedRows;
}

async function published(
  database: Pick<Database, 'write'>,
  publish: Publish,
  now: () => number,
  events: readonly HelpDeskEvent[],
): Promise<number> {
  const taken = await publish(events);
  if (taken.size > 0) {
    await database.write('UPDATE outbox SET published_at = ? WHERE id IN (?)', [
      toSqlTime(new Date(now()).toISOString()),
      [...taken],
    ]);
  }
  return taken.size;
}

function sqlTimeAfter(time: number, ms: number): string {
  return toSqlTime(new Date(time + ms).toISOString());
}
