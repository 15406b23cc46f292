/**
 * Rules with a schedule, by the kernel's clock and in UTC. What was due while nobody ran is not made up for: the next
 * run is the first one after the start.
 */
import { parseSchedule } from '../../kernel/schedules/index.ts';
import { createWakeUp } from '../../kernel/wake-up.ts';
import { makeEvent, type Passage } from './passage.ts';
import type { Rule } from './records.ts';
import type { Room } from './room.ts';

/** Returns what ends it. */
export function runSchedules(room: Room, passage: Passage): () => void {
  const { clock, store, rules } = room;
  /** When each is due, by ARN. */
  let due = new Map<string, { readonly rule: Rule; readonly at: number }>();
  let last = clock.now();
  const wakeUp = createWakeUp(clock, run);

  const nextOf = ({ schedule = '', scheduledSince }: Rule, after: number): number | undefined =>
    // A rate's first run comes when it has passed once.
    parseSchedule(schedule).next(Math.max(after, scheduledSince), scheduledSince);

  function plan(): void {
    const planned = new Map<string, { rule: Rule; at: number }>();
    for (const rule of rules.all()) {
      if (rule.schedule === undefined || rule.state === 'DISABLED') continue;
      const at = nextOf(rule, last);
      if (at !== undefined) planned.set(rule.arn, { rule, at });
    }
    due = planned;
    arm();
  }

  function arm(): void {
    const times = [...due.values()].map(({ at }) => at);
    wakeUp.set(times.length > 0 ? Math.min(...times) : undefined);
  }

  function run(): void {
    const now = clock.now();
    const ready = [...due.values()].filter(({ at }) => at <= now);
    last = now;
    store.transaction(() => {
      for (const { rule, at } of ready) {
        const told = {
          source: 'aws.events',
          detailType: 'Scheduled Event',
          time: at,
          resources: [rule.arn],
          detail: '{}',
        };
        passage.trigger(makeEvent(told, room, rule.bus), rule);
      }
    });
    for (const { rule } of ready) {
      const at = nextOf(rule, now);
      if (at === undefined) due.delete(rule.arn);
      else due.set(rule.arn, { rule, at });
    }
    arm();
  }

  // From the last run on, not from now: what is due and waits for its timer is not to be missed.
  rules.onChange(plan);
  plan();
  return () => wakeUp.set(undefined);
}
