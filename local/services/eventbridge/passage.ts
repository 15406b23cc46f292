/** What becomes of an event that reaches a bus: its rules are found, and its deliveries written. */
import { randomUUID } from 'node:crypto';
import { isReadOnlyCall } from './api-call-records.ts';
import type { Archives } from './archives.ts';
import type { Deliveries } from './deliveries.ts';
import { count } from './metrics.ts';
import type { BusEvent, Rule } from './records.ts';
import type { Room } from './room.ts';
import type { Watch } from './watch.ts';

export interface Passage {
  /** Call inside `store.transaction`. `rules`: only these, of a replay. */
  pass(event: BusEvent, options?: { readonly rules?: ReadonlySet<string>; readonly archived?: false }): void;
  /** Of a schedule: to one rule's targets, past the bus. */
  trigger(event: BusEvent, rule: Rule): void;
}

export function createPassage(room: Room, deliveries: Deliveries, archives: Archives, watch: Watch): Passage {
  return {
    pass(event, { rules: only, archived = true } = {}) {
      const bus = event.buses.at(-1)!;
      const matching = room.rules.matching(bus, event.parsed);
      const rules = only ? matching.filter(({ arn }) => only.has(arn)) : matching;
      if (archived && !isReadOnlyCall(event.parsed)) archives.keep(bus, event);
      for (const rule of rules) {
        count(room, 'MatchedEvents', { rule: rule.name, bus });
        count(room, 'TriggeredRules', { rule: rule.name, bus });
        deliveries.emit(event, rule);
      }
      room.store.onCommit(() =>
        watch.passed({ bus, eventId: event.id, event: event.text, rules: rules.map(({ name }) => name) }),
      );
    },
    trigger(event, rule) {
      count(room, 'TriggeredRules', { rule: rule.name, bus: rule.bus });
      deliveries.emit(event, rule);
    },
  };
}

interface Told {
  readonly id?: string;
  readonly detailType: string;
  readonly source: string;
  /** ms since 1970 */
  readonly time: number;
  readonly resources: readonly string[];
  /** JSON text of an object. */
  readonly detail: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
export function makeEvent(
  { id = randomUUID(), detailType, source, time, resources, detail }: Told,
  { accountId, region, clock }: Pick<Room, 'accountId' | 'region' | 'clock'>,
  bus: string,
  traceHeader?: string,
): BusEvent {
  const head = {
    version: '0',
    id,
    'detail-type': detailType,
    source,
    account: accountId,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region,
    resources,
  };
  const parsedDetail: unknown = JSON.parse(detail);
  // Digits beyond what a double holds stay as they were told.
  const detailText = /\d{16}/.test(detail) ? detail : JSON.stringify(parsedDetail);
  return {
    id,
    text: `${JSON.stringify(head).slice(0, -1)},"detail":${detailText}}`,
    parsed: { ...head, detail: parsedDetail },
    ...(traceHeader !== undefined && { traceHeader }),
    buses: [bus],
    ingestedAt: clock.now(),
  };
}
