/**
 * From a ticket's change to the counts. What was counted of a ticket is kept beside them, with the revision of its view,
 * and changes in the same transaction: a record that comes again, or late, finds a newer revision and changes nothing, and
 * what a lost one would have told, the ticket's next one makes up for.
 */
import { type Item, itemOf, type Table, type Write } from '@app/shared/tables';
import type { DynamoDBRecord } from 'aws-lambda';
import { countedKey, dayKey, type TicketViewItem, TOTALS_KEY } from '../../database/read-model.ts';
import { type Counts, countsOf, difference, TOTALS } from '../../domain/ticket-stats.ts';

/** Somebody else always was faster. The record comes again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Another record's transaction at the same counts makes this one's fail: it is tried again. */
const TRIES = 10;

/** Days are kept for twice the time that they are told of. */
const KEPT_DAYS = 60;

interface Counted {
  readonly counts: Counts;
  readonly revision: number;
}

/** Rejects with Overtaken, and with what the table throws. */
export function project(table: Pick<Table, 'get' | 'transact'>) {
  return async ({ dynamodb: { Keys, OldImage, NewImage } = {} }: DynamoDBRecord): Promise<void> => {
    const before = OldImage && (itemOf(OldImage) as unknown as TicketViewItem);
    const after = NewImage && (itemOf(NewImage) as unknown as TicketViewItem);
    const counts = after ? countsOf(after) : {};
    // Most changes are none of what is counted.
    if (before && after && isSame(countsOf(before), counts)) return;
    const { ticketId } = itemOf(Keys ?? {}) as { ticketId: string };
    for (let tries = 0; tries < TRIES; tries += 1) {
      const counted = (await table.get(countedKey(ticketId))) as unknown as Counted | undefined;
      if (after ? counted && counted.revision >= after.revision : !counted) return;
      const changes = difference(counted?.counts ?? {}, counts);
      if (await table.transact([keep(ticketId, after, counts, counted), ...additions(changes)])) return;
      // Not all at the same moment once more.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** tries));
    }
    throw new Overtaken(`The counts changed ${TRIES} times meanwhile`);
  };
}

function keep(
  ticketId: string,
  after: TicketViewItem | undefined,
  counts: Counts,
  counted: Counted | undefined,
): Write {
  const key = countedKey(ticketId);
  const expected = { attribute: 'revision', value: counted?.revision };
  if (!after) return { kind: 'delete', key, expected };
  return { kind: 'put', item: { ...key, revision: after.revision, counts }, expected };
}

function additions(changes: Counts): Write[] {
  return Object.entries(changes).map(([under, amounts]): Write => {
    if (under === TOTALS) return { kind: 'add', key: TOTALS_KEY, amounts };
    const expiration = Math.floor(Date.parse(under) / 1_000) + KEPT_DAYS * 86_400;
    return { kind: 'add', key: dayKey(under), amounts, set: { expiration } satisfies Item };
  });
}

const isSame = (one: Counts, other: Counts): boolean => Object.keys(difference(one, other)).length === 0;
