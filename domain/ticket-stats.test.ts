import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITIES } from './requests.ts';
import { STATUSES } from './status.ts';
import { type Counts, countsOf, DAYS, difference, statsOf, TOTALS } from './ticket-stats.ts';
import { isUnresolved, resolvedAt, type TicketView } from './ticket-view.ts';
import { CATEGORIES } from './triage.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();

/** A ticket of so many seconds ago, answered after so many, and where it stands. */
const view = fc
  .record({
    age: fc.integer({ min: 0, max: 40 * 86_400 }),
    answer: fc.option(fc.integer({ min: 0, max: 3_000_000 }), { nil: undefined }),
    status: fc.constantFrom(...STATUSES),
    priority: fc.constantFrom(...PRIORITIES),
    category: fc.option(fc.constantFrom(...CATEGORIES), { nil: undefined }),
    escalated: fc.boolean(),
    known: fc.integer({ min: 0, max: 9 }).map((one) => one > 0),
  })
  .map(({ age, answer, status, priority, category, escalated, known }): TicketView => {
    const latest = <Value>(value: Value) => ({ value, version: 2, at: ago(age / 2) });
    return {
      ticketId: `t-${age}`,
      version: 2,
      ...(known && { createdAt: ago(age) }),
      status: latest(status),
      priority: latest(priority),
      ...(category && { category: latest(category) }),
      ...(answer !== undefined && { firstAnsweredAt: ago(age - answer) }),
      ...(escalated && { escalatedAt: ago(age) }),
    };
  });

function added(counts: Counts, more: Counts): Counts {
  const sum: Record<string, Record<string, number>> = structuredClone(counts) as never;
  for (const [under, amounts] of Object.entries(more)) {
    sum[under] ??= {};
    for (const [name, amount] of Object.entries(amounts)) sum[under][name] = (sum[under][name] ?? 0) + amount;
  }
  return sum;
}

const stats = (counts: Counts) => {
  const { [TOTALS]: totals = {}, ...days } = counts;
  return statsOf({ totals, days, oldest: undefined }, NOW);
};

test('whatever tickets go through, the sum of the differences is what the tickets as they are add up to', () => {
  fc.assert(
    fc.property(fc.array(fc.array(view, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (lives) => {
      let counts: Counts = {};
      for (const life of lives) {
        let before: Counts = {};
        for (const one of life) {
          const after = countsOf(one);
          counts = added(counts, difference(before, after));
          before = after;
        }
      }
      const known = lives.map((life) => life.at(-1)!).filter(({ createdAt }) => createdAt !== undefined);
      const said = stats(counts);
      expect(said.tickets).toBe(known.length);
      for (const status of STATUSES)
        expect(said.byStatus[status]).toBe(known.filter((one) => one.status?.value === status).length);
      expect(Object.values(said.byPriority).reduce((a, b) => a + b)).toBe(known.length);
      expect(Object.values(said.byCategory).reduce((a, b) => a + b)).toBe(known.length);
      expect(said.unresolved.tickets).toBe(known.filter(isUnresolved).length);
      const recent = (at: string | undefined) => at !== undefined && at.slice(0, 10) >= said.days[0]!.date;
      expect(said.days.reduce((sum, { opened }) => sum + opened, 0)).toBe(
        known.filter(({ createdAt }) => recent(createdAt)).length,
      );
      expect(said.days.reduce((sum, { resolved }) => sum + resolved, 0)).toBe(
        known.filter((one) => recent(resolvedAt(one))).length,
      );
    }),
  );
});

test('the median lies where it is said to lie', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 1, maxLength: 15 }), (times) => {
      const status = { value: 'resolved', version: 1, at: ago(0) } as const;
      const priority = { value: 'low', version: 1, at: ago(0) } as const;
      const counts = times
        .map((took) => ({ ticketId: 't', version: 1, createdAt: ago(took), firstAnsweredAt: ago(0), status, priority }))
        .map(countsOf)
        .reduce(added, {});
      const { firstAnswer } = stats(counts);
      const median = times.toSorted((a, b) => a - b)[Math.ceil(times.length / 2) - 1]!;
      expect(firstAnswer.medianSeconds!.atLeast).toBeLessThanOrEqual(median);
      expect(firstAnswer.medianSeconds!.below ?? Number.POSITIVE_INFINITY).toBeGreaterThan(median);
      expect(firstAnswer.meanSeconds).toBe(Math.round(times.reduce((a, b) => a + b) / times.length));
    }),
  );
});

test('of no tickets nothing is made up', () => {
  expect(stats({})).toMatchObject({
    tickets: 0,
    unresolved: { tickets: 0, meanAgeSeconds: null, oldest: null },
    firstAnswer: { tickets: 0, meanSeconds: null, medianSeconds: null },
  });
  expect(stats({}).days).toHaveLength(DAYS);
  expect(stats({}).days.at(-1)).toEqual({ date: '2026-11-21', opened: 0, resolved: 0 });
});

test('ages are counted up to now', () => {
  const open = (age: number): TicketView => ({
    ticketId: `t-${age}`,
    version: 1,
    createdAt: ago(age),
    status: { value: 'open', version: 1, at: ago(age) },
    priority: { value: 'normal', version: 1, at: ago(age) },
  });
  const { [TOTALS]: totals = {}, ...days } = added(countsOf(open(100)), countsOf(open(300)));
  const oldest = { ticketId: 't-300', createdAt: ago(300) };
  expect(statsOf({ totals, days, oldest }, NOW).unresolved).toEqual({
    tickets: 2,
    meanAgeSeconds: 200,
    oldest: { ...oldest, ageSeconds: 300 },
  });
});
