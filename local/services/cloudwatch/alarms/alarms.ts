/** The alarms of the account: made, changed, set, deleted, and watched over. */
import type { ServiceContext } from '../../../kernel/index.ts';
import { notFound, validationError } from '../errors.ts';
import { type AlarmBook, openAlarmBook } from './book.ts';
import { alarmsOf, parseRule } from './composite-rule.ts';
import { type CompositeWatch, createCompositeWatch } from './composite-watch.ts';
import { type History, openHistory } from './history.ts';
import { createMetricWatch, type MetricWatch } from './metric-watch.ts';
import type { Alarm, AlarmSettings, CompositeAlarm, MetricAlarm, Tags } from './records.ts';
import { createTransitions, type NewState, typeOf } from './transitions.ts';

export interface Alarms {
  readonly book: AlarmBook;
  readonly history: History;
  /** Tags count for a new alarm only. Throws ValidationError. */
  put(settings: AlarmSettings, tags: Tags): void;
  /** Throws ResourceNotFound. */
  setState(name: string, next: NewState): void;
  /** Of those names that there are. */
  switchActions(names: readonly string[], actionsEnabled: boolean): void;
  /** All or none. Throws ResourceNotFound, ValidationError. */
  delete(names: readonly string[]): void;
  /** Looks at these alarms' data now, the period that runs too. */
  lookNow(names: readonly string[]): void;
  stop(): void;
}

export function createAlarms(context: ServiceContext): Alarms {
  const { clock, store } = context;
  const book = openAlarmBook(context);
  const history = openHistory(context);
  const transitions = createTransitions(context, book, history);
  const metrics: MetricWatch = createMetricWatch(context, book, transitions);
  const composites: CompositeWatch = createCompositeWatch(context, book, transitions);
  metrics.reschedule();
  composites.resume();

  function made(settings: AlarmSettings, tags: Tags): Alarm {
    const now = clock.now();
    const reason = 'Unchecked: Initial alarm creation';
    const initial = {
      state: 'INSUFFICIENT_DATA',
      reason,
      reasonData: undefined,
      updatedAt: now,
      transitionedAt: now,
    } as const;
    return { ...settings, configuredAt: now, standing: initial, tags };
  }

  function record(alarm: Alarm, word: 'created' | 'updated' | 'deleted'): void {
    history.add({
      alarmName: alarm.name,
      alarmType: typeOf(alarm),
      type: 'ConfigurationUpdate',
      summary: `Alarm "${alarm.name}" ${word}`,
      data: JSON.stringify({
        version: '1.0',
        type: word === 'created' ? 'Create' : word === 'updated' ? 'Update' : 'Delete',
      }),
    });
  }

  function checkReferences(settings: AlarmSettings): void {
    if (settings.kind !== 'composite') return;
    const named = [...alarmsOf(parseRule(settings.rule)), ...(settings.suppressor ? [settings.suppressor.alarm] : [])];
    const absent = named.filter((name) => !book.get(name) && name !== settings.name);
    if (absent.length > 0) {
      throw validationError(
        `Could not save the composite alarm as alarms [${absent.join(', ')}] in the alarm rule do not exist`,
      );
    }
  }

  return {
    book,
    history,
    put(settings, tags) {
      const before = book.get(settings.name);
      if (before && before.kind !== settings.kind) {
        throw validationError(`An alarm of another type is called ${settings.name} already.`);
      }
      checkReferences(settings);
      store.transaction(() => {
        const alarm: Alarm = before
          ? ({ ...before, ...settings, configuredAt: clock.now() } as Alarm)
          : made(settings, tags);
        book.put(alarm);
        record(alarm, before ? 'updated' : 'created');
      });
      if (settings.kind === 'metric') metrics.reschedule();
      else {
        const arn = book.arn(settings.name);
        composites.look(
          book.get(settings.name) as CompositeAlarm,
          `${arn} was ${before ? 'updated' : 'created'} and its alarm rule was evaluated`,
        );
      }
    },
    setState(name, next) {
      const alarm = book.get(name);
      if (!alarm) throw notFound(`Alarm ${name} does not exist`);
      transitions.change(alarm, next);
    },
    switchActions(names, actionsEnabled) {
      for (const alarm of names.flatMap((name) => book.get(name) ?? [])) {
        if (alarm.actionsEnabled === actionsEnabled) continue;
        book.put({ ...alarm, actionsEnabled, configuredAt: clock.now() });
        record(alarm, 'updated');
      }
    },
    delete(names) {
      const found = names.map((name) => {
        const alarm = book.get(name);
        if (!alarm) throw notFound(`Alarm ${name} does not exist`);
        return alarm;
      });
      const compositesNamed = found.filter(({ kind }) => kind === 'composite');
      if (compositesNamed.length > 1) throw validationError('Only one composite alarm can be deleted at a time.');
      for (const { name } of compositesNamed) {
        if (composites.isCircular(name)) {
          throw validationError(
            `Alarm ${name} is part of a cycle of composite alarms: change its rule to FALSE first.`,
          );
        }
      }
      store.transaction(() => {
        for (const alarm of found) {
          book.delete(alarm.name);
          record(alarm, 'deleted');
        }
      });
      metrics.reschedule();
    },
    lookNow(names) {
      metrics.lookNow(
        names.flatMap((name) => book.get(name) ?? []).filter((alarm): alarm is MetricAlarm => alarm.kind === 'metric'),
      );
    },
    stop() {
      metrics.stop();
      composites.stop();
    },
  };
}
