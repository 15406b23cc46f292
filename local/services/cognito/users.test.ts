import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  AssociateSoftwareTokenCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  VerifySoftwareTokenCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Secret, TOTP } from 'otpauth';
import { claimsOf, type Fixture, openFixture, PASSWORD, refusal } from './cognito.fixture.ts';

describe('users', () => {
  let fixture: Fixture;
  let UserPoolId: string;
  let ClientId: string;
  let count = 0;

  beforeAll(async () => {
    fixture = await openFixture();
    UserPoolId = await fixture.pool({
      AutoVerifiedAttributes: ['email'],
      AliasAttributes: ['email'],
      Schema: [
        { Name: 'tenant', AttributeDataType: 'String', Mutable: false, StringAttributeConstraints: { MaxLength: '8' } },
        { Name: 'level', AttributeDataType: 'Number', Mutable: true, NumberAttributeConstraints: { MaxValue: '9' } },
      ],
    });
    ClientId = (await fixture.app(UserPoolId)).id;
  });

  afterAll(() => fixture[Symbol.asyncDispose]());

  const newName = () => {
    count += 1;
    return `person${String(count).padStart(2, '0')}`;
  };

  const signUp = (Username: string, more: object = {}) =>
    fixture.client.send(
      new SignUpCommand({
        ClientId,
        Username,
        Password: PASSWORD,
        UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
        ...more,
      }),
    );

  const signIn = (USERNAME: string, password = PASSWORD, client = ClientId) =>
    fixture.client.send(
      new InitiateAuthCommand({
        ClientId: client,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: password },
      }),
    );

  const confirm = async (Username: string, ConfirmationCode?: string) =>
    fixture.client.send(
      new ConfirmSignUpCommand({
        ClientId,
        Username,
        ConfirmationCode: ConfirmationCode ?? (await fixture.lastCode()),
      }),
    );

  async function signedIn(): Promise<{ Username: string; AccessToken: string }> {
    const Username = newName();
    await fixture.user(UserPoolId, Username);
    const { AuthenticationResult } = await signIn(Username);
    return { Username, AccessToken: AuthenticationResult?.AccessToken ?? '' };
  }

  it('sign up, and are let in when they have shown that their address is theirs', async () => {
    const Username = newName();
    const { UserSub, CodeDeliveryDetails } = await signUp(Username);
    expect(CodeDeliveryDetails).toEqual({ Destination: 'p***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' });
    expect((await fixture.messages()).at(-1)).toMatchObject({
      destination: `${Username}@example.com`,
      subject: 'Your verification code',
      body: expect.stringMatching(/^Your verification code is \d{6}\. $/),
    });
    expect(await refusal(signIn(Username))).toBe('UserNotConfirmedException: User is not confirmed.');
    expect(await refusal(confirm(Username, '000'))).toBe(
      'CodeMismatchException: Invalid verification code provided, please try again.',
    );
    await confirm(Username);
    const { AuthenticationResult } = await signIn(`${Username}@example.com`);
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({ sub: UserSub, email_verified: true });
    expect(await refusal(confirm(Username))).toBe(
      'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    );
  });

  it('have a day for their code, can have another, and have five tries', async () => {
    const Username = newName();
    await signUp(Username);
    const code = await fixture.lastCode();
    await fixture.cloud.clock.advance(24 * 3_600_000);
    expect(await refusal(confirm(Username, code))).toBe(
      'ExpiredCodeException: Invalid code provided, please request a code again.',
    );
    await fixture.client.send(new ResendConfirmationCodeCommand({ ClientId, Username }));
    for (let tries = 0; tries < 5; tries++) await refusal(confirm(Username, 'wrong'));
    expect(await refusal(confirm(Username))).toBe(
      'LimitExceededException: Attempt limit exceeded, please try after some time.',
    );
    await fixture.client.send(new AdminConfirmSignUpCommand({ UserPoolId, Username }));
    expect((await signIn(Username)).AuthenticationResult).toBeDefined();
  });

  it.each([
    [
      'a short password',
      { Password: 'Ab1!' },
      'InvalidPasswordException: Password did not conform with policy: Password not long enough',
    ],
    [
      'one without capitals',
      { Password: 'secret-123' },
      'InvalidPasswordException: Password did not conform with policy: Password must have uppercase characters',
    ],
    [
      'one without figures',
      { Password: 'Secret-abc' },
      'InvalidPasswordException: Password did not conform with policy: Password must have numeric characters',
    ],
    [
      'one without symbols',
      { Password: 'Secret123' },
      'InvalidPasswordException: Password did not conform with policy: Password must have symbol characters',
    ],
    [
      'a name that is an address',
      { Username: 'a@b.co' },
      'InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.',
    ],
    [
      'an address that is none',
      { UserAttributes: [{ Name: 'email', Value: 'nowhere' }] },
      'InvalidParameterException: Invalid email address format.',
    ],
    [
      'an attribute that the pool does not know',
      { UserAttributes: [{ Name: 'custom:shoe', Value: '42' }] },
      'InvalidParameterException: Attributes did not conform to the schema: custom:shoe: Attribute does not exist in the schema.\n',
    ],
    [
      'an attribute that is too long',
      { UserAttributes: [{ Name: 'custom:tenant', Value: '123456789' }] },
      'InvalidParameterException: Attributes did not conform to the schema: custom:tenant: String must be shorter than 8 characters\n',
    ],
    [
      'a claim that the address is theirs',
      { UserAttributes: [{ Name: 'email_verified', Value: 'true' }] },
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    ],
    [
      'a client that is none',
      { ClientId: 'nothere' },
      'ResourceNotFoundException: User pool client nothere does not exist.',
    ],
  ])('do not sign up with %s', async (_, more, said) => {
    expect(await refusal(signUp(newName(), more))).toBe(said);
  });

  it('do not sign up twice, nor where only administrators make users', async () => {
    const Username = newName();
    await signUp(Username);
    expect(await refusal(signUp(Username))).toBe('UsernameExistsException: User already exists');
    const closed = await fixture.pool({ AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    const { id } = await fixture.app(closed);
    expect(await refusal(signUp(Username, { ClientId: id }))).toBe(
      'NotAuthorizedException: SignUp is not permitted for this user pool',
    );
  });

  it('who signed up with an address that somebody has verified do not get it', async () => {
    const { Username } = await signedIn();
    const other = newName();
    await signUp(other, { UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }] });
    expect(await refusal(confirm(other))).toBe('AliasExistsException: An account with the email already exists.');
  });

  it('choose a new password by a code when they forgot theirs', async () => {
    const { Username } = await signedIn();
    const { CodeDeliveryDetails } = await fixture.client.send(new ForgotPasswordCommand({ ClientId, Username }));
    expect(CodeDeliveryDetails?.AttributeName).toBe('email');
    const change = (ConfirmationCode: string, Password: string) =>
      fixture.client.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password }));
    const code = await fixture.lastCode();
    expect(await refusal(change(code, 'short'))).toContain('InvalidPasswordException');
    expect(await refusal(change('wrong', 'Another-123'))).toContain('CodeMismatchException');
    await change(code, 'Another-123');
    expect(await refusal(change(code, 'Another-123'))).toContain('ExpiredCodeException');
    expect(await refusal(signIn(Username))).toContain('NotAuthorizedException');
    expect((await signIn(Username, 'Another-123')).AuthenticationResult).toBeDefined();
  });

  it('without an address of theirs are not written to', async () => {
    const Username = newName();
    const lonely = { UserPoolId, Username, Password: PASSWORD, Permanent: true };
    await fixture.client.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }));
    await fixture.client.send(new AdminSetUserPasswordCommand(lonely));
    expect(await refusal(fixture.client.send(new ForgotPasswordCommand({ ClientId, Username })))).toBe(
      'InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  });

  it('change what they may of themselves, and prove a new address', async () => {
    const { Username, AccessToken } = await signedIn();
    const update = (Name: string, Value: string) =>
      fixture.client.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name, Value }] }));
    expect(await refusal(update('custom:tenant', 'acme'))).toContain('Attribute cannot be updated.');
    expect(await refusal(update('email_verified', 'true'))).toContain('NotAuthorizedException');
    await update('custom:level', '7');
    expect(await refusal(update('custom:level', '10'))).toContain('Number is too large.');
    const { CodeDeliveryDetailsList } = await update('email', `new-${Username}@example.com`);
    expect(CodeDeliveryDetailsList).toHaveLength(1);
    const described = async () => {
      const { UserAttributes = [] } = await fixture.client.send(new GetUserCommand({ AccessToken }));
      return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
    };
    expect(await described()).toMatchObject({ 'custom:level': '7', email_verified: 'false' });
    const Code = await fixture.lastCode();
    await fixture.client.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }));
    expect(await described()).toMatchObject({ email: `new-${Username}@example.com`, email_verified: 'true' });
    await fixture.client.send(new DeleteUserCommand({ AccessToken }));
    expect(await refusal(fixture.client.send(new GetUserCommand({ AccessToken })))).toBe(
      'UserNotFoundException: User does not exist.',
    );
  });

  it('do not prove an address by a code that came to another', async () => {
    // Nothing is sent when an address changes, so that the code of before is still the last one.
    const quiet = await fixture.pool();
    const app = (await fixture.app(quiet)).id;
    const Username = newName();
    await fixture.user(quiet, Username);
    const { AuthenticationResult } = await signIn(Username, PASSWORD, app);
    const AccessToken = AuthenticationResult?.AccessToken ?? '';
    const AttributeName = 'email';
    const address = async () => {
      const { UserAttributes = [] } = await fixture.client.send(new GetUserCommand({ AccessToken }));
      return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
    };
    const victim = 'victim@example.com';
    const UserAttributes = [{ Name: 'email', Value: victim }];
    await fixture.client.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName }));
    const Code = await fixture.lastCode();
    await fixture.client.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
    const verify = new VerifyUserAttributeCommand({ AccessToken, AttributeName, Code });
    expect(await refusal(fixture.client.send(verify))).toContain('ExpiredCodeException');
    expect(await address()).toMatchObject({ email: victim, email_verified: 'false' });
  });

  it('who forgot their password prove the address that was written to, and not the one they have by then', async () => {
    const { Username, AccessToken } = await signedIn();
    await fixture.client.send(new ForgotPasswordCommand({ ClientId, Username }));
    const ConfirmationCode = await fixture.lastCode();
    const UserAttributes = [{ Name: 'email', Value: `other-${Username}@example.com` }];
    await fixture.client.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
    await fixture.client.send(
      new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password: 'Another-123' }),
    );
    const { UserAttributes: told = [] } = await fixture.client.send(new GetUserCommand({ AccessToken }));
    expect(told).toContainEqual({ Name: 'email_verified', Value: 'false' });
  });

  it('are told of nobody by a client that hides who is there', async () => {
    const { id: hiding } = await fixture.app(UserPoolId, { PreventUserExistenceErrors: 'ENABLED' });
    const [disabled, lonely, nobody] = [newName(), newName(), newName()];
    await fixture.user(UserPoolId, disabled);
    await fixture.client.send(new AdminDisableUserCommand({ UserPoolId, Username: disabled }));
    await fixture.client.send(new AdminCreateUserCommand({ UserPoolId, Username: lonely, MessageAction: 'SUPPRESS' }));
    const permanent = { UserPoolId, Username: lonely, Password: PASSWORD, Permanent: true };
    await fixture.client.send(new AdminSetUserPasswordCommand(permanent));
    const before = (await fixture.messages()).length;
    for (const Username of [disabled, lonely, nobody]) {
      const forgot = await fixture.client.send(new ForgotPasswordCommand({ ClientId: hiding, Username }));
      expect(forgot.CodeDeliveryDetails).toMatchObject({ DeliveryMedium: 'EMAIL', AttributeName: 'email' });
      const confirm = (Password: string) =>
        refusal(
          fixture.client.send(
            new ConfirmForgotPasswordCommand({ ClientId: hiding, Username, ConfirmationCode: '123456', Password }),
          ),
        );
      expect(await confirm('Another-123')).toContain('ExpiredCodeException');
      expect(await confirm('tooweakpassword')).toContain('InvalidPasswordException');
    }
    expect((await fixture.messages()).length).toBe(before);
  });

  it('do not learn which passwords somebody has had, unless they have the code', async () => {
    const UserPoolId = await fixture.pool({
      Policies: { PasswordPolicy: { PasswordHistorySize: 3 } },
      AutoVerifiedAttributes: ['email'],
    });
    const ClientId = (await fixture.app(UserPoolId)).id;
    const Username = newName();
    await fixture.user(UserPoolId, Username);
    await fixture.client.send(new ForgotPasswordCommand({ ClientId, Username }));
    const change = (ConfirmationCode: string, Password: string) =>
      fixture.client.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password }));
    expect(await refusal(change('wrong', PASSWORD))).toContain('CodeMismatchException');
    const code = await fixture.lastCode();
    expect(await refusal(change(code, PASSWORD))).toContain('PasswordHistoryPolicyViolationException');
    await change(code, 'Another-123');
  });

  it('are found by attributes, and told page by page', async () => {
    const name = `family-${newName()}`;
    for (let member = 0; member < 5; member++) {
      const Username = newName();
      await fixture.user(UserPoolId, Username);
      const UserAttributes = [{ Name: 'family_name', Value: `${name}-${member}` }];
      await fixture.client.send(new AdminUpdateUserAttributesCommand({ UserPoolId, Username, UserAttributes }));
    }
    const list = (more: object) => fixture.client.send(new ListUsersCommand({ UserPoolId, ...more }));
    const found: (string | undefined)[] = [];
    let PaginationToken: string | undefined;
    do {
      const page = await list({ Filter: `family_name ^= "${name}"`, Limit: 2, PaginationToken });
      expect(page.Users?.length).toBeLessThanOrEqual(2);
      found.push(...(page.Users ?? []).map(({ Username }) => Username));
      ({ PaginationToken } = page);
    } while (PaginationToken);
    expect(found).toHaveLength(5);
    expect((await list({ Filter: `family_name = "${name}-3"` })).Users).toHaveLength(1);
    expect((await list({ Filter: `cognito:user_status = "confirmed"`, Limit: 1 })).Users).toHaveLength(1);
    expect(await refusal(list({ Filter: 'custom:level = "7"' }))).toBe(
      'InvalidParameterException: Error while parsing filter.',
    );
  });

  it('are in groups, which their tokens name by precedence, with the roles of the first', async () => {
    const { Username } = await signedIn();
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const group = (GroupName: string, Precedence?: number) => ({
      UserPoolId,
      GroupName,
      Precedence,
      RoleArn: role(GroupName),
    });
    for (const each of [group('late', 9), group('never'), group('first', 1)]) {
      await fixture.client.send(new CreateGroupCommand(each));
      await fixture.client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: each.GroupName }));
    }
    const { AuthenticationResult } = await signIn(Username);
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({
      'cognito:groups': ['first', 'late', 'never'],
      'cognito:roles': [role('first'), role('late'), role('never')],
      'cognito:preferred_role': role('first'),
    });
    expect(claimsOf(AuthenticationResult?.AccessToken)).toMatchObject({ 'cognito:groups': ['first', 'late', 'never'] });
    await fixture.client.send(new DeleteGroupCommand({ UserPoolId, GroupName: 'late' }));
    const { Groups } = await fixture.client.send(new AdminListGroupsForUserCommand({ UserPoolId, Username }));
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(['first', 'never']);
    const inFirst = new ListUsersInGroupCommand({ UserPoolId, GroupName: 'first' });
    expect((await fixture.client.send(inFirst)).Users).toMatchObject([{ Username }]);
    expect(await refusal(fixture.client.send(new CreateGroupCommand(group('first'))))).toBe(
      'GroupExistsException: A group with the name already exists.',
    );
  });

  it('show a second factor once they have set it up', async () => {
    const pool = { UserPoolId, SoftwareTokenMfaConfiguration: { Enabled: true } };
    await fixture.client.send(new SetUserPoolMfaConfigCommand({ ...pool, MfaConfiguration: 'OPTIONAL' }));
    const { Username, AccessToken } = await signedIn();
    const { SecretCode = '' } = await fixture.client.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    const app = new TOTP({ secret: Secret.fromBase32(SecretCode) });
    const code = () => app.generate({ timestamp: fixture.cloud.clock.now() });
    const prefer = new SetUserMFAPreferenceCommand({
      AccessToken,
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    expect(await refusal(fixture.client.send(prefer))).toBe(
      'InvalidParameterException: User has not verified software token mfa',
    );
    const verify = (UserCode: string) => fixture.client.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode }));
    expect(await refusal(verify(code() === '000000' ? '000001' : '000000'))).toBe(
      'EnableSoftwareTokenMFAException: Code mismatch',
    );
    await verify(code());
    await fixture.client.send(prefer);
    const challenge = await signIn(Username);
    expect(challenge.ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
    const answer = (Session: string | undefined, SOFTWARE_TOKEN_MFA_CODE: string) =>
      fixture.client.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          Session,
          ChallengeName: 'SOFTWARE_TOKEN_MFA',
          ChallengeResponses: { USERNAME: Username, SOFTWARE_TOKEN_MFA_CODE },
        }),
      );
    expect(await refusal(answer(challenge.Session, 'abcdef'))).toBe(
      'CodeMismatchException: Invalid code received for user',
    );
    const guessing = await signIn(Username);
    for (let guess = 0; guess < 5; guess += 1) {
      expect(await refusal(answer(guessing.Session, 'abcdef'))).toContain('CodeMismatchException');
    }
    expect(await refusal(answer(guessing.Session, code()))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    );
    const used = code();
    expect((await answer(challenge.Session, used)).AuthenticationResult).toBeDefined();
    expect(await refusal(answer((await signIn(Username)).Session, used))).toBe(
      'CodeMismatchException: Invalid code received for user',
    );
    await fixture.client.send(new SetUserPoolMfaConfigCommand({ ...pool, MfaConfiguration: 'ON' }));
    const newcomer = newName();
    await fixture.user(UserPoolId, newcomer);
    const setUp = await signIn(newcomer);
    expect(setUp).toMatchObject({
      ChallengeName: 'MFA_SETUP',
      ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
    });
    const begun = await fixture.client.send(new AssociateSoftwareTokenCommand({ Session: setUp.Session }));
    const theirs = new TOTP({ secret: Secret.fromBase32(begun.SecretCode ?? '') });
    const UserCode = theirs.generate({ timestamp: fixture.cloud.clock.now() });
    const { Session } = await fixture.client.send(new VerifySoftwareTokenCommand({ Session: begun.Session, UserCode }));
    const ready = new RespondToAuthChallengeCommand({
      ClientId,
      Session,
      ChallengeName: 'MFA_SETUP',
      ChallengeResponses: { USERNAME: newcomer },
    });
    expect((await fixture.client.send(ready)).AuthenticationResult).toBeDefined();
    await fixture.client.send(new SetUserPoolMfaConfigCommand({ ...pool, MfaConfiguration: 'OFF' }));
  });

  it('whom an administrator invites are sent a password', async () => {
    const Username = newName();
    const input = {
      UserPoolId,
      Username,
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
      DesiredDeliveryMediums: ['EMAIL' as const],
    };
    const { User } = await fixture.client.send(new AdminCreateUserCommand(input));
    expect(User).toMatchObject({ Username, UserStatus: 'FORCE_CHANGE_PASSWORD', Enabled: true });
    const message = (await fixture.messages()).at(-1);
    expect(message?.body).toBe(`Your username is ${Username} and temporary password is ${message?.code}. `);
    expect((await signIn(Username, message?.code)).ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
    expect(await refusal(fixture.client.send(new AdminCreateUserCommand(input)))).toBe(
      'UsernameExistsException: User account already exists',
    );
    await fixture.client.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
    expect(await refusal(fixture.client.send(new AdminGetUserCommand({ UserPoolId, Username })))).toBe(
      'UserNotFoundException: User does not exist.',
    );
  });

  it('are kept without their passwords', () => {
    const { store } = fixture.cloud.kernel;
    const kept = JSON.stringify(store.collection('cognito-idp', 'users').list());
    expect(kept).toContain('verifier');
    expect(kept).not.toContain(PASSWORD);
  });
});
