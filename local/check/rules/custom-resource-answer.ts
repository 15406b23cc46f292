/**
 * Functions of custom resources answer CloudFormation by a PUT to its S3 bucket. From a VPC that cannot get there, or
 * through an endpoint that does not allow it, no answer comes, and the stack waits for an hour.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-customresource-vpc-endpoints.html
 */
import type { Facts, Finding, FunctionFacts, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';
import { customResourcesOf } from './endpoints.ts';

const CODE = 'custom-resource-answer';

export const customResourceAnswer: Rule = {
  code: CODE,
  async find(facts) {
    const found: Finding[] = [];
    for (const caller of facts.functions) {
      const resources = customResourcesOf(facts.resources, caller.arn).map(({ logicalId }) => logicalId);
      if (resources.length > 0) found.push(...(await answerOf(facts, caller, resources)));
    }
    return found;
  },
};

async function answerOf(facts: Facts, caller: FunctionFacts, resources: readonly string[]): Promise<Finding[]> {
  const verdict = facts.reach(caller, { kind: 'aws-service', service: 's3', port: 443 });
  const whose = `${caller.logicalId} cannot answer CloudFormation for ${listed(resources)}, and the stack waits for an hour`;
  if (verdict.kind === 'no') {
    return [
      findingOf(facts, {
        code: CODE,
        severity: 'error',
        resource: caller.logicalId,
        path: ['VpcConfig'],
        message: `${whose}: ${verdict.reason}`,
        remedy: verdict.remedy,
      }),
    ];
  }
  if (verdict.kind === 'unknown') return [];
  const refusal = await facts.mayAnswer(caller);
  if (refusal.kind === 'allowed') return [];
  const place = refusal.deciding?.source.place ?? verdict.via?.policy?.source.place;
  return [
    findingOf(facts, {
      code: CODE,
      severity: 'error',
      resource: place?.logicalId ?? caller.logicalId,
      ...(place && { path: place.path }),
      message: `${whose}: ${refusal.because}`,
      remedy: refusal.remedy,
    }),
  ];
}
