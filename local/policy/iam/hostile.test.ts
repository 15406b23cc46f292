/** Policies are data, and some of what they are held against comes from callers: neither may keep us busy. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../template/stack.ts';
import type { AuthorizationRequest, PolicySet } from './contract.ts';
import { decide, explain, readPolicy } from './index.ts';
import { OPERATOR_NAMES } from './operators.ts';

const ACCOUNT = '123456789012';
const request: AuthorizationRequest = {
  requester: { kind: 'role-session', arn: 's', roleArn: 'r', accountId: ACCOUNT, userId: 'i:s' },
  action: 's3:GetObject',
  resource: `arn:aws:s3:::bucket/${'a'.repeat(1_000)}`,
  resourceAccountId: ACCOUNT,
  keys: { 'x:key': 'a'.repeat(20_000), 'x:list': Array.from({ length: 200 }, (_, index) => `value-${index}`) },
};

const setOf = (...statements: Json[]): PolicySet => ({
  identity: [
    {
      document: readPolicy({ Version: '2012-10-17', Statement: statements }, 'identity'),
      source: { kind: 'identity', name: 'it' },
    },
  ],
});
const ALLOW = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
const when = (operator: string, key: string, value: Json) => ({
  ...ALLOW,
  Condition: { [operator]: { [key]: value } },
});

/** The processor's time, ms: others use it too. */
function timed(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

test.each<[string, Json]>([
  ['an action of 10,000 stars', { ...ALLOW, Action: `s3:${'*a'.repeat(10_000)}` }],
  ['a resource of 10,000 stars', { ...ALLOW, Resource: `arn:aws:s3:::${'*a'.repeat(10_000)}b` }],
  ['a resource of 10,000 colons', { ...ALLOW, Resource: `arn${':*'.repeat(10_000)}` }],
  ['a resource of 10,000 variables', { ...ALLOW, Resource: `arn:aws:s3:::${"${x:none, 'a'}*".repeat(10_000)}` }],
  ['variables that never end', when('StringLike', 'x:Key', '${'.repeat(50_000))],
  ['variables within variables', when('StringLike', 'x:Key', `${'${x:key, '.repeat(10_000)}${'}'.repeat(10_000)}`)],
  ['a variable of spaces', when('StringEquals', 'x:Key', `\${${' '.repeat(50_000)}a b}`)],
  ['a value of 10,000 stars', when('StringLike', 'x:Key', `${'*a'.repeat(10_000)}b`)],
  [
    '10,000 values against 200',
    when(
      'ForAllValues:StringLike',
      'x:List',
      Array.from({ length: 10_000 }, (_, i) => `*${i}-*`),
    ),
  ],
  ['a number of 50,000 digits', when('NumericEquals', 'x:Key', `${'1'.repeat(50_000)}x`)],
  ['a date of 50,000 digits', when('DateEquals', 'x:Key', `${'1'.repeat(50_000)}x`)],
  ['an address of 50,000 groups', when('IpAddress', 'x:Key', `${'1:'.repeat(50_000)}/1`)],
  ['an ARN of 50,000 parts', when('ArnLike', 'x:Key', `arn${':*'.repeat(50_000)}`)],
])('%s is decided in a moment', (_what, statement) => {
  const set = setOf(statement);
  expect(timed(() => decide(request, set))).toBeLessThan(1_000);
  expect(timed(() => explain(request, set))).toBeLessThan(1_000);
});

test('a number that a caller sends is read in a moment', () => {
  const keys = { 'x:key': `${'1'.repeat(100_000)}x` };
  for (const operator of OPERATOR_NAMES.filter((name) => name !== 'Null')) {
    const set = setOf(when(operator, 'x:Key', '1'));
    expect(timed(() => decide({ ...request, keys }, set))).toBeLessThan(250);
  }
});

test('whatever stands in a policy and in a request, there is an answer, and the same twice', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '*',
      '?',
      '${',
      '${aws:username}',
      'arn:aws:s3:::*',
      '1',
      'true',
      '2026-11-21',
      '10.0.0.0/8',
      '__proto__',
    ),
  );
  const operator = fc
    .tuple(fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'), fc.constantFrom(...OPERATOR_NAMES))
    .map(([set, name]) => set + name);
  const key = fc.constantFrom('x:Key', 'x:List', 'x:Other', '__proto__', 'constructor', 'aws:PrincipalTag/${x}');
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.array(
      text.map((one) => `s3:${one}x`),
      { minLength: 1, maxLength: 3 },
    ),
    Resource: fc.array(text, { maxLength: 3 }),
    Condition: fc.dictionary(operator, fc.dictionary(key, fc.array(text, { maxLength: 3 }), { maxKeys: 2 }), {
      maxKeys: 3,
    }),
  });
  const keys = fc.dictionary(
    fc.constantFrom('x:key', 'x:list', 'x:other'),
    fc.oneof(text, fc.array(text, { maxLength: 3 })),
  );
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), text, keys, (statements, resource, some) => {
      const set = setOf(...(statements as Json[]));
      const asked = { ...request, resource, keys: some };
      const decision = decide(asked, set);
      expect(['allowed', 'denied']).toContain(decision.kind);
      expect(explain(asked, set).decision).toEqual(decision);
    }),
    { numRuns: 500 },
  );
});

test('more policies never allow what a Deny forbids, and fewer Allows never allow more', () => {
  const action = fc.constantFrom('s3:*', 's3:GetObject', 's3:Put*', '*');
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: action,
    Resource: fc.constantFrom('*', 'arn:aws:s3:::bucket/*', 'arn:aws:s3:::other/*'),
  });
  fc.assert(
    fc.property(fc.array(statement, { minLength: 2, maxLength: 6 }), fc.nat(), (statements, at) => {
      const whole = decide(request, setOf(...(statements as Json[])));
      const without = statements.toSpliced(at % statements.length, 1);
      const removed = statements[at % statements.length];
      const rest = decide(request, setOf(...(without as Json[])));
      if (removed?.Effect === 'Allow' && whole.kind === 'denied') expect(rest.kind).toBe('denied');
      if (removed?.Effect === 'Deny' && whole.kind === 'allowed') expect(rest.kind).toBe('allowed');
    }),
  );
});
