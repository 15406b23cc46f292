/** The body of restXml. https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html */
import { messageName, type Structure } from './protocol.ts';
import type { BodyFormat } from './rest.ts';
import type { Member } from './shape.ts';
import type { WireError } from './wire-error.ts';
import { decodeXml, parseXml } from './xml-reader.ts';
import { element, encodeMember, encodeMembers, encodeStructure, escapeXml } from './xml-writer.ts';

export const restXmlBody: BodyFormat = {
  name: 'rest-xml',
  contentType: 'application/xml',
  requestIdHeader: 'x-amz-request-id',
  decode: (shape, members, bytes) =>
    bytes.length === 0 ? {} : (decodeXml({ ...shape, members }, parseXml(bytes)) as Structure),
  decodePayload: (member, bytes) => decodeXml(member.shape, parseXml(bytes)),
  encode: (shape, members, value) =>
    declared(element(shape.traits.xmlName ?? shape.name, encodeMembers(members, value))),
  encodePayload: (member, value) => declared(encodePayload(member, value)),
  encodeError(error, members, { requestId, shape }) {
    const body = (shape?.members ?? []).filter(
      (member) => !member.traits.httpHeader && member.name !== messageName(shape),
    );
    return declared(
      element(
        'Error',
        element('Code', escapeXml(error.code)) +
          element('Message', escapeXml(error.message)) +
          (shape ? encodeMembers(body, members) : unmodelled(error)) +
          element('RequestId', requestId),
      ),
    );
  },
};

/** What S3 tells of errors that its model does not have, such as the signature it would have made. */
function unmodelled({ members }: WireError): string {
  return Object.entries(members)
    .map(([name, value]) => (typeof value === 'string' ? element(name, escapeXml(value)) : ''))
    .join('');
}

function encodePayload(member: Member, value: unknown): string {
  if (member.shape.kind !== 'structure') return encodeMember(member, member.traits.xmlName ?? member.name, value);
  const name = member.traits.xmlName ?? member.shape.traits.xmlName ?? member.shape.name;
  return encodeStructure(member.shape, name, value as Structure, member);
}

function declared(xml: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
}
