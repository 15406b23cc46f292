/** S3's XML: restXml with a namespace at the root, and errors that tell more. */

import type { BodyFormat } from '../rest.ts';
import { restXmlBody } from '../rest-xml.ts';
import { element, encodeMembers, escapeXml } from '../xml-writer.ts';

const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export const s3Body: BodyFormat = {
  ...restXmlBody,
  encode(shape, members, value) {
    const name = shape.traits.xmlName ?? shape.name;
    // The answer to GetBucketLocation is its own only member.
    const content =
      name === 'LocationConstraint' ? escapeXml(String(value[name] ?? '')) : encodeMembers(members, value);
    return DECLARATION + element(name, content, NAMESPACE);
  },
  encodePayload: (member, value) =>
    restXmlBody
      .encodePayload(member, value)
      .replace(/^(<\?xml[^>]*\?>\n<[\w]+)(?=[\s/>])(?! xmlns=)/, `$1${NAMESPACE}`),
  encodeError: (error, _members, { requestId }) =>
    DECLARATION +
    element(
      'Error',
      element('Code', escapeXml(error.code)) +
        element('Message', escapeXml(error.message)) +
        Object.entries(error.members)
          .map(([name, value]) => (typeof value === 'string' ? element(name, escapeXml(value)) : ''))
          .join('') +
        element('RequestId', requestId) +
        element('HostId', hostId(requestId)),
    ),
};

/** `x-amz-id-2`: tells AWS's support where something happened; here no more than which request it was. */
export function hostId(requestId: string): string {
  return Buffer.from(`sampan/${requestId}/${requestId}`).toString('base64');
}
