/** What policies may ask about buses and rules. */
import type { ResourceFacts } from '../../kernel/service.ts';
import { type PolicyDocument, readPolicy } from '../../policy/iam/index.ts';
import type { Room } from './room.ts';

const MOST = 1_000;

export function resourceFacts(room: Room): (arn: string) => ResourceFacts | undefined {
  /** By text: what is made of a document hangs on the document itself. */
  const documents = new Map<string, PolicyDocument>();

  function documentOf(text: string): PolicyDocument {
    let document = documents.get(text);
    if (!document) {
      if (documents.size >= MOST) documents.clear();
      document = readPolicy(text, 'resource');
      documents.set(text, document);
    }
    return document;
  }

  return (arn) => {
    const tags = room.tags.get(arn);
    const bus = arn.includes(':event-bus/') ? room.buses.find(arn) : undefined;
    if (bus?.policy === undefined) return tags && { tags };
    const source = {
      kind: 'resource',
      name: `the policy of event bus ${bus.name}`,
      ...(bus.policyPlace && { place: bus.policyPlace }),
    } as const;
    return { policies: [{ document: documentOf(bus.policy), source }], ...(tags && { tags }) };
  };
}
