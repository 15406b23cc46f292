/**
 * awsJson1.0, awsJson1.1 and Smithy's RPC v2 over JSON: one POST, one JSON document each way.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import { EVENT_STREAM_TYPE, type EventFormat, eventStreamBody, eventStreamMember } from './event-stream.ts';
import type { HttpRequest } from './http-message.ts';
import { decodeJson, encodeJson, encodeStructure } from './json-codec.ts';
import { parseJson } from './json-text.ts';
import {
  errorMembers,
  messageName,
  type Protocol,
  type ProtocolName,
  queryErrorHeader,
  type Structure,
} from './protocol.ts';

type Variant = Extract<ProtocolName, 'json-1.0' | 'json-1.1' | 'rpc-v2-json'>;

const CONTENT_TYPES: Readonly<Record<Variant, string>> = {
  'json-1.0': 'application/x-amz-json-1.0',
  'json-1.1': 'application/x-amz-json-1.1',
  'rpc-v2-json': 'application/json',
};

const SETTINGS = { jsonName: false };

export function jsonRpc(name: Variant): Protocol {
  const common = (requestId: string): Record<string, string> => ({
    'x-amzn-requestid': requestId,
    'content-type': CONTENT_TYPES[name],
    ...(name === 'rpc-v2-json' && { 'smithy-protocol': name }),
  });
  const events: EventFormat = {
    contentType: CONTENT_TYPES[name],
    encode: (shape, members, value) => JSON.stringify(encodeStructure(shape, members, value, SETTINGS)),
  };
  return {
    name,
    validationErrorCode: 'ValidationException',
    async decode(operation, request: HttpRequest) {
      return decodeJson(operation.input, parseJson(await request.body.bytes()), SETTINGS) as Structure;
    },
    encode(operation, output, requestId) {
      const stream = eventStreamMember(operation.output);
      if (stream) {
        const initial = { shape: operation.output, value: output };
        const body = eventStreamBody(stream.shape, output[stream.name] as AsyncIterable<Structure>, events, initial);
        return { statusCode: 200, headers: { ...common(requestId), 'content-type': EVENT_STREAM_TYPE }, body };
      }
      const body = operation.output.members.length === 0 ? {} : encodeJson(operation.output, output, SETTINGS);
      return { statusCode: 200, headers: common(requestId), body: JSON.stringify(body) };
    },
    encodeError(error, context) {
      const members = errorMembers(error, context.shape);
      const body = {
        __type: context.type,
        ...(context.shape ? (encodeJson(context.shape, members, SETTINGS) as Structure) : {}),
        [messageName(context.shape)]: error.message,
      };
      return {
        statusCode: error.statusCode,
        headers: { ...common(context.requestId), ...queryErrorHeader(error, context), ...error.headers },
        body: JSON.stringify(body),
      };
    },
  };
}
