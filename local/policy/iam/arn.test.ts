import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arnMatcher, arnParts, resourceMatcher } from './arn.ts';

const resource = (pattern: string, text: string, keys = {}, variables = true) =>
  resourceMatcher(pattern, variables)(text, keys);
const arn = (pattern: string, text: string) => arnMatcher(pattern, true)(text, {});

describe('Resource', () => {
  test.each<[string, string, boolean]>([
    ['*', '*', true],
    ['*', 'arn:aws:s3:::b/k', true],
    ['arn:aws:s3:::b/*', '*', false],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/a/deep/key', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b', false],
    ['arn:aws:s3:::B/*', 'arn:aws:s3:::b/k', false],
    ['arn:aws:s3:::b/*/t?st/*', 'arn:aws:s3:::b/1/2/test/x', true],
    ['arn:aws:s3:::b/*/t?st/*', 'arn:aws:s3:::b/test/x', false],
    // In the last part wildcards run over colons.
    ['arn:aws:lambda:*:*:function:a*c', 'arn:aws:lambda:us-east-1:1:function:ab:c', true],
    ['arn:aws:logs:us-east-1:1:log-group:/x:*', 'arn:aws:logs:us-east-1:1:log-group:/x:log-stream:y', true],
    ['arn:aws:logs:us-east-1:1:log-group:/x:*', 'arn:aws:logs:us-east-1:1:log-group:/x', false],
    [
      'arn:aws:secretsmanager:us-east-1:1:secret:db-??????',
      'arn:aws:secretsmanager:us-east-1:1:secret:db-a1B2c3',
      true,
    ],
    [
      'arn:aws:secretsmanager:us-east-1:1:secret:db-??????',
      'arn:aws:secretsmanager:us-east-1:1:secret:db-other-a1B2c3',
      false,
    ],
    // A star at the end of a part may run over colons …
    ['arn:aws:sqs:*', 'arn:aws:sqs:us-east-1:1:q', true],
    ['arn:aws:sqs:*:q', 'arn:aws:sqs:us-east-1:1:q', true],
    ['arn:*', 'arn:aws:sqs:us-east-1:1:q', true],
    // … one within a part does not, and neither does a single character.
    ['arn:aws:sqs:us-*-1:1:q', 'arn:aws:sqs:us-east-1:1:q', true],
    ['arn:aws:sqs:u*1:q', 'arn:aws:sqs:us-east-1:1:q', false],
    ['arn:aws:s*s:us-east-1:1:q', 'arn:aws:sqs:us-east-1:1:q', true],
    ['arn:aws:sqs?us-east-1:1:q', 'arn:aws:sqs:us-east-1:1:q', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(resource(pattern, text)).toBe(expected);
  });

  test('has variables in policies of the newer version only', () => {
    const pattern = 'arn:aws:s3:::b/${aws:PrincipalTag/Team}/*';
    const keys = { 'aws:principaltag/team': 'red' };
    expect(resource(pattern, 'arn:aws:s3:::b/red/x', keys)).toBe(true);
    expect(resource(pattern, 'arn:aws:s3:::b/blue/x', keys)).toBe(false);
    expect(resource(pattern, 'arn:aws:s3:::b/red/x', keys, false)).toBe(false);
    expect(resource(pattern, 'arn:aws:s3:::b/${aws:PrincipalTag/Team}/x', keys, false)).toBe(true);
  });

  test('a variable’s value is no pattern', () => {
    const keys = { 'aws:principaltag/team': '*' };
    expect(resource('arn:aws:s3:::b/${aws:PrincipalTag/Team}', 'arn:aws:s3:::b/red', keys)).toBe(false);
    expect(resource('arn:aws:s3:::b/${aws:PrincipalTag/Team}', 'arn:aws:s3:::b/*', keys)).toBe(true);
  });

  test('a variable without a value fits nothing, unless it has a default', () => {
    expect(resource('arn:aws:s3:::b/${aws:username}', 'arn:aws:s3:::b/ann')).toBeUndefined();
    expect(
      resource('arn:aws:s3:::b/${aws:username}', 'arn:aws:s3:::b/a', { 'aws:username': ['a', 'b'] }),
    ).toBeUndefined();
    expect(resource("arn:aws:s3:::b/${aws:username, 'nobody'}", 'arn:aws:s3:::b/nobody')).toBe(true);
  });

  test('writes a star, a question mark and a dollar as variables', () => {
    expect(resource('arn:aws:s3:::b/${*}', 'arn:aws:s3:::b/x')).toBe(false);
    expect(resource('arn:aws:s3:::b/${*}${?}${$}*', 'arn:aws:s3:::b/*?$x')).toBe(true);
  });

  test('without a wildcard, matches itself alone', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '-', '/', '.', '$'), maxLength: 4 });
    const arns = fc.array(part, { minLength: 5, maxLength: 6 }).map((parts) => ['arn', ...parts].join(':'));
    fc.assert(fc.property(arns, arns, (one, other) => expect(resource(one, other)).toBe(one === other)));
  });
});

describe('the Arn operators', () => {
  // The documentation's example of where they differ from StringLike.
  test('compare part by part', () => {
    const pattern = 'arn:aws:someservice:*:111122223333:finance/*';
    expect(arn(pattern, 'arn:aws:someservice:us-east-2:111122223333:finance/document.txt')).toBe(true);
    expect(arn(pattern, 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt')).toBe(
      false,
    );
  });

  test.each<[string, string, boolean]>([
    ['arn:aws:execute-api:us-east-1:1:api/*/GET/x', 'arn:aws:execute-api:us-east-1:1:api/prod/GET/x', true],
    ['arn:aws:sns:*:*:*', 'arn:aws:sns:us-east-1:1:t:sub', true],
    ['arn:aws:sns:*', 'arn:aws:sns:us-east-1:1:t', false],
    ['*', 'arn:aws:sns:us-east-1:1:t', true],
    ['*', 'no arn', false],
    ['arn:aws:s3:::b', 'arn:aws:s3:::B', false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(arn(pattern, text)).toBe(expected);
  });
});

test('what comes after the fifth colon is one part', () => {
  expect(arnParts('arn:aws:lambda:r:1:function:f:2')).toEqual(['arn', 'aws', 'lambda', 'r', '1', 'function:f:2']);
  expect(arnParts('arn:aws:lambda')).toBeUndefined();
});
