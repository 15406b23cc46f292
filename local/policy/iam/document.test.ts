import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../template/stack.ts';
import { type DocumentKind, MalformedPolicy, readPolicy } from './document.ts';

const GOOD: Readonly<Record<DocumentKind, JsonObject>> = {
  identity: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
  trust: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  resource: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' },
  endpoint: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' },
  key: { Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'kms:*', Resource: '*' },
};

/** What is said of the statement and where, below it; undefined when it can be read. */
function refusal(kind: DocumentKind, statement: JsonObject): string | undefined {
  try {
    readPolicy({ Version: '2012-10-17', Statement: [statement] }, kind);
    return undefined;
  } catch (error) {
    const { message, path } = error as MalformedPolicy;
    return `${path.slice(2).join('.')}: ${message}`;
  }
}

test('what may be written in two ways is kept in the longer one', () => {
  expect(readPolicy({ Statement: GOOD.trust } as Json, 'trust')).toEqual({
    Version: '2008-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
  });
  expect(readPolicy(JSON.stringify({ Statement: GOOD.key }), 'key').Statement[0]).toMatchObject({ Resource: ['*'] });
});

describe('a statement', () => {
  test.each(Object.keys(GOOD) as DocumentKind[])('of kind %s can be read, and lacks nothing', (kind) => {
    expect(refusal(kind, GOOD[kind])).toBeUndefined();
    const optional = kind === 'resource' ? ['Resource'] : [];
    for (const name of Object.keys(GOOD[kind])) {
      const { [name]: _, ...rest } = GOOD[kind];
      if (!optional.includes(name)) expect([name, refusal(kind, rest)]).toEqual([name, expect.any(String)]);
    }
  });

  test.each<[DocumentKind, JsonObject, string]>([
    ['identity', { Principal: '*' }, ': Policy document should not specify a principal.'],
    ['trust', { Resource: '*' }, 'Resource: Has prohibited field Resource'],
    ['identity', { NotResource: '*' }, ': Syntax errors in policy: Resource and NotResource exclude each other'],
    ['resource', { NotResource: '*' }, ': Syntax errors in policy: Resource and NotResource exclude each other'],
    ['identity', { Effect: 'allow' }, 'Effect: Effect must be Allow or Deny, not "allow"'],
    [
      'identity',
      { Action: 'GetObject' },
      'Action: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    ['identity', { Action: [] }, 'Action: Policy statement must contain actions.'],
    [
      'identity',
      { Sid: 'Read it' },
      'Sid: Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    ['resource', { Principal: { Lambda: 'x' } }, 'Principal.Lambda: Invalid principal in policy: "Lambda":"x"'],
    [
      'key',
      { Principal: { AWS: 'arn:aws:iam::123456789012:role/*' } },
      'Principal.AWS: Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*"',
    ],
    [
      'identity',
      { Condition: { StringEqual: { 'aws:SourceVpce': 'x' } } },
      'Condition.StringEqual: Invalid Condition type : StringEqual; did you mean StringEquals?',
    ],
    [
      'identity',
      { Condition: { 'ForAnyValue:StringLikesIfExists': { 'aws:TagKeys': 'x' } } },
      'Condition.ForAnyValue:StringLikesIfExists: Invalid Condition type : ForAnyValue:StringLikesIfExists;' +
        ' did you mean ForAnyValue:StringLikeIfExists?',
    ],
    [
      'identity',
      { Condition: { NullIfExists: { 'aws:TagKeys': 'true' } } },
      'Condition.NullIfExists: Invalid Condition type : NullIfExists',
    ],
  ])('of kind %s with %j is refused: %s', (kind, more, message) => {
    expect(refusal(kind, { ...GOOD[kind], ...more })).toBe(message);
  });

  test('may have a Sid with spaces where it is not IAM’s, and shares it with no other where it is', () => {
    expect(refusal('key', { ...GOOD.key, Sid: 'Enable IAM policies' })).toBeUndefined();
    const twice = { Statement: [GOOD.identity, { ...GOOD.identity, Sid: 'A' }, { ...GOOD.identity, Sid: 'A' }] };
    expect(() => readPolicy(twice, 'identity')).toThrow('Statement IDs (SID) in a single policy must be unique.');
  });
});

test('whatever a document is, it is read or refused as malformed, and nothing else happens', () => {
  const kinds = fc.constantFrom(...(Object.keys(GOOD) as DocumentKind[]));
  const keys = fc.constantFrom(
    'Effect',
    'Action',
    'Resource',
    'Principal',
    'Condition',
    'Sid',
    '__proto__',
    'constructor',
  );
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>('Allow', 's3:*', '*', null, 1, true),
      fc.string(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(keys, fc.string()), tie('value'), { maxKeys: 4 }),
    ),
  }));
  const document = fc.oneof(
    value,
    fc.record({ Version: fc.constant('2012-10-17'), Statement: fc.oneof(value, fc.array(value)) }),
    fc.record({
      Statement: fc.record({ Effect: fc.constant('Allow'), Action: value, Resource: value, Condition: value }),
    }),
  );
  fc.assert(
    fc.property(document, kinds, (json, kind) => {
      try {
        expect(readPolicy(json as Json, kind).Statement.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedPolicy);
      }
    }),
    { numRuns: 500 },
  );
});
