/** The body of restJson1. https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
import { decodeJson, decodeMembers, encodeJson, encodeStructure } from './json-codec.ts';
import { parseJson } from './json-text.ts';
import { messageName } from './protocol.ts';
import type { BodyFormat } from './rest.ts';

const SETTINGS = { jsonName: true };

export const restJsonBody: BodyFormat = {
  name: 'rest-json',
  contentType: 'application/json',
  requestIdHeader: 'x-amzn-requestid',
  decode: (shape, members, bytes) => decodeMembers(shape, members, parseJson(bytes), SETTINGS),
  decodePayload: (member, bytes) => decodeJson(member.shape, parseJson(bytes), SETTINGS),
  encode: (shape, members, value) => JSON.stringify(encodeStructure(shape, members, value, SETTINGS)),
  encodePayload: (member, value) => JSON.stringify(encodeJson(member.shape, value, SETTINGS)),
  encodeError(error, members, { shape }) {
    const body = shape?.members.filter((member) => !member.traits.httpHeader);
    return JSON.stringify({
      ...(shape && body && encodeStructure(shape, body, members, SETTINGS)),
      [messageName(shape)]: error.message,
    });
  },
};
