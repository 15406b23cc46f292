/** What happens while a pool's function has its say: nobody gains by being there at the same time. */
import crypto from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { claimsOf, type Event, type Fixture, openFixture, PASSWORD, refusal } from './cognito.fixture.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:slow';

let fixture: Fixture;
/** Events that wait to be answered. */
let waiting: ((change?: (event: Event) => Event) => void)[];

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});
beforeEach(() => {
  waiting = [];
  fixture.functions.set(
    FUNCTION,
    (event) => new Promise((resolve) => waiting.push((change = (same) => same) => resolve(change(event)))),
  );
});

async function asked(count: number): Promise<void> {
  while (waiting.length < count) await new Promise((resolve) => setImmediate(resolve));
}

const answer = (change?: (event: Event) => Event): void => {
  for (const resolve of waiting.splice(0)) resolve(change);
};

async function poolWith(LambdaConfig: LambdaConfigType, client: object = {}) {
  const UserPoolId = await fixture.pool({ LambdaConfig });
  return { UserPoolId, ClientId: (await fixture.app(UserPoolId, client)).id };
}

const signIn = (ClientId: string, USERNAME: string, password = PASSWORD) =>
  fixture.client.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: password },
    }),
  );

const TAKEN = /^UsernameExistsException: /;

test('a name that two sign up for is the first one’s, with his password', async () => {
  const { ClientId } = await poolWith({ PreSignUp: FUNCTION });
  const signUp = (Password: string) =>
    fixture.client.send(new SignUpCommand({ ClientId, Username: 'ann', Password })).then(
      ({ UserSub }) => ({ UserSub, Password }),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const both = Promise.all([signUp('Secret-of-1'), signUp('Secret-of-2')]);
  await asked(2);
  answer((event) => ({ ...event, response: { autoConfirmUser: true } }));
  const told = await both;
  const [winner] = told.filter((one) => typeof one === 'object');
  expect(told.filter((one) => typeof one === 'string')).toEqual([expect.stringMatching(TAKEN)]);
  const { AuthenticationResult } = await signIn(ClientId, 'ann', winner?.Password);
  expect(claimsOf(AuthenticationResult?.IdToken)['sub']).toBe(winner?.UserSub);
});

test('nor does an administrator’s user replace the one who was quicker', async () => {
  const { UserPoolId } = await poolWith({ PreSignUp: FUNCTION });
  const create = () =>
    refusal(
      fixture.client.send(new AdminCreateUserCommand({ UserPoolId, Username: 'bob', MessageAction: 'SUPPRESS' })),
    );
  const both = Promise.all([create(), create()]);
  await asked(2);
  answer();
  expect((await both).toSorted()).toEqual([expect.stringMatching(TAKEN), 'it was answered']);
});

test('somebody who is brought over by two sign-ins at once is one user', async () => {
  const { ClientId } = await poolWith({ UserMigration: FUNCTION });
  const both = Promise.all([signIn(ClientId, 'cleo'), signIn(ClientId, 'cleo')]);
  await asked(2);
  const userAttributes = { email: 'cleo@example.com' };
  answer((event) => ({ ...event, response: { userAttributes, finalUserStatus: 'CONFIRMED' } }));
  const subs = (await both).map(({ AuthenticationResult }) => claimsOf(AuthenticationResult?.IdToken)['sub']);
  expect(new Set(subs).size).toBe(1);
  const again = await signIn(ClientId, 'cleo');
  expect(claimsOf(again.AuthenticationResult?.IdToken)['sub']).toBe(subs[0]);
});

test('passwords tried all at once count one by one', async () => {
  const { UserPoolId, ClientId } = await poolWith({ PreAuthentication: FUNCTION });
  await fixture.user(UserPoolId, 'dora');
  const tries = Array.from({ length: 12 }, (_, index) => refusal(signIn(ClientId, 'dora', `wrong ${index}`)));
  await asked(12);
  answer();
  const told = await Promise.all(tries);
  expect(told.filter((said) => said === 'NotAuthorizedException: Password attempts exceeded').length).toBeGreaterThan(
    5,
  );
});

test('who is disabled meanwhile does not get in, and stays disabled', async () => {
  const { UserPoolId, ClientId } = await poolWith({ PreAuthentication: FUNCTION });
  await fixture.user(UserPoolId, 'eve');
  for (const password of [PASSWORD, 'wrong']) {
    const call = refusal(signIn(ClientId, 'eve', password));
    await asked(1);
    await fixture.client.send(new AdminDisableUserCommand({ UserPoolId, Username: 'eve' }));
    answer();
    expect(await call).toBe('NotAuthorizedException: User is disabled.');
  }
});

test.each(['revoked', 'used'])('a refresh token that is %s meanwhile gives nothing, and no successor', async (what) => {
  const rotation = { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } };
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH'];
  const { UserPoolId, ClientId } = await poolWith({ PreTokenGeneration: FUNCTION }, { ...rotation, ExplicitAuthFlows });
  await fixture.user(UserPoolId, 'finn');
  const first = signIn(ClientId, 'finn');
  await asked(1);
  answer();
  const { RefreshToken } = (await first).AuthenticationResult ?? {};
  const refresh = () =>
    fixture.client.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken })).then(
      () => 'refreshed',
      ({ name, message }: Error) => `${name}: ${message}`,
    );
  const calls = what === 'used' ? [refresh(), refresh()] : [refresh()];
  await asked(calls.length);
  if (what === 'revoked') await fixture.client.send(new RevokeTokenCommand({ ClientId, Token: RefreshToken }));
  answer();
  const told = await Promise.all(calls);
  expect(told.filter((said) => said === 'refreshed')).toHaveLength(calls.length - 1);
  expect(told).toContainEqual(
    expect.stringMatching(/^NotAuthorizedException: (?:Refresh Token has been revoked|Invalid Refresh Token)$/),
  );
});

test('who cannot be given a code has not signed up', async () => {
  const UserPoolId = await fixture.pool({ AutoVerifiedAttributes: ['email'] });
  const { id: ClientId } = await fixture.app(UserPoolId);
  const signUp = () =>
    fixture.client.send(
      new SignUpCommand({
        ClientId,
        Username: 'ann',
        Password: PASSWORD,
        UserAttributes: [{ Name: 'email', Value: 'ann@example.com' }],
      }),
    );
  const stopped = jest.spyOn(crypto, 'randomInt').mockImplementation(() => {
    throw new Error('this is where it was killed');
  });
  await expect(signUp()).rejects.toThrow();
  expect(stopped).toHaveBeenCalled();
  stopped.mockRestore();
  const described = fixture.client.send(new AdminGetUserCommand({ UserPoolId, Username: 'ann' }));
  await expect(described).rejects.toThrow(/User does not exist/);
  expect(await signUp()).toMatchObject({ UserConfirmed: false, CodeDeliveryDetails: { DeliveryMedium: 'EMAIL' } });
});

test('a code that could not confirm, as the address is somebody else’s, confirms once that is wanted', async () => {
  const UserPoolId = await fixture.pool({ AutoVerifiedAttributes: ['email'], AliasAttributes: ['email'] });
  const { id: ClientId } = await fixture.app(UserPoolId);
  const UserAttributes = [{ Name: 'email', Value: 'shared@example.com' }];
  const codes: string[] = [];
  for (const Username of ['first', 'second']) {
    await fixture.client.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD, UserAttributes }));
    codes.push(await fixture.lastCode());
  }
  const [first = '', second = ''] = codes;
  await fixture.client.send(new ConfirmSignUpCommand({ ClientId, Username: 'first', ConfirmationCode: first }));
  const confirmation = { ClientId, Username: 'second', ConfirmationCode: second };
  await expect(fixture.client.send(new ConfirmSignUpCommand(confirmation))).rejects.toThrow(/already exists/);
  await fixture.client.send(new ConfirmSignUpCommand({ ...confirmation, ForceAliasCreation: true }));
  const { UserStatus } = await fixture.client.send(new AdminGetUserCommand({ UserPoolId, Username: 'second' }));
  expect(UserStatus).toBe('CONFIRMED');
});
