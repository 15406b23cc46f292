/** A change of state: kept, written into the history, told to those it concerns, and to the alarms made of alarms. */
import type { ServiceContext } from '../../../kernel/index.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { AlarmBook } from './book.ts';
import type { AlarmState } from './evaluation.ts';
import type { History } from './history.ts';
import { actionNotice, type Change, eventNotice } from './notices.ts';
import type { Alarm, Standing } from './records.ts';

export interface NewState {
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData?: string | undefined;
}

export interface Transitions {
  /** Puts the alarm into the state, and takes its actions when it was in another; `actions` false leaves them for later. */
  change(alarm: Alarm, next: NewState, options?: { readonly actions: boolean }): void;
  /** Takes the actions of the alarm's state. */
  act(change: Change): void;
  /** Told of every alarm whose state has changed. */
  onChange(listener: (alarm: Alarm) => void): void;
}

const RETRIES_MS = [1_000, 10_000];

export const typeOf = (alarm: Pick<Alarm, 'kind'>): 'MetricAlarm' | 'CompositeAlarm' =>
  alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm';

export function createTransitions(context: ServiceContext, book: AlarmBook, history: History): Transitions {
  const { store, clock, outbox, telemetry } = context;
  const listeners: ((alarm: Alarm) => void)[] = [];
  const said = new Set<string>();

  function change(alarm: Alarm, next: NewState, { actions } = { actions: true }): void {
    const before = alarm.standing;
    const now = clock.now();
    const hasChanged = before.state !== next.state;
    const standing: Standing = {
      state: next.state,
      reason: next.reason,
      reasonData: next.reasonData,
      updatedAt: now,
      transitionedAt: hasChanged ? now : before.transitionedAt,
    };
    const changed = { ...alarm, standing };
    store.transaction(() => {
      book.put(changed);
      if (!hasChanged) return;
      history.add({
        alarmName: alarm.name,
        alarmType: typeOf(alarm),
        type: 'StateUpdate',
        summary: `Alarm updated from ${before.state} to ${next.state}`,
        data: historyData(before, standing),
      });
      if (context.emulates('events')) {
        outbox.emit({ call: eventNotice({ alarm: changed, before }, book), retryDelaysMs: RETRIES_MS });
      }
      if (actions) act({ alarm: changed, before });
    });
    if (hasChanged) for (const listener of listeners) listener(changed);
  }

  function act(change: Change): void {
    const { alarm } = change;
    const { state } = alarm.standing;
    if (!alarm.actionsEnabled) return;
    for (const action of alarm.actions[state]) {
      const call = actionNotice(action, change, book, context);
      if (call) outbox.emit({ call, retryDelaysMs: RETRIES_MS });
      else sayOnce(`alarm ${alarm.name} would set off ${action}, which nobody here can do`);
      history.add({
        alarmName: alarm.name,
        alarmType: typeOf(alarm),
        type: 'Action',
        summary: call
          ? `Successfully executed action ${action}`
          : `Failed to execute action ${action}: it is not emulated`,
        data: JSON.stringify({
          actionState: call ? 'Succeeded' : 'Failed',
          notificationResource: action,
          stateUpdateTimestamp: clock.now(),
        }),
      });
    }
  }

  function sayOnce(message: string): void {
    if (said.has(message) || said.size > 1_000) return;
    said.add(message);
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return { change, act, onChange: (listener) => void listeners.push(listener) };
}

function historyData(before: Standing, after: Standing): string {
  const told = ({ state, reason, reasonData }: Standing): object => ({
    stateValue: state,
    stateReason: reason,
    ...(reasonData !== undefined && { stateReasonData: jsonOf(reasonData) }),
  });
  return JSON.stringify({ version: '1.0', oldState: told(before), newState: told(after) });
}

/** SetAlarmState takes any text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
