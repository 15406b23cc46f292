/** Values of every shape AWS's models have, and real SDK clients wired to nothing but this room. For tests. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import type { Member, Shape, StructureShape } from './shape.ts';

/** Where a value stands decides which characters it may have. */
type Place = 'body' | 'header' | 'path' | 'xml';

const SECOND = 1000;

/**
 * Values of a structure. Members of the path are always there, and tokens the client would make up itself. Where the
 * wire cannot tell an empty collection or structure from none (`xml`, query strings), there is none.
 */
export function valuesOf(
  shape: StructureShape,
  body: Place = 'body',
  depth = 0,
): fc.Arbitrary<Record<string, unknown>> {
  const present = shape.members.filter(
    ({ traits, required, shape: inner }) =>
      !traits.streaming &&
      !traits.httpResponseCode &&
      (required || depth < 3 || !isNested(inner)) &&
      !(body === 'xml' && inner.kind === 'structure' && inner.members.length === 0),
  );
  const members = Object.fromEntries(
    present.map((member) => [member.name, arbitraryOf(member, placeOf(member, body), depth)]),
  );
  if (shape.union) {
    return fc.oneof(...Object.entries(members).map(([name, value]) => value.map((item) => ({ [name]: item }))));
  }
  const requiredKeys = present.filter(isAlwaysThere).map(({ name }) => name);
  const values = fc.record(members, { requiredKeys });
  if (body !== 'xml' || depth === 0 || requiredKeys.length > 0) return values;
  const [first] = present.map(({ name }) => name);
  return fc.record(members, { requiredKeys: first === undefined ? [] : [first] });
}

/** An absent structure that is the whole body is sent as `{}` too. */
function isAlwaysThere({ traits, required, shape }: Member): boolean {
  const isBody = Boolean(traits.httpPayload) && shape.kind === 'structure';
  return required || isBody || Boolean(traits.httpLabel) || Boolean(traits.idempotencyToken);
}

function isNested(shape: Shape): boolean {
  return shape.kind === 'structure' || shape.kind === 'list' || shape.kind === 'map';
}

function placeOf({ traits }: Member, body: Place): Place {
  if (traits.httpLabel) return 'path';
  if (traits.httpQuery || traits.httpQueryParams) return 'xml';
  return traits.httpHeader || traits.httpPrefixHeaders !== undefined ? 'header' : body;
}

function arbitraryOf({ shape, traits }: Member, place: Place, depth: number): fc.Arbitrary<unknown> {
  const minimum = place === 'xml' || place === 'header' ? 1 : 0;
  switch (shape.kind) {
    case 'structure':
      return valuesOf(shape, place, depth + 1);
    case 'list':
      return fc.array(arbitraryOf(shape.member, place, depth + 1), { minLength: minimum, maxLength: 3 });
    case 'map':
      return fc.dictionary(textFor('path'), arbitraryOf(shape.value, place, depth + 1), {
        minKeys: minimum,
        maxKeys: 3,
      });
    default:
      return scalarOf(shape, place, Boolean(traits.httpPayload));
  }
}

function scalarOf(shape: Exclude<Shape, { kind: 'structure' | 'list' | 'map' }>, place: Place, isWhole: boolean) {
  switch (shape.kind) {
    case 'string':
      return textFor(place);
    case 'boolean':
      return fc.boolean();
    case 'number':
      return place === 'body'
        ? fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
        : fc.integer();
    case 'big-integer':
      return fc.bigInt();
    case 'blob':
      return fc.uint8Array({ minLength: isWhole ? 1 : 0 });
    case 'timestamp':
      return fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * SECOND));
    case 'document':
      return fc.constant({ any: ['thing', 1, true] });
    case 'big-decimal':
      throw new Error('no model used here has a big decimal');
  }
}

function textFor(place: Place): fc.Arbitrary<string> {
  switch (place) {
    case 'path':
      return fc.stringMatching(/^[A-Za-z0-9 :%/+_.~-]{0,11}[A-Za-z0-9]$/);
    case 'header':
      return fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/);
    case 'xml':
      return fc.stringMatching(/^[A-Za-zäß<>&"'€😀]([ -~]{0,10}[A-Za-zäß<>&"'€😀])?$/u);
    case 'body':
      return fc.string({ unit: 'grapheme', maxLength: 12 });
  }
}

/** What an SDK client hands to its HTTP handler. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function fromSdk({ method, path, query = {}, headers, body }: SdkRequest): HttpRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : ((body ?? new Uint8Array()) as Uint8Array);
  return {
    method,
    path,
    query: Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one ?? ''] as const)),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: { bytes: async () => bytes, stream: () => Readable.from([bytes]) },
  };
}

/** What an SDK client wants back from its HTTP handler. */
function toSdk({ statusCode, headers, body }: HttpResponse) {
  const stream = body instanceof Readable ? body : Readable.from(body === undefined ? [] : [Buffer.from(body)]);
  return { response: { statusCode, headers: { ...headers }, body: stream } };
}

/** Answers every request of a client in this process. */
export function handlerOf(answer: (request: HttpRequest) => Promise<HttpResponse>) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest) => toSdk(await answer(fromSdk(request))),
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

/** Without `undefined`s, and bytes as plain lists: so that values of two makers can be compared. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array || Buffer.isBuffer(value)) return { bytes: [...value] };
  if (Object.prototype.toString.call(value) === '[object Date]') return { time: (value as Date).getTime() };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  const entries = Object.entries(value).filter(([name, item]) => item !== undefined && name !== '$metadata');
  return Object.fromEntries(entries.map(([name, item]) => [name, comparable(item)]));
}
