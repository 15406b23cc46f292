import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerOf } from './caller.ts';

const claims = {
  token_use: 'id',
  email: 'ada@example.com',
  email_verified: 'true',
  'cognito:groups': 'customer',
} as const;

function event(authorizer: unknown, more: object = {}): APIGatewayProxyEvent {
  return { headers: {}, requestContext: { authorizer }, ...more } as unknown as APIGatewayProxyEvent;
}

test.each([
  ['customer', 'customer'],
  ['agent', 'agent'],
  ['customer,agent', 'agent'],
  ['staff,customer', 'customer'],
])('groups %p: %s', (groups, role) => {
  expect(callerOf(event({ claims: { ...claims, 'cognito:groups': groups } }))).toEqual({
    role,
    email: 'ada@example.com',
  });
});

test.each([undefined, null, {}, { claims: null }, { claims: {} }, { claims: { ...claims, token_use: 'access' } }])(
  'with the authorizer %j it is 401',
  (authorizer) => expect(() => callerOf(event(authorizer))).toThrow(expect.objectContaining({ status: 401 })),
);

test.each([
  { 'cognito:groups': undefined },
  { 'cognito:groups': '' },
  { 'cognito:groups': 'agents' },
  { 'cognito:groups': 'Agent' },
  { 'cognito:groups': ['agent'] },
  { email: undefined },
  { email: '' },
  { email_verified: 'false' },
  { email_verified: undefined },
])('with %j it is 403', (changes) => {
  const changed = event({ claims: { ...claims, ...changes } });
  expect(() => callerOf(changed)).toThrow(expect.objectContaining({ status: 403, code: 'ACCESS_DENIED' }));
});

test('nothing that the caller writes makes them somebody', () => {
  const forged = event(undefined, {
    headers: { Authorization: 'x', 'x-amzn-claims': JSON.stringify(claims) },
    body: JSON.stringify({ requestContext: { authorizer: { claims } } }),
    queryStringParameters: { claims: JSON.stringify(claims) },
  });
  expect(() => callerOf(forged)).toThrow(expect.objectContaining({ status: 401 }));
});
