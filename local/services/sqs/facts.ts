/** What policies may ask of a queue: its own policy and its tags. */
import type { ResourceFacts } from '../../kernel/service.ts';
import { type PolicyDocument, readPolicy } from '../../policy/iam/index.ts';
import type { QueueBook } from './queues/queue-book.ts';
import type { QueueRecord } from './queues/queue-record.ts';

export function queueFacts(book: QueueBook): (arn: string) => ResourceFacts | undefined {
  /** What is made of a document hangs on the document itself. */
  const documents = new Map<string, PolicyDocument>();
  const known = new WeakMap<QueueRecord, ResourceFacts>();
  const most = 1_000;

  function documentOf(text: string): PolicyDocument {
    let document = documents.get(text);
    if (!document) {
      if (documents.size >= most) documents.clear();
      document = readPolicy(text, 'resource');
      documents.set(text, document);
    }
    return document;
  }

  function factsOf({ name, attributes, tags, policyPlace }: QueueRecord): ResourceFacts {
    const { Policy } = attributes;
    if (Policy === undefined) return { tags };
    const source = {
      kind: 'resource',
      name: `the policy of queue ${name}`,
      ...(policyPlace && { place: policyPlace }),
    } as const;
    return { tags, policies: [{ document: documentOf(Policy), source }] };
  }

  return (arn) => {
    const record = book.findByArn(arn)?.record;
    if (!record) return undefined;
    let facts = known.get(record);
    if (!facts) {
      facts = factsOf(record);
      known.set(record, facts);
    }
    return facts;
  };
}
