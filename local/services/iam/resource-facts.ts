/** What policies may ask about IAM's own resources: whom a role trusts, and its tags. */
import type { ResourceFacts } from '../../kernel/service.ts';
import { trustPolicy } from './authorization/role-policies.ts';
import type { IamRecords, Role } from './records.ts';

export function iamFacts(records: IamRecords): (arn: string) => ResourceFacts | undefined {
  let facts = new Map<string, ResourceFacts | undefined>();
  let revision = records.revision();

  return (arn) => {
    const now = records.revision();
    if (now !== revision || facts.size >= MOST) {
      facts = new Map();
      revision = now;
    }
    if (!facts.has(arn)) facts.set(arn, read(arn));
    return facts.get(arn);
  };

  function read(arn: string): ResourceFacts | undefined {
    if (!arn.includes(':role/')) return undefined;
    const role = records.roles.get(arn.slice(arn.lastIndexOf('/') + 1));
    if (role?.arn !== arn) return undefined;
    const tags = tagsOf(role);
    // The tags of a role go by this name whatever service is asked about it, STS included.
    const keys = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`iam:ResourceTag/${key}`, value]));
    return { policies: [trustPolicy(role)], tags, keys };
  }
}

const MOST = 1_000;

const tagsOf = ({ tags }: Role): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [String(Key), String(Value ?? '')]));
