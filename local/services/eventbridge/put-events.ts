/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
import type { PutEventsRequest, PutEventsRequestEntry, PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../kernel/aws-error.ts';
import type { CallContext, Operation, Requirement } from '../../kernel/index.ts';
import { validationError } from './errors.ts';
import { makeEvent, type Passage } from './passage.ts';
import type { BusEvent } from './records.ts';
import { type Room, say, type With } from './room.ts';

const MOST_ENTRIES = 10;
/** Of all entries together. */
const MOST_BYTES = 1_048_576;

type Checked = { readonly error: PutEventsResultEntry } | { readonly event: BusEvent };

export function putEventsOperation(room: Room, passage: Passage): Operation<With<PutEventsRequest, 'Entries'>> {
  const unknown = new Set<string>();

  /** AWS takes what is put on a bus that does not exist, and drops it. */
  function isThere(bus: string): boolean {
    if (room.buses.find(bus)) return true;
    if (!unknown.has(bus) && unknown.size < 1_000) {
      unknown.add(bus);
      say(room, `events are put on event bus ${bus}, which does not exist: as on AWS they are lost without an error`);
    }
    return false;
  }

  function check(entry: PutEventsRequestEntry, call: CallContext): Checked {
    const { Source: source, DetailType: detailType, Detail: detail, Time, Resources: resources = [] } = entry;
    if (!source) return invalid('Source');
    if (!detailType) return invalid('DetailType');
    if (!detail) return invalid('Detail');
    if (source.startsWith('aws.') && call.principal.kind !== 'internal') {
      return failed('NotAuthorizedForSourceException', 'Not authorized for the source.');
    }
    if (!isJsonObject(detail)) return failed('MalformedDetail', 'Detail is malformed.');
    const bus = room.buses.nameOf(entry.EventBusName);
    // What a service emits has been stored in between: a date is then text.
    const time = Time === undefined ? room.clock.now() : new Date(Time).getTime();
    if (Number.isNaN(time)) return failed('InvalidArgument', 'Parameter Time is not valid.');
    const told = { source, detailType, detail, time, resources };
    return { event: makeEvent(told, room, bus, entry.TraceHeader ?? call.traceHeader) };
  }

  return {
    requires: (input) => {
      if (input.EndpointId !== undefined) return [];
      return requirements(room, input.Entries);
    },
    handle(input, call) {
      if (input.EndpointId !== undefined) {
        throw new AwsError('OperationNotEmulated', 'Global endpoints are not emulated here.', { statusCode: 501 });
      }
      const entries = input.Entries;
      if (entries.length === 0 || entries.length > MOST_ENTRIES) {
        throw validationError(
          `1 validation error detected: Value '${entries.length}' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ENTRIES}`,
        );
      }
      if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MOST_BYTES) {
        throw validationError('Total size of the entries in the request is over the limit.');
      }
      const checked = entries.map((entry) => check(entry, call));
      room.store.transaction(() => {
        for (const one of checked) {
          if ('event' in one && isThere(one.event.buses[0]!)) passage.pass(one.event);
        }
      });
      return {
        FailedEntryCount: checked.filter((one) => 'error' in one).length,
        Entries: checked.map((one) => ('error' in one ? one.error : { EventId: one.event.id })),
      };
    },
  };
}

/** One for each bus, source and detail type. */
function requirements(room: Room, entries: readonly PutEventsRequestEntry[]): readonly Requirement[] {
  const found = new Map<string, Requirement>();
  for (const { EventBusName, Source = '', DetailType = '', Detail } of entries) {
    const resource = EventBusName?.startsWith('arn:')
      ? EventBusName
      : room.buses.arnOf(room.buses.nameOf(EventBusName));
    const key = `${resource}\u0000${Source}\u0000${DetailType}`;
    if (found.has(key)) continue;
    found.set(key, {
      action: 'events:PutEvents',
      resource,
      context: {
        'events:source': Source,
        'events:detail-type': DetailType,
        'events:eventBusInvocation': 'false',
        ...detailKeys(Detail),
      },
    });
  }
  return [...found.values()];
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html */
function detailKeys(detail = ''): Record<string, string> {
  if (!/"(?:service|eventTypeCode|principalId)"/.test(detail) || !isJsonObject(detail)) return {};
  const { service, eventTypeCode, userIdentity } = JSON.parse(detail) as Record<string, unknown>;
  const principalId = (userIdentity as { principalId?: unknown } | undefined)?.principalId;
  const keys = { service, eventTypeCode, 'userIdentity.principalId': principalId };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, value]) =>
      typeof value === 'string' ? [[`events:detail.${name}`, value]] : [],
    ),
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const failed = (ErrorCode: string, ErrorMessage: string): Checked => ({ error: { ErrorCode, ErrorMessage } });

const invalid = (name: string): Checked =>
  failed('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
