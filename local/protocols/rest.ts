/**
 * restJson1 and restXml: members travel in the path, the query, headers, the status and the body.
 * https://smithy.io/2.0/spec/http-bindings.html
 */
import { EVENT_STREAM_TYPE, eventStreamBody, eventStreamMember } from './event-stream.ts';
import { decodeTextMembers, encodeHeaders, hasHttpBinding } from './http-bindings.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { type ErrorContext, errorMembers, type Protocol, type Structure } from './protocol.ts';
import type { Member, OperationShape, StructureShape } from './shape.ts';
import { serializationError, type WireError } from './wire-error.ts';

/** What differs between the two: the document in the body. */
export interface BodyFormat {
  readonly name: 'rest-json' | 'rest-xml';
  readonly contentType: string;
  readonly requestIdHeader: string;
  decode(shape: StructureShape, members: readonly Member[], bytes: Uint8Array): Structure;
  /** A member that is the whole body. */
  decodePayload(member: Member, bytes: Uint8Array): unknown;
  encode(shape: StructureShape, members: readonly Member[], value: Structure): string;
  encodePayload(member: Member, value: unknown): string;
  encodeError(error: WireError, members: Structure, context: ErrorContext): string;
}

/** What the path says of an operation's input. Throws URIError for broken percent-encoding. */
export type ReadLabels = (operation: OperationShape, request: HttpRequest) => Record<string, string>;

export function rest(format: BodyFormat, labelsOf: ReadLabels): Protocol {
  return {
    name: format.name,
    validationErrorCode: 'ValidationException',
    async decode(operation, request) {
      const input = decodeTextMembers(operation.input, request, readLabels(labelsOf, operation, request));
      return Object.assign(input, await decodeBody(operation.input, request, format));
    },
    encode(operation, output, requestId) {
      return encodeMessage(operation.output, output, operation.http?.code ?? 200, requestId, format);
    },
    encodeError(error, context) {
      const members = errorMembers(error, context.shape);
      return {
        statusCode: context.shape?.traits.httpError ?? error.statusCode,
        headers: {
          [format.requestIdHeader]: context.requestId,
          'content-type': format.contentType,
          'x-amzn-errortype': error.code,
          ...(context.shape && encodeHeaders(context.shape, members)),
          ...error.headers,
        },
        body: format.encodeError(error, members, context),
      };
    },
  };
}

const bodyMembers = new WeakMap<StructureShape, readonly Member[]>();

/** Those that travel in the body, where no member is the whole of it; always the same list. */
function bodyMembersOf(shape: StructureShape): readonly Member[] {
  let members = bodyMembers.get(shape);
  if (!members) {
    members = shape.members.filter((member) => !hasHttpBinding(member));
    bodyMembers.set(shape, members);
  }
  return members;
}

function readLabels(labelsOf: ReadLabels, operation: OperationShape, request: HttpRequest): Record<string, string> {
  try {
    return labelsOf(operation, request);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw serializationError(`The path ${request.path} is not correctly percent-encoded`);
  }
}

async function decodeBody(shape: StructureShape, request: HttpRequest, format: BodyFormat): Promise<Structure> {
  const payload = shape.members.find((member) => member.traits.httpPayload);
  if (!payload) {
    const members = bodyMembersOf(shape);
    return members.length === 0 ? {} : format.decode(shape, members, await request.body.bytes());
  }
  if (payload.shape.kind === 'blob' && payload.shape.streaming) {
    return { [payload.name]: (await request.body.small?.()) ?? request.body.stream() };
  }
  const bytes = await request.body.bytes();
  if (payload.shape.kind === 'blob') return bytes.length === 0 ? {} : { [payload.name]: bytes };
  if (bytes.length === 0) return {};
  if (payload.shape.kind === 'string') return { [payload.name]: Buffer.from(bytes).toString('utf8') };
  return { [payload.name]: format.decodePayload(payload, bytes) };
}

function encodeMessage(
  shape: StructureShape,
  output: Structure,
  defaultStatus: number,
  requestId: string,
  format: BodyFormat,
): HttpResponse {
  const status = shape.members.find((member) => member.traits.httpResponseCode);
  const statusCode = (status && (output[status.name] as number | undefined)) ?? defaultStatus;
  const headers = { [format.requestIdHeader]: requestId, ...encodeHeaders(shape, output) };
  const payload = shape.members.find((member) => member.traits.httpPayload);
  const contentType = (type: string) => ({ 'content-type': type, ...headers });
  if (!payload) {
    const members = bodyMembersOf(shape);
    if (members.length === 0) return { statusCode, headers, body: undefined };
    return { statusCode, headers: contentType(format.contentType), body: format.encode(shape, members, output) };
  }
  const value = output[payload.name];
  if (value == null) return { statusCode, headers, body: undefined };
  const stream = eventStreamMember(shape);
  if (stream) {
    const body = eventStreamBody(stream.shape, value as AsyncIterable<Structure>, format);
    return { statusCode, headers: { ...headers, 'content-type': EVENT_STREAM_TYPE }, body };
  }
  switch (payload.shape.kind) {
    case 'blob':
      return {
        statusCode,
        headers: contentType(payload.traits.mediaType ?? 'application/octet-stream'),
        body: value as Uint8Array | string,
      };
    case 'string':
      return { statusCode, headers: contentType('text/plain'), body: value as string };
    default:
      return { statusCode, headers: contentType(format.contentType), body: format.encodePayload(payload, value) };
  }
}
