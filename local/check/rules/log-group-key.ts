/**
 * A log group's key must let CloudWatch Logs use it, in its own name.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
import type { Permission } from '../../policy/iam/verdict.ts';
import type { Finding, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';

const NEEDED = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:GenerateDataKey', 'kms:DescribeKey'];

export const logGroupKey: Rule = {
  code: 'log-group-key',
  async find(facts) {
    const { partition, region, accountId, urlSuffix } = facts.stack.pseudo;
    const keys = new Set([...facts.resources.values()].map(({ attributes }) => attributes['Arn']));
    const found: Finding[] = [];
    for (const { logicalId, type, physicalId, properties } of facts.resources.values()) {
      const key = properties['KmsKeyId'];
      if (type !== 'AWS::Logs::LogGroup' || typeof key !== 'string' || !keys.has(key)) continue;
      const group = `arn:${partition}:logs:${region}:${accountId}:log-group:${physicalId}`;
      const context = { 'kms:EncryptionContext:aws:logs:arn': group };
      const denied: string[] = [];
      let first: Extract<Permission, { kind: 'denied' }> | undefined;
      for (const action of NEEDED) {
        const permission = await facts.mayService(`logs.${region}.${urlSuffix}`, { action, resource: key, context });
        if (permission.kind === 'allowed') continue;
        denied.push(action);
        first ??= permission;
      }
      if (!first) continue;
      found.push(
        findingOf(facts, {
          code: 'log-group-key',
          severity: 'error',
          resource: logicalId,
          path: ['KmsKeyId'],
          message: `CloudWatch Logs may not use the key of ${logicalId}, and AWS refuses the group: ${listed(denied)}: ${first.because}`,
          remedy: first.remedy,
        }),
      );
    }
    return found;
  },
};
