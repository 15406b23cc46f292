/** Smithy's RPC v2 over CBOR. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
import { cbor, dateToTag } from '@smithy/core/cbor';
import { NumericValue } from '@smithy/core/serde';
import { malformedCbor } from './cbor-well-formed.ts';
import { EVENT_STREAM_TYPE, type EventFormat, eventStreamBody, eventStreamMember } from './event-stream.ts';
import { isDate } from './json-codec.ts';
import { errorMembers, messageName, type Protocol, queryErrorHeader, type Structure } from './protocol.ts';
import type { Shape } from './shape.ts';
import { fromSeconds } from './timestamp.ts';
import { serializationError } from './wire-error.ts';

const headers = (requestId: string): Record<string, string> => ({
  'x-amzn-requestid': requestId,
  'smithy-protocol': 'rpc-v2-cbor',
  'content-type': 'application/cbor',
});

export const cborRpc: Protocol = {
  name: 'rpc-v2-cbor',
  validationErrorCode: 'ValidationException',
  async decode(operation, request) {
    const bytes = await request.body.bytes();
    return decodeCbor(operation.input, bytes.length === 0 ? {} : parse(bytes)) as Structure;
  },
  encode(operation, output, requestId) {
    const stream = eventStreamMember(operation.output);
    if (stream) {
      const initial = { shape: operation.output, value: output };
      const body = eventStreamBody(stream.shape, output[stream.name] as AsyncIterable<Structure>, EVENTS, initial);
      return { statusCode: 200, headers: { ...headers(requestId), 'content-type': EVENT_STREAM_TYPE }, body };
    }
    const body = cbor.serialize(encodeCbor(operation.output, output));
    return { statusCode: 200, headers: headers(requestId), body };
  },
  encodeError(error, context) {
    const members = context.shape ? encodeCbor(context.shape, errorMembers(error, context.shape)) : {};
    const body = cbor.serialize({
      __type: context.type,
      ...(members as Structure),
      [messageName(context.shape)]: error.message,
    });
    return {
      statusCode: error.statusCode,
      headers: { ...headers(context.requestId), ...queryErrorHeader(error, context), ...error.headers },
      body,
    };
  },
};

const EVENTS: EventFormat = {
  contentType: 'application/cbor',
  encode: (shape, members, value) => cbor.serialize(encodeCbor({ ...shape, members }, value)),
};

function parse(bytes: Uint8Array): unknown {
  const fault = malformedCbor(bytes);
  if (fault !== undefined) throw serializationError(`The request body is not valid CBOR: ${fault}`);
  try {
    return cbor.deserialize(bytes);
  } catch (error) {
    throw serializationError(`The request body is not valid CBOR: ${(error as Error).message}`);
  }
}

function decodeCbor(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'structure': {
      const fields = record(value, 'structure');
      const present = shape.members.filter(
        (member) => Object.hasOwn(fields, member.name) && fields[member.name] != null,
      );
      return Object.fromEntries(present.map((member) => [member.name, decodeCbor(member.shape, fields[member.name])]));
    }
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, 'list');
      return value.flatMap((item) => {
        if (item != null) return [decodeCbor(shape.member.shape, item)];
        return shape.traits.sparse ? [null] : [];
      });
    case 'map':
      return Object.fromEntries(
        Object.entries(record(value, 'map'))
          .filter(([, item]) => item != null || shape.traits.sparse)
          .map(([key, item]) => [key, item == null ? null : decodeCbor(shape.value.shape, item)]),
      );
    case 'string':
    case 'boolean':
      if (typeof value !== shape.kind) throw mismatch(value, shape.kind);
      return value;
    case 'number':
      if (typeof value === 'bigint') return Number(value);
      if (typeof value !== 'number') throw mismatch(value, 'number');
      return value;
    case 'big-integer':
      if (typeof value !== 'bigint' && !Number.isInteger(value)) throw mismatch(value, 'integer');
      return BigInt(value as number | bigint);
    case 'big-decimal':
      if (value instanceof NumericValue) return value;
      if (typeof value !== 'number') throw mismatch(value, 'decimal');
      return new NumericValue(String(value), 'bigDecimal');
    case 'blob':
      if (!(value instanceof Uint8Array)) throw mismatch(value, 'blob');
      return new Uint8Array(value);
    case 'timestamp':
      return decodeInstant(value);
    case 'document':
      return value;
  }
}

/** Tag 1 with seconds; what the SDK's decoder leaves of it. */
function decodeInstant(value: unknown): Date {
  if (isDate(value)) return value;
  const seconds = (value as { tag?: number; value?: unknown } | null)?.value;
  if (typeof seconds !== 'number' && typeof seconds !== 'bigint') throw mismatch(value, 'timestamp');
  return fromSeconds(Number(seconds));
}

function encodeCbor(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'structure': {
      const fields = value as Structure;
      const present = shape.members.filter((member) => fields[member.name] != null);
      return Object.fromEntries(present.map((member) => [member.name, encodeCbor(member.shape, fields[member.name])]));
    }
    case 'list':
      return (value as unknown[]).map((item) => (item == null ? null : encodeCbor(shape.member.shape, item)));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Structure)
          .filter(([, item]) => item !== undefined)
          .map(([key, item]) => [key, item === null ? null : encodeCbor(shape.value.shape, item)]),
      );
    case 'timestamp':
      if (!isDate(value)) throw new TypeError('a service answered something else than a Date for a timestamp');
      return dateToTag(value);
    case 'blob':
      return typeof value === 'string' ? new TextEncoder().encode(value) : value;
    default:
      return value;
  }
}

function record(value: unknown, wanted: string): Structure {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw mismatch(value, wanted);
  }
  return value as Structure;
}

function mismatch(value: unknown, wanted: string) {
  return serializationError(`${Array.isArray(value) ? 'list' : typeof value} cannot be converted to ${wanted}`);
}
