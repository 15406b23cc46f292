/**
 * Operations that answer event by event: each event of the output's union is one message of
 * `application/vnd.amazon.eventstream`, sent as soon as it is there.
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { Readable } from 'node:stream';
import { EventStreamCodec, type MessageHeaders, type MessageHeaderValue } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { isDate } from './json-codec.ts';
import type { Structure } from './protocol.ts';
import type { Member, StructureShape } from './shape.ts';
import { errorOf } from './wire-error.ts';

export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream';

/** How a protocol writes what stands in a message. */
export interface EventFormat {
  readonly contentType: string;
  encode(shape: StructureShape, members: readonly Member[], value: Structure): string | Uint8Array;
}

interface Message {
  readonly headers: MessageHeaders;
  readonly body: Uint8Array;
}

const codec = new EventStreamCodec(toUtf8, fromUtf8);

const NOTHING = new Uint8Array();

/** The member of an output that is a stream of events, if it has one. */
export function eventStreamMember(shape: StructureShape): (Member & { readonly shape: StructureShape }) | undefined {
  const member = shape.members.find(({ traits }) => traits.streaming);
  return member?.shape.kind === 'structure' ? (member as Member & { readonly shape: StructureShape }) : undefined;
}

/**
 * The body of an answer. The events are asked for one after the other, as the client takes them; a client that goes
 * away ends them (`return` of the iterator). What the iteration throws is the last message: an exception event when the
 * union has a member of the error's code, an error event otherwise.
 *
 * @param union the shape of the stream's member
 * @param initial the other members of the output, for protocols that have no other place for them
 */
export function eventStreamBody(
  union: StructureShape,
  events: AsyncIterable<Structure>,
  format: EventFormat,
  initial?: { readonly shape: StructureShape; readonly value: Structure },
): Readable {
  // One event at most is made ahead of the client.
  return Readable.from(messages(union, events, format, initial), { objectMode: true, highWaterMark: 1 });
}

async function* messages(
  union: StructureShape,
  events: AsyncIterable<Structure>,
  format: EventFormat,
  initial: { readonly shape: StructureShape; readonly value: Structure } | undefined,
): AsyncGenerator<Uint8Array> {
  if (initial) {
    const members = initial.shape.members.filter(({ traits }) => !traits.streaming);
    const body = bytesOf(format.encode(initial.shape, members, initial.value));
    yield codec.encode({ headers: typed('event', 'initial-response', format.contentType), body });
  }
  try {
    for await (const event of events) yield codec.encode(eventMessage(union, event, format));
  } catch (error) {
    yield codec.encode(errorMessage(union, error, format));
  }
}

function eventMessage(union: StructureShape, event: Structure, format: EventFormat): Message {
  const member = union.members.find(({ name }) => event[name] !== undefined);
  if (!member) throw new TypeError(`a service sent an event that ${union.name} does not have: ${Object.keys(event)}`);
  return message('event', member, event[member.name] as Structure, format);
}

function message(kind: 'event' | 'exception', member: Member, value: Structure, format: EventFormat): Message {
  const shape = member.shape as StructureShape;
  const payload = shape.members.find(({ traits }) => traits.eventPayload);
  const inHeaders = shape.members.filter(({ traits }) => traits.eventHeader);
  // The same list for every event, where it can be: what encodes it is made once.
  const inBody = inHeaders.length === 0 ? shape.members : shape.members.filter(({ traits }) => !traits.eventHeader);
  const headers: MessageHeaders = {};
  for (const bound of inHeaders) {
    if (value[bound.name] != null) headers[bound.name] = headerValue(bound, value[bound.name]);
  }
  if (payload?.shape.kind === 'blob' || payload?.shape.kind === 'string') {
    const type = payload.shape.kind === 'blob' ? 'application/octet-stream' : 'text/plain';
    const body = bytesOf((value[payload.name] as string | Uint8Array | undefined) ?? NOTHING);
    return { headers: { ...typed(kind, member.name, type), ...headers }, body };
  }
  const body =
    payload?.shape.kind === 'structure'
      ? format.encode(payload.shape, payload.shape.members, (value[payload.name] as Structure | undefined) ?? {})
      : format.encode(shape, inBody, value);
  return { headers: { ...typed(kind, member.name, format.contentType), ...headers }, body: bytesOf(body) };
}

/** https://smithy.io/2.0/aws/amazon-eventstream.html: `exception` is in the model, `error` is everything else. */
function errorMessage(union: StructureShape, thrown: unknown, format: EventFormat): Message {
  const error = errorOf(thrown);
  const member = union.members.find(({ name, shape }) => {
    return name === error.code || (shape.kind === 'structure' && shape.traits.error && shape.name === error.code);
  });
  if (!member) {
    return {
      headers: {
        ':message-type': text('error'),
        ':error-code': text(error.code),
        ':error-message': text(error.message),
      },
      body: NOTHING,
    };
  }
  const names = (member.shape as StructureShape).members.map(({ name }) => name);
  const messageMember = names.find((name) => name.toLowerCase() === 'message') ?? 'message';
  return message('exception', member, { ...error.members, [messageMember]: error.message }, format);
}

function typed(kind: 'event' | 'exception', name: string, contentType: string): MessageHeaders {
  return {
    ':message-type': text(kind),
    [`:${kind}-type`]: text(name),
    ':content-type': text(contentType),
  };
}

function text(value: string): MessageHeaderValue {
  return { type: 'string', value };
}

/** Integers are sent as such: which of them a model calls `long`, AWS's schemas do not say. */
function headerValue({ shape }: Member, value: unknown): MessageHeaderValue {
  if (isDate(value)) return { type: 'timestamp', value };
  switch (shape.kind) {
    case 'boolean':
      return { type: 'boolean', value: value as boolean };
    case 'number':
      return { type: 'integer', value: value as number };
    case 'blob':
      return { type: 'binary', value: value as Uint8Array };
    default:
      return text(String(value));
  }
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
