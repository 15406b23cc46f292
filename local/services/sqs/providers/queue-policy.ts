/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html */
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import { addressOf } from '../place.ts';
import { changeAttributes } from '../queue-operations.ts';
import type { Room } from '../room.ts';

export function queuePolicyProvider(room: Room): Provider {
  const { book } = room;

  function read(request: ResourceRequest) {
    return readProperties(request, (reader) => {
      const queues = reader.texts('Queues');
      if (queues.length === 0) reader.refuse([], 'Queues is required');
      return {
        queues,
        text: policyText(reader.properties['PolicyDocument'], () => reader.refuse([], 'PolicyDocument is required')),
      };
    });
  }

  function put(request: ResourceRequest): readonly string[] {
    const { queues, text } = read(request);
    const { stackName, logicalId } = request;
    for (const url of queues) {
      changeAttributes(room, book.at(url), { Policy: text }, { stackName, logicalId, path: ['PolicyDocument'] });
    }
    return queues;
  }

  /** A URL's host may have changed since, its queue has not. */
  const nameOf = (url: string): string => addressOf(url, room).name;

  /** A queue that went first has taken its policy along. */
  function take(urls: readonly string[]): void {
    for (const url of urls) {
      const queue = book.find(addressOf(url, room));
      if (queue) changeAttributes(room, queue, { Policy: '' });
    }
  }

  return {
    create(request) {
      put(request);
      return { physicalId: request.generatedName, attributes: { Id: request.generatedName } };
    },
    update(request, { physicalId, properties }) {
      const named = new Set(put(request).map(nameOf));
      take(textsOf(properties['Queues']).filter((url) => !named.has(nameOf(url))));
      return { physicalId, attributes: { Id: physicalId } };
    },
    delete: ({ properties }) => take(textsOf(properties['Queues'])),
    unsupported: ({ properties }) => documentFindings(properties['PolicyDocument'], 'resource', ['PolicyDocument']),
  };
}

export function policyText(document: unknown, refuse: () => void): string {
  if (document === undefined || document === null) refuse();
  return typeof document === 'string' ? document : JSON.stringify(document ?? {});
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
