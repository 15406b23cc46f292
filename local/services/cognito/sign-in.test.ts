import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  ChangePasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandInput,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { claimsOf, type Fixture, openFixture, PASSWORD, refusal } from './cognito.fixture.ts';

const HOUR_MS = 3_600_000;

describe('signing in', () => {
  let fixture: Fixture;
  let UserPoolId: string;
  let ClientId: string;
  let count = 0;

  beforeAll(async () => {
    fixture = await openFixture();
    UserPoolId = await fixture.pool({ UsernameConfiguration: { CaseSensitive: false } });
    ClientId = (await fixture.app(UserPoolId)).id;
  });

  afterAll(() => fixture[Symbol.asyncDispose]());

  async function someone(): Promise<string> {
    count += 1;
    const username = `user${count}`;
    await fixture.user(UserPoolId, username);
    return username;
  }

  const byPassword = (USERNAME: string, password = PASSWORD, more: Partial<InitiateAuthCommandInput> = {}) =>
    fixture.client.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: password, ...more.AuthParameters },
        ...(more.ClientId && { ClientId: more.ClientId }),
      }),
    );

  const refresh = (REFRESH_TOKEN: string | undefined) =>
    fixture.client.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: REFRESH_TOKEN ?? '' },
      }),
    );

  describe('by SRP, with the client library that browsers use', () => {
    /** In a process of its own: its arithmetic is a hundred times slower among Jest's globals. */
    async function browser(signIns: readonly object[]): Promise<readonly Record<string, string>[]> {
      const program = join(process.cwd(), 'local/services/cognito/browser.fixture.mjs');
      const question = JSON.stringify({ endpoint: fixture.cloud.endpoint.url, UserPoolId, signIns });
      const { stdout } = await promisify(execFile)(process.execPath, [program, question]);
      return JSON.parse(stdout);
    }

    it('gives tokens for the right password, and says as little of users who are not there as of wrong ones', async () => {
      const username = await someone();
      const hiding = await fixture.app(UserPoolId, { PreventUserExistenceErrors: 'ENABLED' });
      const temporary = { UserPoolId, Username: 'invited', TemporaryPassword: PASSWORD };
      await fixture.client.send(new AdminCreateUserCommand({ ...temporary, MessageAction: 'SUPPRESS' }));
      const [right, wrong, hidden, unknown, invited] = await browser([
        { ClientId, username: username.toUpperCase(), password: PASSWORD },
        { ClientId, username, password: 'Wrong-1234' },
        { ClientId: hiding.id, username: 'nobody', password: PASSWORD },
        { ClientId, username: 'nobody', password: PASSWORD },
        { ClientId, username: 'invited', password: PASSWORD, newPassword: 'Another-123' },
      ]);
      expect(claimsOf(right?.['idToken'])).toMatchObject({
        'cognito:username': username,
        email: `${username}@example.com`,
        email_verified: true,
      });
      const refused = { code: 'NotAuthorizedException', message: 'Incorrect username or password.' };
      expect(wrong).toEqual(refused);
      expect(hidden).toEqual(refused);
      expect(unknown).toEqual({ code: 'UserNotFoundException', message: 'User does not exist.' });
      expect(claimsOf(invited?.['idToken'])).toMatchObject({ 'cognito:username': 'invited' });
      expect((await byPassword('invited', 'Another-123')).AuthenticationResult).toBeDefined();
    });

    it('takes no public value that would give the session away', async () => {
      const USERNAME = await someone();
      const AuthParameters = { USERNAME, SRP_A: '0' };
      const call = fixture.client.send(
        new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters }),
      );
      expect(await refusal(call)).toBe('InvalidParameterException: Invalid SRP_A');
    });
  });

  it('gives tokens that other people can verify', async () => {
    const username = await someone();
    const { AuthenticationResult: tokens } = await byPassword(username);
    const jwks = await (await fetch(`${fixture.cloud.endpoint.url}/${UserPoolId}/.well-known/jwks.json`)).json();
    // Its clock is the machine's, the pool's stands at noon.
    const verifier = CognitoJwtVerifier.create({ userPoolId: UserPoolId, clientId: ClientId, graceSeconds: 1e9 });
    verifier.cacheJwks(jwks as never);
    const id = await verifier.verify(tokens?.IdToken ?? '', { tokenUse: 'id', clientId: ClientId });
    expect(id).toMatchObject({ 'cognito:username': username });
    const access = await verifier.verify(tokens?.AccessToken ?? '', { tokenUse: 'access', clientId: ClientId });
    expect(access).toMatchObject({ username, scope: 'aws.cognito.signin.user.admin' });
    const forged = `${tokens?.IdToken?.slice(0, -4)}AAAA`;
    await expect(verifier.verify(forged, { tokenUse: 'id', clientId: ClientId })).rejects.toThrow();
  });

  it('says in tokens what AWS says, and nothing else', async () => {
    const { AuthenticationResult: tokens } = await byPassword(await someone());
    const iss = `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`;
    const now = fixture.cloud.clock.now() / 1000;
    const id = claimsOf(tokens?.IdToken);
    const access = claimsOf(tokens?.AccessToken);
    expect(id).toMatchObject({ iss, aud: ClientId, token_use: 'id', auth_time: now, iat: now, exp: now + 3600 });
    expect(Object.keys(id).toSorted()).toEqual(
      'aud auth_time cognito:username email email_verified event_id exp iat iss jti origin_jti sub token_use'.split(
        ' ',
      ),
    );
    expect(access).toMatchObject({ iss, client_id: ClientId, token_use: 'access', origin_jti: id['origin_jti'] });
    expect(Object.keys(access).toSorted()).toEqual(
      'auth_time client_id event_id exp iat iss jti origin_jti scope sub token_use username'.split(' '),
    );
    expect(tokens).toMatchObject({ ExpiresIn: 3600, TokenType: 'Bearer' });
    expect(tokens?.RefreshToken?.split('.')).toHaveLength(5);
  });

  it('refreshes tokens until they are revoked or expire', async () => {
    const username = await someone();
    const { AuthenticationResult: first } = await byPassword(username);
    await fixture.cloud.clock.advance(HOUR_MS);
    expect(await refusal(fixture.client.send(new GetUserCommand({ AccessToken: first?.AccessToken ?? '' })))).toBe(
      'NotAuthorizedException: Access Token has expired',
    );
    const { AuthenticationResult: second } = await refresh(first?.RefreshToken);
    expect(second?.RefreshToken).toBeUndefined();
    expect(claimsOf(second?.AccessToken)).toMatchObject({ auth_time: claimsOf(first?.AccessToken)['auth_time'] });
    await fixture.client.send(new GetUserCommand({ AccessToken: second?.AccessToken ?? '' }));
    await fixture.client.send(new RevokeTokenCommand({ ClientId, Token: first?.RefreshToken ?? '' }));
    expect(await refusal(refresh(first?.RefreshToken))).toBe('NotAuthorizedException: Refresh Token has been revoked');
    expect(await refusal(fixture.client.send(new GetUserCommand({ AccessToken: second?.AccessToken ?? '' })))).toBe(
      'NotAuthorizedException: Access Token has been revoked',
    );
    const { AuthenticationResult: third } = await byPassword(username);
    await fixture.cloud.clock.advance(30 * 24 * HOUR_MS);
    expect(await refusal(refresh(third?.RefreshToken))).toBe('NotAuthorizedException: Refresh Token has expired');
    expect(await refusal(refresh('nonsense'))).toBe('NotAuthorizedException: Invalid Refresh Token');
  });

  it('ends everywhere by a global sign-out, and begins again at once', async () => {
    const Username = await someone();
    const { AuthenticationResult: before } = await byPassword(Username);
    await fixture.client.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username }));
    expect(await refusal(refresh(before?.RefreshToken))).toBe('NotAuthorizedException: Refresh Token has been revoked');
    expect(await refusal(fixture.client.send(new GetUserCommand({ AccessToken: before?.AccessToken ?? '' })))).toBe(
      'NotAuthorizedException: Access Token has been revoked',
    );
    const { AuthenticationResult: after } = await byPassword(Username);
    await fixture.client.send(new GetUserCommand({ AccessToken: after?.AccessToken ?? '' }));
  });

  it('costs time after five wrong passwords, twice as much after each further one', async () => {
    const username = await someone();
    const wrong = () => refusal(byPassword(username, 'Wrong-1234'));
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await wrong()).toBe('NotAuthorizedException: Incorrect username or password.');
    }
    expect(await refusal(byPassword(username))).toBe('NotAuthorizedException: Password attempts exceeded');
    await fixture.cloud.clock.advance(1_000);
    await wrong();
    await fixture.cloud.clock.advance(1_000);
    expect(await refusal(byPassword(username))).toBe('NotAuthorizedException: Password attempts exceeded');
    await fixture.cloud.clock.advance(1_000);
    expect((await byPassword(username)).AuthenticationResult).toBeDefined();
  });

  it('with a client that has a secret takes its hash', async () => {
    const USERNAME = await someone();
    const { id, secret = '' } = await fixture.app(UserPoolId, { GenerateSecret: true });
    const SECRET_HASH = createHmac('sha256', secret).update(`${USERNAME}${id}`).digest('base64');
    const signIn = (more: Record<string, string>) =>
      byPassword(USERNAME, PASSWORD, { ClientId: id, AuthParameters: { USERNAME, PASSWORD, ...more } });
    expect((await signIn({ SECRET_HASH })).AuthenticationResult).toBeDefined();
    expect(await refusal(signIn({}))).toBe(
      `NotAuthorizedException: Client ${id} is configured with secret but SECRET_HASH was not received`,
    );
    expect(await refusal(signIn({ SECRET_HASH: 'AAAA' }))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${id}`,
    );
  });

  it('goes by the flows that the client allows', async () => {
    const USERNAME = await someone();
    const { id } = await fixture.app(UserPoolId, { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] });
    expect(await refusal(byPassword(USERNAME, PASSWORD, { ClientId: id }))).toBe(
      'InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client',
    );
    const AuthParameters = { USERNAME, PASSWORD };
    const admin = { UserPoolId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters } as const;
    expect(await refusal(fixture.client.send(new AdminInitiateAuthCommand({ ...admin, ClientId: id })))).toBe(
      'InvalidParameterException: Auth flow not enabled for this client',
    );
    const signedIn = await fixture.client.send(new AdminInitiateAuthCommand({ ...admin, ClientId }));
    expect(signedIn.AuthenticationResult).toBeDefined();
    const asUser = new InitiateAuthCommand({ ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters });
    expect(await refusal(fixture.client.send(asUser))).toBe(
      'InvalidParameterException: Initiate Auth method not supported.',
    );
  });

  it('is closed to the disabled, and to those whose password was reset or has run out', async () => {
    const disabled = await someone();
    await fixture.client.send(new AdminDisableUserCommand({ UserPoolId, Username: disabled }));
    expect(await refusal(byPassword(disabled))).toBe('NotAuthorizedException: User is disabled.');
    const reset = await someone();
    await fixture.client.send(new AdminResetUserPasswordCommand({ UserPoolId, Username: reset }));
    expect(await refusal(byPassword(reset))).toBe(
      'PasswordResetRequiredException: Password reset required for the user',
    );
    const late = await someone();
    await fixture.client.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: late, Password: PASSWORD, Permanent: false }),
    );
    await fixture.cloud.clock.advance(7 * 24 * HOUR_MS);
    expect(await refusal(byPassword(late))).toBe(
      'NotAuthorizedException: Temporary password has expired and must be reset by an administrator.',
    );
  });

  it('forgets a challenge after three minutes, and once it is answered', async () => {
    const Username = await someone();
    const temporary = { UserPoolId, Username, Password: PASSWORD, Permanent: false };
    await fixture.client.send(new AdminSetUserPasswordCommand(temporary));
    const answer = (Session: string | undefined, NEW_PASSWORD = 'Another-123') =>
      fixture.client.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          Session,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          ChallengeResponses: { USERNAME: Username, NEW_PASSWORD },
        }),
      );
    const first = await byPassword(Username);
    expect(first).toMatchObject({
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      ChallengeParameters: { USER_ID_FOR_SRP: Username, requiredAttributes: '[]' },
    });
    await fixture.cloud.clock.advance(180_000);
    expect(await refusal(answer(first.Session))).toBe(
      'NotAuthorizedException: Invalid session for the user, session is expired.',
    );
    const { Session } = await byPassword(Username);
    expect(await refusal(answer(Session, 'short'))).toBe(
      'InvalidPasswordException: Password did not conform with password policy: Password not long enough',
    );
    const { AuthenticationResult } = await answer(Session);
    expect(await refusal(answer(Session))).toBe('NotAuthorizedException: Invalid session for the user.');
    const AccessToken = AuthenticationResult?.AccessToken ?? '';
    await fixture.client.send(
      new ChangePasswordCommand({ AccessToken, PreviousPassword: 'Another-123', ProposedPassword: PASSWORD }),
    );
    expect((await byPassword(Username)).AuthenticationResult).toBeDefined();
  });
});
