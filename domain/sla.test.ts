import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calendarFrom } from './business-time.ts';
import { type Course, InvalidTargets, nextDue, targetsFrom } from './sla.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);
const targets = targetsFrom('urgent 30m/4h, high 2h/8h, normal 8h/24h, low 16h/80h');
const promised = { calendar: calendarFrom('Mon-Fri 09:00-17:00', 'UTC', ''), targets };
/** A Monday. */
const opened = at('2026-11-23T09:00Z');
const course = (of: Partial<Course> = {}): Course => ({
  priority: 'high',
  createdAt: opened,
  firstResponseAt: null,
  changes: [],
  ...of,
});
const changes = (...pairs: [Course['changes'][number]['status'], string][]): Course['changes'] =>
  pairs.map(([status, time]) => ({ status, at: at(time) }));

test('targets are read for every priority', () => {
  expect(targets).toEqual({
    urgent: { firstResponse: 0.5 * HOUR, resolution: 4 * HOUR },
    high: { firstResponse: 2 * HOUR, resolution: 8 * HOUR },
    normal: { firstResponse: 8 * HOUR, resolution: 24 * HOUR },
    low: { firstResponse: 16 * HOUR, resolution: 80 * HOUR },
  });
  for (const wrong of ['', 'urgent 30m/4h', 'urgent soon', 'urgent 1h/2h, high 1h/2h, normal 1h/2h, low 1d/2d']) {
    expect(() => targetsFrom(wrong)).toThrow(InvalidTargets);
  }
  expect(() => targetsFrom('urgent 1h/2h, high 1h/2h, normal 1h/2h, low 1h/2h, huge 1h/2h')).toThrow(InvalidTargets);
});

test('first an answer is due, then a solution', () => {
  expect(nextDue(course(), promised)).toEqual({ missed: 'first-response', at: at('2026-11-23T11:00Z') });
  const answered = course({ firstResponseAt: at('2026-11-23T10:00Z') });
  expect(nextDue(answered, promised)).toEqual({ missed: 'resolution', at: at('2026-11-23T17:00Z') });
});

test('the clock stands while the ticket waits for the requester, and goes on where it stood', () => {
  const waits = changes(['pending', '2026-11-23T10:00Z']);
  expect(nextDue(course({ changes: waits }), promised)).toBeUndefined();
  const back = [...waits, ...changes(['open', '2026-11-25T16:30Z'])];
  expect(nextDue(course({ changes: back }), promised)).toMatchObject({ at: at('2026-11-26T09:30Z') });
});

test('solved is not overdue, and reopened has what was left', () => {
  const solved = changes(['pending', '2026-11-23T10:00Z'], ['resolved', '2026-11-23T12:00Z']);
  expect(nextDue(course({ changes: solved }), promised)).toBeUndefined();
  const reopened = course({ firstResponseAt: opened, changes: [...solved, ...changes(['open', '2026-11-24T09:00Z'])] });
  expect(nextDue(reopened, promised)).toEqual({ missed: 'resolution', at: at('2026-11-24T16:00Z') });
});

test('what was overdue before it waited is so the moment it is back', () => {
  const late = changes(['pending', '2026-11-23T16:00Z'], ['open', '2026-11-24T10:00Z']);
  expect(nextDue(course({ changes: late }), promised)).toEqual({
    missed: 'first-response',
    at: at('2026-11-24T10:00Z'),
  });
});

test('however often it waits, what is due moves by the time it waited and no other', () => {
  const always = { calendar: calendarFrom('Mon-Sun 00:00-24:00', 'UTC', ''), targets };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 999 }))), (pauses) => {
      let now = opened;
      let waited = 0;
      const history: { status: 'pending' | 'open'; at: number }[] = [];
      for (const [ran, stood] of pauses) {
        history.push({ status: 'pending', at: now + ran }, { status: 'open', at: now + ran + stood });
        now += ran + stood;
        waited += stood;
      }
      expect(nextDue(course({ changes: history }), always)?.at).toBe(opened + 2 * HOUR + waited);
    }),
  );
});
