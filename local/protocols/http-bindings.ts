/** Members that travel as text outside the body. https://smithy.io/2.0/spec/http-bindings.html */
import type { HttpRequest } from './http-message.ts';
import type { Structure } from './protocol.ts';
import type { ListShape, MapShape, Member, StructureShape, TimestampFormat } from './shape.ts';
import { decodeText, encodeText } from './text-codec.ts';

const SERIALIZATION = 'SerializationException';

export function hasHttpBinding({ traits }: Member): boolean {
  return Boolean(
    traits.httpLabel ||
      traits.httpQuery ||
      traits.httpQueryParams ||
      traits.httpHeader ||
      traits.httpPrefixHeaders !== undefined ||
      traits.httpResponseCode ||
      traits.httpPayload,
  );
}

/** Labels, query parameters and headers of a request. Throws SerializationException. */
export function decodeTextMembers(
  shape: StructureShape,
  request: HttpRequest,
  labels: Readonly<Record<string, string>>,
): Structure {
  const { labelled, inQuery, inHeaders, prefixed, rest } = placesOf(shape);
  const decoded: Structure = {};
  for (const member of labelled) {
    const label = labels[member.name];
    if (label !== undefined) decoded[member.name] = decodeText(member, label, 'date-time', SERIALIZATION);
  }
  for (const [name] of request.query) {
    const member = inQuery.get(name);
    if (member === undefined || Object.hasOwn(decoded, member.name)) continue;
    const values = request.query.filter(([other]) => other === name).map(([, value]) => value);
    decoded[member.name] = decodeQuery(member, values);
  }
  for (const name in request.headers) {
    const member = inHeaders.get(name);
    const text = member && request.headers[name];
    if (text !== undefined) decoded[member!.name] = decodeHeader(member!, text);
  }
  for (const member of prefixed) {
    const value = decodePrefixHeaders(member, member.traits.httpPrefixHeaders!, request);
    if (value !== undefined) decoded[member.name] = value;
  }
  if (rest) decoded[rest.name] = decodeOtherQuery(shape, rest, request);
  return decoded;
}

/** Where a structure's members travel: a request has few of the headers that there are members for. */
interface Places {
  readonly labelled: readonly Member[];
  readonly inQuery: ReadonlyMap<string, Member>;
  readonly inHeaders: ReadonlyMap<string, Member>;
  readonly prefixed: readonly Member[];
  /** All of the query that no other takes. */
  readonly rest: Member | undefined;
}

const places = new WeakMap<StructureShape, Places>();

function placesOf(shape: StructureShape): Places {
  let found = places.get(shape);
  if (!found) {
    const { members } = shape;
    const by = (place: (member: Member) => string | undefined) =>
      new Map(members.flatMap((member) => (place(member) ? [[place(member)!, member] as const] : [])));
    found = {
      labelled: members.filter(({ traits }) => traits.httpLabel),
      inQuery: by(({ traits }) => traits.httpQuery),
      inHeaders: by(({ traits }) => traits.httpHeader?.toLowerCase()),
      prefixed: members.filter(({ traits }) => traits.httpPrefixHeaders !== undefined),
      rest: members.find(({ traits }) => traits.httpQueryParams),
    };
    places.set(shape, found);
  }
  return found;
}

function decodeQuery(member: Member, values: readonly string[]): unknown {
  if (member.shape.kind === 'list') {
    const item = member.shape.member;
    return values.map((value) => decodeText(item, value, 'date-time', SERIALIZATION));
  }
  return decodeText(member, values[0]!, 'date-time', SERIALIZATION);
}

/** Every parameter that no other member takes. */
function decodeOtherQuery(shape: StructureShape, member: Member, request: HttpRequest): Structure {
  const taken = new Set(shape.members.map((other) => other.traits.httpQuery));
  const { value } = member.shape as MapShape;
  const others: Record<string, string[]> = Object.create(null);
  for (const [name, text] of request.query) {
    if (taken.has(name)) continue;
    others[name] ??= [];
    others[name].push(text);
  }
  const decoded = Object.entries(others).map(([name, texts]) => [name, decodeQuery(value, texts)] as const);
  return Object.fromEntries(decoded);
}

function decodeHeader(member: Member, text: string): unknown {
  if (member.shape.kind === 'list') {
    const item = (member.shape as ListShape).member;
    return splitHeader(text, item).map((part) => decodeText(item, part, 'http-date', SERIALIZATION));
  }
  if (isJsonHeader(member)) return Buffer.from(text, 'base64').toString('utf8');
  return decodeText(member, text, 'http-date', SERIALIZATION);
}

function decodePrefixHeaders(member: Member, prefix: string, request: HttpRequest): Structure | undefined {
  const start = prefix.toLowerCase();
  const { value } = member.shape as MapShape;
  const matching = Object.entries(request.headers).filter(
    ([name, text]) => name.startsWith(start) && text !== undefined,
  );
  if (matching.length === 0) return undefined;
  return Object.fromEntries(matching.map(([name, text]) => [name.slice(start.length), decodeHeader(value, text!)]));
}

/** Headers of a response or an error; names in lower case. */
export function encodeHeaders(shape: StructureShape, output: Structure): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const member of shape.members) {
    const value = output[member.name];
    if (value == null) continue;
    const { httpHeader, httpPrefixHeaders } = member.traits;
    if (httpHeader) headers[httpHeader.toLowerCase()] = encodeHeader(member, value);
    if (httpPrefixHeaders === undefined) continue;
    for (const [name, item] of Object.entries(value as Structure)) {
      headers[`${httpPrefixHeaders}${name}`.toLowerCase()] = encodeHeader((member.shape as MapShape).value, item);
    }
  }
  return headers;
}

function encodeHeader(member: Member, value: unknown): string {
  const format: TimestampFormat = 'http-date';
  if (member.shape.kind === 'list') {
    const item = member.shape.member;
    return (value as unknown[]).map((entry) => quoted(encodeText(item, entry, format), item)).join(', ');
  }
  const text = encodeText(member, value, format);
  return isJsonHeader(member) ? Buffer.from(text, 'utf8').toString('base64') : text;
}

/** JSON does not fit a header as it is. */
function isJsonHeader({ shape, traits }: Member): boolean {
  return shape.kind === 'string' && /^application\/(.+\+)?json$/.test(traits.mediaType ?? '');
}

function quoted(text: string, item: Member): string {
  if (item.shape.kind !== 'string' || !/[",]/.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** At commas outside quotes; HTTP dates have one comma each. */
function splitHeader(text: string, item: Member): string[] {
  if (item.shape.kind === 'timestamp' && (item.shape.format ?? 'http-date') === 'http-date') {
    return text.match(/[^,]+,[^,]+/g)?.map((date) => date.trim()) ?? [];
  }
  const parts = text.match(/"(?:\\.|[^"\\])*"|[^,\s][^,]*/g) ?? [];
  return parts.map((part) => {
    const trimmed = part.trim();
    return trimmed.startsWith('"') ? trimmed.slice(1, -1).replace(/\\(.)/g, '$1') : trimmed;
  });
}
