import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileConditions } from './condition.ts';
import type { RequestKeys } from './contract.ts';
import { OPERATOR_NAMES, readOperator } from './operators.ts';

type Values = string | readonly string[];

function holds(operator: string, key: string, values: Values, keys: RequestKeys, variables = true): boolean {
  const conditions = compileConditions({ [operator]: { [key]: [values].flat() } }, variables);
  return conditions.every((condition) => condition.holds(keys));
}

/** Whether one value of the policy fits one of the request. */
const fits = (operator: string, policy: Values, request: Values) =>
  holds(operator, 'x:Key', policy, { 'x:key': request });

describe('operators', () => {
  test.each<[string, Values, string, boolean]>([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 'A', false],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', ['b', 'a'], 'a', true],
    ['StringNotEquals', ['b', 'a'], 'a', false],
    ['StringNotEquals', ['b', 'c'], 'a', true],
    ['StringEqualsIgnoreCase', 'aB', 'Ab', true],
    ['StringNotEqualsIgnoreCase', 'aB', 'Ab', false],
    ['StringLike', 'a?c*', 'abcd', true],
    ['StringLike', 'a?c*', 'ac', false],
    ['StringLike', 'A*', 'ab', false],
    ['StringNotLike', ['x*', 'a*'], 'ab', false],
    ['StringNotLike', ['x*', 'y*'], 'ab', true],
    ['NumericEquals', '10', '10.0', true],
    ['NumericEquals', '1e1', '10', true],
    ['NumericNotEquals', '10', '11', true],
    ['NumericLessThan', '10', '9.5', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '9', false],
    ['NumericGreaterThan', '9', '10', true],
    ['NumericGreaterThanEquals', '10', '10', true],
    ['DateEquals', '2026-11-21T00:00:00Z', '2026-11-21T01:00:00+01:00', true],
    ['DateEquals', '1795219200', '2026-11-21T00:00:00Z', true],
    ['DateNotEquals', '2026-11-21', '2026-11-22T00:00:00Z', true],
    ['DateLessThan', '2026-11-21', '2026-11-20T23:59:59.999Z', true],
    ['DateLessThanEquals', '2026-11-21', '2026-11-21T00:00:00Z', true],
    ['DateGreaterThan', '2026', '2026-01-01T00:00:00.001Z', true],
    ['DateGreaterThanEquals', '2026-11', '2026-10-31T00:00:00Z', false],
    ['Bool', 'true', 'true', true],
    ['Bool', 'True', 'true', true],
    ['Bool', 'false', 'true', false],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ6', false],
    ['IpAddress', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '203.0.113.9', true],
    ['IpAddress', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '2001:db8:1234:5678::1', true],
    ['IpAddress', '203.0.113.0/24', '203.0.114.9', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.113.9', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.114.9', true],
    ['ArnEquals', 'arn:aws:sns:*:1:t', 'arn:aws:sns:us-east-1:1:t', true],
    ['ArnLike', 'arn:aws:sns:*:1:t', 'arn:aws:sns:us-east-1:2:t', false],
    ['ArnNotEquals', 'arn:aws:sns:*:1:t', 'arn:aws:sns:us-east-1:2:t', true],
    ['ArnNotLike', 'arn:aws:sns:*:1:t', 'arn:aws:sns:us-east-1:1:t', false],
  ])('%s %j and a request with %j: %s', (operator, policy, request, expected) => {
    expect(fits(operator, policy, request)).toBe(expected);
  });

  test('are all there, and written in any case', () => {
    expect(OPERATOR_NAMES).toHaveLength(27);
    for (const name of OPERATOR_NAMES) expect(readOperator(name.toLowerCase())).toBeDefined();
    for (const name of ['StringEqual', 'IfExists', 'ForAllValues:', 'ForSome:StringEquals', 'NullIfExists', '']) {
      expect([name, readOperator(name)]).toEqual([name, undefined]);
    }
  });
});

const REAL = OPERATOR_NAMES.filter((name) => name !== 'Null');
const NEGATED = REAL.filter((name) => name.includes('Not'));

/** A value of the policy that the operator can do something with. */
function usable(operator: string): string {
  if (operator.startsWith('Numeric')) return '1';
  if (operator.startsWith('Date')) return '2026-11-21T00:00:00Z';
  if (operator.startsWith('Bool')) return 'true';
  if (operator.includes('Ip')) return '203.0.113.0/24';
  if (operator.startsWith('Arn')) return 'arn:aws:sns:us-east-1:1:t';
  return 'QQ==';
}

describe('a key that the request does not have', () => {
  test.each(REAL)('%s holds only if it is negated', (operator) => {
    expect(holds(operator, 'x:Key', usable(operator), {})).toBe(NEGATED.includes(operator));
  });

  test.each(REAL)('%sIfExists holds, also of all values; of any value it does not', (operator) => {
    for (const [set, expected] of [
      ['', true],
      ['ForAllValues:', true],
      // Seen on AWS: https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
      ['ForAnyValue:', false],
    ]) {
      expect(holds(`${set}${operator}IfExists`, 'x:Key', usable(operator), {})).toBe(expected);
    }
  });

  test.each(REAL)('ForAllValues:%s holds, ForAnyValue:%s does not', (operator) => {
    for (const keys of [{}, { 'x:key': [] }, { 'x:key': [''] }] as RequestKeys[]) {
      expect(holds(`ForAllValues:${operator}`, 'x:Key', usable(operator), keys)).toBe(true);
      expect(holds(`ForAnyValue:${operator}`, 'x:Key', usable(operator), keys)).toBe(false);
    }
  });

  test('Null says that it is not there', () => {
    expect(holds('Null', 'x:Key', 'true', {})).toBe(true);
    expect(holds('Null', 'x:Key', 'false', {})).toBe(false);
    expect(holds('Null', 'x:Key', 'true', { 'x:key': [] })).toBe(true);
    expect(holds('Null', 'x:Key', 'false', { 'x:key': 'v' })).toBe(true);
    expect(holds('Null', 'x:Key', 'FALSE', { 'x:key': '' })).toBe(true);
    expect(holds('Null', 'x:Key', 'perhaps', {})).toBe(false);
  });

  test('is not one that every object has', () => {
    for (const key of ['constructor', 'toString', '__proto__']) expect(holds('Null', key, 'false', {})).toBe(false);
  });
});

describe('sets of values', () => {
  // The table of the documentation on ForAllValues:StringNotLike.
  test.each<[Values, boolean]>([
    [['key1', 'key2'], false],
    [['key2'], true],
    [['key2', 'key3'], true],
    [[], true],
  ])('ForAllValues:StringNotLike key1* and a request with %j: %s', (request, expected) => {
    expect(fits('ForAllValues:StringNotLike', 'key1*', request)).toBe(expected);
  });

  test('several values for an operator without a set: one has to fit, or none has if it is negated', () => {
    expect(fits('StringEquals', 'a', ['b', 'a'])).toBe(true);
    expect(fits('StringNotEquals', 'a', ['b', 'a'])).toBe(false);
    expect(fits('StringNotEquals', 'a', ['b', 'c'])).toBe(true);
  });

  const values = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
  const policies = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 });

  test('ForAllValues is “each is among them”, ForAnyValue is “one is”; negated, “none is” and “one is not”', () => {
    fc.assert(
      fc.property(values, policies, (request, policy) => {
        const isAmong = (value: (typeof policy)[number]) => policy.includes(value);
        expect(fits('ForAllValues:StringEquals', policy, request)).toBe(request.every(isAmong));
        expect(fits('ForAnyValue:StringEquals', policy, request)).toBe(request.some(isAmong));
        expect(fits('ForAllValues:StringNotEquals', policy, request)).toBe(!request.some(isAmong));
        expect(fits('ForAnyValue:StringNotEquals', policy, request)).toBe(!request.every(isAmong));
      }),
    );
  });

  test('IfExists is the operator itself or the lack of the key', () => {
    const keys = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
    fc.assert(
      fc.property(
        fc.constantFrom('StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'),
        keys,
        policies,
        (operator, value, policy) => {
          const request: RequestKeys = value === undefined ? {} : { 'x:key': value };
          const isAbsent = holds('Null', 'x:Key', 'true', request);
          expect(holds(`${operator}IfExists`, 'x:Key', policy, request)).toBe(
            isAbsent || holds(operator, 'x:Key', policy, request),
          );
        },
      ),
    );
  });

  test('an operator and its opposite never agree on one value that is there', () => {
    const negated = fc.constantFrom(...NEGATED);
    const value = fc.constantFrom(
      'QQ==',
      'b',
      '1',
      '2',
      '2026-11-21',
      '203.0.113.9',
      '192.0.2.1',
      'arn:aws:sns:us-east-1:1:t',
      'arn:a:b:c:d:e',
    );
    fc.assert(
      fc.property(negated, value, (operator, request) => {
        const plain = operator.replace('Not', '').replace('NotIpAddress', 'IpAddress');
        const both = [fits(operator, usable(operator), request), fits(plain, usable(operator), request)];
        // A number that is none is neither.
        if (both.includes(true)) expect(both).toContain(false);
        if (/^(String|Arn|NotIp)/.test(operator)) expect(both).toContain(true);
      }),
    );
  });
});

describe('a value that the operator can do nothing with', () => {
  test.each([
    ['NumericEquals', 'ten'],
    ['NumericNotEquals', '0x10'],
    ['DateLessThan', 'tomorrow'],
    ['DateNotEquals', '2026-13-45'],
    ['Bool', 'yes'],
    ['IpAddress', '203.0.113.0/33'],
    ['NotIpAddress', 'here'],
    ['BinaryEquals', '***'],
  ])('%s %j never holds, whether the key is there or not', (operator, value) => {
    for (const keys of [{ 'x:key': '1' }, {}] as RequestKeys[])
      expect(holds(operator, 'x:Key', value, keys)).toBe(false);
  });

  test('does not spoil its neighbours, unless none of them may match', () => {
    expect(fits('NumericEquals', ['ten', '10'], '10')).toBe(true);
    expect(fits('NumericNotEquals', ['ten', '10'], '11')).toBe(false);
  });

  test('is a number or a date of the request that is none', () => {
    expect(fits('NumericEquals', '1', 'one')).toBe(false);
    expect(fits('NumericNotEquals', '1', 'one')).toBe(false);
    expect(fits('DateNotEquals', '2026-11-21', 'today')).toBe(false);
  });
});

describe('variables in values', () => {
  const keys = { 'x:key': 'red/1', 'aws:principaltag/team': 'red', 'aws:principalarn': 'arn:aws:iam::1:role/r' };

  test('stand for the request’s own values in string, ARN and Bool operators', () => {
    expect(holds('StringLike', 'x:Key', '${aws:PrincipalTag/Team}/*', keys)).toBe(true);
    expect(holds('StringEquals', 'x:Key', '${AWS:principalTAG/team}/1', keys)).toBe(true);
    expect(holds('StringEqualsIgnoreCase', 'x:Key', '${aws:PrincipalTag/Team}/1', { ...keys, 'x:key': 'RED/1' })).toBe(
      true,
    );
    expect(holds('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/${x:role}', { ...keys, 'x:role': 'r' })).toBe(
      true,
    );
    expect(holds('Bool', 'x:Key', '${x:flag}', { 'x:key': 'true', 'x:flag': 'True' })).toBe(true);
    expect(holds('NumericEquals', 'x:Key', '${x:number}', { 'x:key': '1', 'x:number': '1' })).toBe(false);
  });

  test('are text in policies of the older version', () => {
    expect(holds('StringEquals', 'x:Key', '${aws:PrincipalTag/Team}/1', keys, false)).toBe(false);
    expect(holds('StringEquals', 'x:Key', '${y}', { 'x:key': '${y}' }, false)).toBe(true);
  });

  test('without a value hold in neither sense', () => {
    expect(holds('StringEquals', 'x:Key', '${aws:username}', keys)).toBe(false);
    expect(holds('StringNotEquals', 'x:Key', '${aws:username}', keys)).toBe(false);
    expect(holds('StringEquals', 'x:Key', "${aws:username, 'red/1'}", keys)).toBe(true);
  });

  test('may be the characters that mean something', () => {
    expect(holds('StringLike', 'x:Key', '${*}${?}${$}', { 'x:key': '*?$' })).toBe(true);
    expect(holds('StringLike', 'x:Key', '${*}', { 'x:key': 'anything' })).toBe(false);
  });

  test('that are none stand for themselves', () => {
    expect(holds('StringEquals', 'x:Key', 'a${b c, d}', { 'x:key': 'a${b c, d}' })).toBe(true);
    expect(holds('StringEquals', 'x:Key', '${open', { 'x:key': '${open' })).toBe(true);
  });
});

test('keys and operators must all hold, and key names know no case', () => {
  const block = { StringEquals: { 'X:A': ['1'], 'x:b': ['2'] }, Bool: { 'x:C': ['true'] } };
  const all = (keys: RequestKeys) => compileConditions(block, true).every((condition) => condition.holds(keys));
  expect(all({ 'x:a': '1', 'x:b': '2', 'x:c': 'true' })).toBe(true);
  expect(all({ 'x:a': '1', 'x:b': '3', 'x:c': 'true' })).toBe(false);
  expect(all({ 'x:a': '1', 'x:b': '2', 'x:c': 'false' })).toBe(false);
});
