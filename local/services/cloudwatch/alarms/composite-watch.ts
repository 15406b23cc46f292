/**
 * Composite alarms follow the alarms in their rule at once; a suppressor holds their actions back.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
 */

import type { ServiceContext } from '../../../kernel/index.ts';
import { createWakeUp } from '../../../kernel/wake-up.ts';
import type { AlarmBook } from './book.ts';
import { alarmsOf, holds, parseRule } from './composite-rule.ts';
import type { Alarm, CompositeAlarm, Suppression } from './records.ts';
import type { Transitions } from './transitions.ts';
import { awsDate, longDate } from './words.ts';

export interface CompositeWatch {
  /** Works the rule out anew; `reason` says why when that changes the state. */
  look(alarm: CompositeAlarm, reason: string, triggers?: readonly Alarm[]): void;
  /** Its rule leads back to itself: such an alarm is not evaluated. */
  isCircular(name: string): boolean;
  /** Takes up what an earlier run had waiting. */
  resume(): void;
  stop(): void;
}

export function createCompositeWatch(
  context: ServiceContext,
  book: AlarmBook,
  transitions: Transitions,
): CompositeWatch {
  const { clock } = context;
  const wakeUp = createWakeUp(clock, () => {
    for (const alarm of book.compositeAlarms()) {
      const { suppression } = alarm;
      if (suppression?.until !== undefined && suppression.until <= clock.now()) release(alarm, suppression);
    }
    resume();
  });

  transitions.onChange((changed) => {
    const word = `${book.arn(changed.name)} transitioned to ${changed.standing.state} at ${longDate(changed.standing.updatedAt)}`;
    for (const composite of book.compositeAlarms()) {
      if (childrenOf(composite).includes(changed.name))
        look(book.get(composite.name) as CompositeAlarm, word, [changed]);
      const { suppressor } = composite;
      if (suppressor && book.get(suppressor.alarm)?.name === changed.name) suppressorChanged(composite.name, changed);
    }
  });

  function look(alarm: CompositeAlarm, reason: string, triggers: readonly Alarm[] = []): void {
    if (isCircular(alarm.name)) return;
    const rule = parseRule(alarm.rule);
    const state = holds(rule, (child) => book.get(child)?.standing.state) ? 'ALARM' : 'OK';
    if (state === alarm.standing.state) return;
    const triggeringAlarms = triggers.map(({ name, standing }) => ({
      arn: book.arn(name),
      state: { value: standing.state, timestamp: awsDate(standing.updatedAt) },
    }));
    const next = { state, reason, reasonData: JSON.stringify({ triggeringAlarms }) } as const;
    const held = suppressionOf(alarm, state);
    transitions.change({ ...alarm, suppression: held }, next, { actions: held === undefined });
    resume();
  }

  /** What holds the actions of the new state back; undefined when nothing does. */
  function suppressionOf(alarm: CompositeAlarm, state: 'ALARM' | 'OK'): Suppression | undefined {
    const { suppressor, standing, suppression } = alarm;
    if (!suppressor) return undefined;
    // Those who were never told of the alarm need not be told that it is over; an extension that runs goes on.
    const before = suppression?.before ?? standing;
    if (book.get(suppressor.alarm)?.standing.state === 'ALARM') return { by: 'Alarm', until: undefined, state, before };
    if (suppression?.by === 'ExtensionPeriod') return { ...suppression, state };
    if (suppression?.by === 'WaitPeriod') return { ...suppression, state };
    if (state === 'OK') return undefined;
    return { by: 'WaitPeriod', until: clock.now() + suppressor.waitPeriod * 1000, state, before };
  }

  function suppressorChanged(name: string, suppressor: Alarm): void {
    const alarm = book.get(name) as CompositeAlarm;
    const { suppression } = alarm;
    if (!suppression) return;
    if (suppressor.standing.state === 'ALARM') {
      book.put({ ...alarm, suppression: { ...suppression, by: 'Alarm', until: undefined } });
    } else if (suppression.by === 'Alarm') {
      const until = clock.now() + (alarm.suppressor?.extensionPeriod ?? 0) * 1000;
      book.put({ ...alarm, suppression: { ...suppression, by: 'ExtensionPeriod', until } });
    }
    resume();
  }

  /** Nothing holds the actions back any more: they are taken, unless it has all gone by meanwhile. */
  function release(alarm: CompositeAlarm, { before }: Suppression): void {
    const released: CompositeAlarm = { ...alarm, suppression: undefined };
    book.put(released);
    if (released.standing.state !== before.state) transitions.act({ alarm: released, before });
  }

  function childrenOf(alarm: CompositeAlarm): readonly string[] {
    return alarmsOf(parseRule(alarm.rule)).flatMap((child) => book.get(child)?.name ?? []);
  }

  /** Depth first; what was found to lead nowhere is not gone through again. */
  function isCircular(name: string, path = new Set<string>(), harmless = new Set<string>()): boolean {
    if (path.has(name)) return true;
    const alarm = book.get(name);
    if (alarm?.kind !== 'composite' || harmless.has(name)) return false;
    path.add(name);
    const found = childrenOf(alarm).some((child) => isCircular(child, path, harmless));
    path.delete(name);
    harmless.add(name);
    return found;
  }

  function resume(): void {
    const due = book.compositeAlarms().flatMap(({ suppression }) => suppression?.until ?? []);
    wakeUp.set(due.length === 0 ? undefined : Math.min(...due));
  }

  return { look, isCircular: (name) => isCircular(name), resume, stop: () => wakeUp.set(undefined) };
}
