/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queueinlinepolicy.html */
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import { addressOf } from '../place.ts';
import { changeAttributes } from '../queue-operations.ts';
import type { Room } from '../room.ts';
import { policyText } from './queue-policy.ts';

export function inlinePolicyProvider(room: Room): Provider {
  const { book } = room;

  function put(request: ResourceRequest) {
    const { queue, text } = readProperties(request, (reader) => ({
      queue: reader.requiredText('Queue'),
      text: policyText(reader.properties['PolicyDocument'], () => reader.refuse([], 'PolicyDocument is required')),
    }));
    const { stackName, logicalId } = request;
    changeAttributes(room, book.at(queue), { Policy: text }, { stackName, logicalId, path: ['PolicyDocument'] });
    return { physicalId: queue };
  }

  return {
    create: put,
    update(request, { physicalId }) {
      const made = put(request);
      // A URL's host may have changed since, its queue has not.
      const isSame = addressOf(made.physicalId, room).name === addressOf(physicalId, room).name;
      return isSame ? { physicalId } : made;
    },
    delete({ physicalId }) {
      const queue = book.find(addressOf(physicalId, room));
      if (queue) changeAttributes(room, queue, { Policy: '' });
    },
    unsupported: ({ properties }) => documentFindings(properties['PolicyDocument'], 'resource', ['PolicyDocument']),
  };
}
