import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../template/stack.ts';
import { type DocumentKind, readPolicy } from './document.ts';
import { policyFindings } from './findings.ts';
import { isKnownHere, KEYS_WE_KNOW } from './known-keys.ts';
import { actionExists, conditionKeyType } from './reference.ts';

const findings = async (statement: JsonObject, kind: DocumentKind = 'identity') => {
  const base: JsonObject = { Effect: 'Allow', ...(kind === 'trust' ? { Principal: '*' } : { Resource: '*' }) };
  const document = readPolicy({ Version: '2012-10-17', Statement: [{ ...base, ...statement }] }, kind);
  return (await policyFindings(document, kind)).map(
    ({ path, message, severity }) => `${severity} ${path.join('.')}: ${message}`,
  );
};
const condition = (operator: string, key: string) => ({ Action: 's3:*', Condition: { [operator]: { [key]: 'x' } } });

describe('AWS’s reference', () => {
  test('knows actions and patterns of them, without regard to case', async () => {
    const known = ['*', 'SecretsManager:getsecretvalue', 'xray:PutTraceSegments', 's3:Get*', 'SQS:*queueurl'];
    expect(await Promise.all(known.map(actionExists))).toEqual(known.map(() => true));
    const unknown = ['s3:Nope', 's3:Nope*', 'nope', 'nope:*'];
    expect(await Promise.all(unknown.map(actionExists))).toEqual(unknown.map(() => false));
  });

  test.each([
    ['aws:SourceVpce', 'String'],
    ['AWS:sourcevpce', 'String'],
    ['aws:PrincipalTag/Team', 'String'],
    ['aws:TagKeys', 'ArrayOfString'],
    ['s3:prefix', 'String'],
    ['kms:EncryptionContext:aws:logs:arn', 'String'],
    ['secretsmanager:ResourceTag/Team', 'String'],
    ['s3:ExistingObjectTag/Team', 'String'],
    ['aws:SorceVpce', undefined],
    ['s3:Nope', undefined],
    ['nope:Nope', undefined],
    ['nothing', undefined],
  ])('condition key %s is of type %s', async (key, type) => {
    expect(await conditionKeyType(key)).toBe(type);
  });

  test('has every key that calls here are said to have', async () => {
    const samples = KEYS_WE_KNOW.map((key) => key.replace('*', 'Example'));
    const unknown = await Promise.all(samples.map(async (key) => ((await conditionKeyType(key)) ? [] : [key])));
    expect(unknown.flat()).toEqual([]);
  });
});

describe('said at start', () => {
  test('nothing of a policy that is right and can be followed', async () => {
    const Action = ['s3:Get*', 'dynamodb:GetItem', 'sqs:SENDMESSAGE', 'sqs:SendMessageBatch', '*'];
    expect(await findings({ Action, Condition: { StringLike: { 'aws:principalTag/Team': 'x' } } })).toEqual([]);
    expect(await findings({ NotAction: ['iam:*', 'organizations:*'] })).toEqual([]);
  });

  test('an action that AWS does not have, with the nearest it does', async () => {
    expect(
      await findings({ Action: ['s3:GetObject', 's3:GetObjekt', 'secretmanager:GetSecretValue', 's3:Obtain*'] }),
    ).toEqual([
      'warning Statement.0.Action.1: AWS has no action s3:GetObjekt; did you mean s3:GetObject?',
      'warning Statement.0.Action.2: no AWS service has actions that begin with secretmanager:; did you mean secretsmanager:?',
      expect.stringMatching(
        /^warning Statement.0.Action.3: AWS has no action that matches s3:Obtain\* \(as of 20\d\d-\d\d-\d\d\)$/,
      ),
    ]);
    expect(await findings({ NotAction: 'whatisthis:Do' })).toEqual([
      expect.stringContaining('no AWS service has actions that begin with whatisthis: (as of '),
    ]);
  });

  test('a condition key that nobody knows, with the nearest one', async () => {
    expect(await findings(condition('StringEquals', 'aws:SorceVpce'))).toEqual([
      'warning Statement.0.Condition.StringEquals.aws:SorceVpce: AWS has no condition key aws:SorceVpce, so that no request has it; did you mean aws:SourceVpce?',
    ]);
    expect(await findings(condition('StringEquals', 'nonsense'))).toEqual([
      expect.stringContaining('AWS has no condition key nonsense, so that no request has it (as of '),
    ]);
  });

  test('a condition key that AWS knows and no call here has', async () => {
    expect(await findings(condition('NumericLessThan', 'aws:MultiFactorAuthAge'))).toEqual([
      "notice Statement.0.Condition.NumericLessThan.aws:MultiFactorAuthAge: condition key aws:MultiFactorAuthAge is not known here: the statement's condition counts as if the key were absent",
    ]);
  });

  test('a key of an identity provider of the account’s own, in a trust policy', async () => {
    const statement = (key: string) => ({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [key]: 'x' } },
    });
    expect(await findings(statement('idp.example.com/realm:aud'), 'trust')).toEqual([
      expect.stringMatching(/^notice /),
    ]);
    expect(await findings(statement('token.actions.githubusercontent.com:sub'), 'trust')).toEqual([
      expect.stringMatching(/^notice /),
    ]);
  });
});

test('keys of tags and of encryption contexts are known whatever they name', () => {
  expect(isKnownHere('AWS:ResourceTag/anything')).toBe(true);
  expect(isKnownHere('kms:EncryptionContext:aws:logs:arn')).toBe(true);
  expect(isKnownHere('aws:ResourceTags')).toBe(false);
});
