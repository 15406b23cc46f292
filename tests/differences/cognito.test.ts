/** Cognito user pools: what is not there, or is there in another way. */
import {
  CreateIdentityProviderCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeLocalUsers } from '../../local/cli/local-users.ts';
import { createReconciler } from '../../local/kernel/index.ts';
import { type Fixture, openFixture, PASSWORD, refusal } from '../../local/services/cognito/cognito.fixture.ts';
import { stackOf } from '../../local/template/test-stack.ts';

let fixture: Fixture;
let UserPoolId: string;
let ClientId: string;

beforeAll(async () => {
  fixture = await openFixture();
  const VerificationMessageTemplate = {
    DefaultEmailOption: 'CONFIRM_WITH_LINK' as const,
    EmailMessageByLink: 'Press {##here##}',
  };
  UserPoolId = await fixture.pool({ AutoVerifiedAttributes: ['email'], VerificationMessageTemplate });
  ClientId = (await fixture.app(UserPoolId, { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] })).id;
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

test('U1: there are no login pages, no OAuth endpoints, no other identity providers', async () => {
  const provider = { UserPoolId, ProviderName: 'Google', ProviderType: 'Google' as const, ProviderDetails: {} };
  expect(await refusal(fixture.client.send(new CreateIdentityProviderCommand(provider)))).toContain('is not emulated');
  const token = await fetch(`${fixture.cloud.endpoint.url}/oauth2/token`, { method: 'POST' });
  expect(token.status).toBeGreaterThanOrEqual(400);
});

async function signUp(Username: string): Promise<void> {
  const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
  await fixture.client.send(new SignUpCommand({ ClientId, Username, Password: PASSWORD, UserAttributes }));
}

test('U2: mail is kept and shown', async () => {
  const shown: string[] = [];
  const forget = fixture.cloud.kernel.telemetry.onLog((_, { message }) => shown.push(message));
  await signUp('ann');
  forget();
  expect((await fixture.messages()).at(-1)).toMatchObject({ destination: 'ann@example.com' });
  expect(shown).toEqual([expect.stringContaining('mail to ann@example.com')]);
});

test('U4: mail has a code in place of a link', async () => {
  await signUp('bob');
  expect((await fixture.messages()).at(-1)?.body).toMatch(/^Press here \d{6}$/);
});

test('U3: the flow that chooses a first factor is refused', async () => {
  const choose = new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: 'ann' } });
  expect(await refusal(fixture.client.send(choose))).toBe(
    'InvalidParameterException: Initiate Auth method not supported.',
  );
});

test('U5: nobody is told to slow down', async () => {
  const calls = Array.from({ length: 40 }, () => fixture.client.send(new ListUserPoolsCommand({ MaxResults: 1 })));
  await expect(Promise.all(calls)).resolves.toHaveLength(40);
});

test('U6: pools have users from the first start on', async () => {
  const { kernel } = fixture.cloud;
  const reconciler = createReconciler({ kernel });
  const stack = stackOf('Resources: { Users: { Type: AWS::Cognito::UserPool } }');
  await reconciler.apply(stack);
  const { users } = await makeLocalUsers({ kernel, reconciler }, stack);
  expect(users.map(({ name }) => name)).toEqual(['user@example.com']);
});
