import { expect, test } from '@jest/globals';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { relayAll } from './relay-all.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');

/** An outbox of so many events, of which the bus takes those it is asked for. */
function outbox(count: number, takes: (event: HelpDeskEvent) => boolean = () => true) {
  const rows = Array.from({ length: count }, (_, position) => ({
    position,
    detail: JSON.stringify({ id: `event-${position}`, type: 'TicketOpened' }),
    claimed: false,
  }));
  const published: string[] = [];
  const written: [string, readonly unknown[] | undefined][] = [];
  const read = async () => rows.filter(({ claimed }) => !claimed).slice(0, 10);
  const write = async (sql: string, values: readonly unknown[] = []) => {
    written.push([sql, values]);
    if (sql.startsWith('UPDATE outbox SET claimed_until')) {
      for (const row of rows) row.claimed ||= (values[1] as number[]).includes(row.position);
    }
    return { affectedRows: sql.startsWith('DELETE') ? 3 : 0 };
  };
  return {
    published,
    written,
    run: relayAll({
      database: { write, transaction: (work) => work({ read: read as never, write }) },
      publish: async (events) => {
        const taken = events.filter(takes).map(({ id }) => id);
        published.push(...taken);
        return new Set(taken);
      },
      now: () => NOW,
      keptMs: 1_000,
    }),
  };
}

test('publishes ten at a time until none is left, and drops old ones', async () => {
  const { run, published, written } = outbox(23);
  expect(await run(() => 60_000)).toEqual({ published: 23, refused: 0, forgotten: 3 });
  expect(published).toEqual(Array.from({ length: 23 }, (_, position) => `event-${position}`));
  expect(written.at(-1)).toEqual([
    'DELETE FROM outbox WHERE published_at < ? ORDER BY position LIMIT ?',
    ['2026-11-21 11:59:59.000', 1_000],
  ]);
});

test('counts as published only what the bus took', async () => {
  const { run, written } = outbox(12, ({ id }) => id !== 'event-3');
  expect(await run(() => 60_000)).toMatchObject({ published: 11, refused: 1 });
  const marked = written.filter(([sql]) => sql.startsWith('UPDATE outbox SET published_at'));
  expect(marked.flatMap(([, values]) => values?.[1])).not.toContain('event-3');
});

test('stops while there is time to end well', async () => {
  let remaining = 12_000;
  const { run, published } = outbox(100);
  await run(() => {
    remaining -= 3_000;
    return remaining;
  });
  expect(published).toHaveLength(20);
});
