/** What policies may ask about a topic: its own policy and its tags. */
import type { ResourceFacts } from '../../kernel/service.ts';
import { MalformedPolicy, type PolicyDocument, readPolicy } from '../../policy/iam/index.ts';
import type { Json } from '../../template/stack.ts';
import type { Topic } from './records.ts';
import type { Repository } from './repository.ts';

export function topicFacts(repository: Repository): (arn: string) => ResourceFacts | undefined {
  /** By topic as it was read: another one is read as soon as anything was written. */
  const known = new WeakMap<Topic, ResourceFacts>();
  return (arn) => {
    const topic = repository.findTopic(arn);
    if (!topic) return undefined;
    let facts = known.get(topic);
    if (!facts) {
      facts = factsOf(topic);
      known.set(topic, facts);
    }
    return facts;
  };
}

function factsOf({ name, policy, policyPlace, tags }: Topic): ResourceFacts {
  return {
    tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    // The default policy lets nobody in whom IAM does not let in: it says nothing.
    ...(policy !== undefined && {
      policies: [
        {
          document: read(policy),
          source: { kind: 'resource', name: `the policy of topic ${name}`, ...(policyPlace && { place: policyPlace }) },
        },
      ],
    }),
  };
}

function read(text: string): PolicyDocument {
  try {
    return readPolicy(JSON.parse(text) as Json, 'resource');
  } catch (error) {
    if (error instanceof MalformedPolicy) return { Version: '2012-10-17', Statement: [] };
    throw error;
  }
}
