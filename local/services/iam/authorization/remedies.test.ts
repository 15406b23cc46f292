import { expect, test } from '@jest/globals';
import { portableArn } from '../../../policy/iam/remedy.ts';
import type { Evidence } from './evidence.ts';
import { remedyOf, type TemplateNames } from './remedies.ts';

const here = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const place = { stackName: 'shop', logicalId: 'Role', path: ['Policies', 0, 'PolicyDocument'] };
const names: TemplateNames = {
  expressionOf: (arn) => (arn.endsWith(':table/ours') ? { 'Fn::GetAtt': ['Table', 'Arn'] } : undefined),
  portable: (arn) => portableArn(arn, here),
  authorOf: ({ logicalId }) => ({ logicalId, type: 'AWS::IAM::Role' }),
};

/** What a role without the permission is advised to get. */
function advised(resource: string): unknown {
  const arn = 'arn:aws:iam::123456789012:role/shop';
  const source = { kind: 'identity', name: 'inline policy', place } as const;
  const document = { Version: '2012-10-17', Statement: [] } as const;
  const evidence = {
    request: {
      requester: { kind: 'role-session', arn, roleArn: arn, accountId: here.accountId, userId: 'AROA:f' },
      action: 'dynamodb:GetItem',
      resource,
      resourceAccountId: here.accountId,
      keys: {},
    },
    policies: { identity: [{ document, source }] },
    role: { role: { place }, identity: [], trust: { document, source } },
  } as unknown as Evidence;
  const denied = { kind: 'denied', explicit: false, by: 'identity', because: '' } as const;
  const [step] = remedyOf(denied, evidence, names) ?? [];
  return step?.kind === 'add-item' && (step.value as { Resource?: unknown }).Resource;
}

test('a resource is named as the template names it, else so that it is right in every account', () => {
  expect(advised('arn:aws:dynamodb:us-east-1:123456789012:table/ours')).toEqual({ 'Fn::GetAtt': ['Table', 'Arn'] });
  expect(advised('arn:aws:dynamodb:us-east-1:123456789012:table/other')).toEqual({
    'Fn::Sub': 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/other',
  });
  expect(advised('*')).toBe('*');
});
