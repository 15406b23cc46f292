/** What policies may ask about functions, their versions and aliases, and layers: who may use them, and their tags. */
import type { ResourceFacts, ServiceContext } from '../../kernel/service.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { type Policy, readPolicy } from '../../policy/iam/index.ts';
import type { LambdaRecords, PolicyStatement } from './records.ts';

const MOST = 1_000;

/** Read once, and again when something of this service was written. */
export function lambdaFacts(
  records: LambdaRecords,
  store: ServiceContext['store'],
): (arn: string) => ResourceFacts | undefined {
  const known = new Map<string, ResourceFacts>();
  // Not of the whole service: events that wait for their functions are written all the time.
  const revision = (): number =>
    store.writes('lambda', 'tags') + store.writes('lambda', 'policies') + store.writes('lambda', 'layer-permissions');
  let seen = revision();

  function read(arn: string): ResourceFacts {
    const policies = arn.includes(':layer:') ? layerPolicies(arn) : functionPolicies(arn);
    const tags = records.tags.get(unqualified(arn));
    return { ...(policies.length > 0 && { policies }), ...(tags && { tags }) };
  }

  /** A statement each: every one comes from a permission of its own. */
  function functionPolicies(arn: string): Policy[] {
    const { statements = [], places = {} } = records.policies.get(arn) ?? {};
    return statements.map((statement) => policyOf(statement, arn, places[statement.Sid]));
  }

  function layerPolicies(arn: string): Policy[] {
    return records.layerPermissions
      .list()
      .filter(({ value }) => value.layerVersionArn === arn)
      .map(({ value }) => policyOf(value.statement, arn));
  }

  return (arn) => {
    const now = revision();
    if (now !== seen || known.size >= MOST) {
      known.clear();
      seen = now;
    }
    let facts = known.get(arn);
    if (!facts) {
      facts = read(arn);
      known.set(arn, facts);
    }
    return facts;
  };
}

function policyOf(statement: PolicyStatement, arn: string, place?: TemplatePlace): Policy {
  return {
    document: readPolicy({ Version: '2012-10-17', Statement: [{ ...statement }] }, 'resource'),
    source: { kind: 'resource', name: `the policy of ${arn}`, ...(place && { place }) },
  };
}

/** A version's and an alias's tags are the function's, a layer version's the layer's. */
function unqualified(arn: string): string {
  return arn.split(':', 7).join(':');
}
