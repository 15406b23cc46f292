/**
 * CloudTrail's records of API calls, which come over the default bus. Of those that only read a rule hears in the state
 * `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` alone.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
import type { RecordedKind } from '../../kernel/index.ts';
import type { EventPattern } from '../../kernel/patterns/index.ts';
import type { Archives } from './archives.ts';
import { DEFAULT_BUS } from './bus-repository.ts';
import type { BusEvent } from './records.ts';
import type { Room } from './room.ts';

export const API_CALL = 'AWS API Call via CloudTrail';

export function isReadOnlyCall(event: BusEvent['parsed']): boolean {
  if (event['detail-type'] !== API_CALL || !String(event['source']).startsWith('aws.')) return false;
  return (event['detail'] as { readonly readOnly?: unknown }).readOnly === true;
}

/** As far as the pattern names values: what it asks besides, only the record itself tells. */
export function mayMean(pattern: EventPattern, { source, eventName }: RecordedKind): boolean {
  const may = (value: string, ...path: readonly string[]): boolean => {
    const values = pattern.exactly(...path);
    return values === undefined || values.includes(value);
  };
  return may(source, 'source') && may(API_CALL, 'detail-type') && may(eventName, 'detail', 'eventName');
}

/** Lets whoever makes records ask first whether anybody wants them; answers are good until a rule or archive changes. */
export function answerWhoAsksForRecords(room: Room, archives: Pick<Archives, 'areThereFor'>): void {
  const { store, rules, audit } = room;
  const answers = new Map<string, boolean>();
  let asOf = '';

  audit.wanted = (kind) => {
    const now = `${store.writes('events', 'rules')} ${store.writes('events', 'archives')}`;
    if (now !== asOf) answers.clear();
    asOf = now;
    const key = `${kind.source} ${kind.eventName} ${kind.readOnly}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = rules.mayWant(DEFAULT_BUS, kind) || (!kind.readOnly && archives.areThereFor(DEFAULT_BUS));
      answers.set(key, answer);
    }
    return answer;
  };
}
