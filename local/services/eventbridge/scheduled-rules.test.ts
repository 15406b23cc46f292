import { expect, test } from '@jest/globals';
import type { Clock } from '../../kernel/index.ts';
import type { Passage } from './passage.ts';
import type { Rule } from './records.ts';
import type { Room } from './room.ts';
import { runSchedules } from './scheduled-rules.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 21, 12);

const ruleOf = (name: string, schedule: string): Rule => ({
  name,
  schedule,
  bus: 'default',
  arn: `arn:aws:events:us-east-1:123456789012:rule/${name}`,
  scheduledSince: START,
  state: 'ENABLED',
  createdBy: '123456789012',
  targets: [],
});

test('a rule that is changed while another waits for its timer does not make it miss its time', () => {
  let now = START;
  let timer: (() => void) | undefined;
  let changed = (): void => {};
  const rules = [ruleOf('often', 'rate(5 minutes)')];
  const clock: Pick<Clock, 'now' | 'after'> = {
    now: () => now,
    after(_delay, task) {
      timer = task;
      return {
        cancel() {
          timer = undefined;
        },
      };
    },
  };
  const room = {
    clock,
    accountId: '123456789012',
    region: 'us-east-1',
    store: { transaction: (work: () => void) => work() },
    rules: {
      all: () => rules,
      onChange(listener: () => void) {
        changed = listener;
      },
    },
  } as unknown as Room;
  const told: unknown[] = [];
  const passage: Pick<Passage, 'trigger'> = { trigger: (event) => void told.push(event.parsed['time']) };
  runSchedules(room, passage as Passage);
  // The process was busy: the timer is 40 ms late, and a change of rules comes first.
  now += 5 * MINUTE + 40;
  rules.push({ ...ruleOf('new', 'rate(1 hour)'), scheduledSince: now });
  changed();
  timer?.();
  expect(told).toEqual(['2026-11-21T12:05:00Z']);
});
