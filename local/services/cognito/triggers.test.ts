import {
  AdminCreateUserCommand,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
  RespondToAuthChallengeCommand,
  SignUpCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, type Event, type Fixture, type Handler, openFixture, PASSWORD, refusal } from './cognito.fixture.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:trigger';

describe('triggers', () => {
  let fixture: Fixture;
  let UserPoolId: string;
  let ClientId: string;
  let count = 0;

  beforeAll(async () => {
    fixture = await openFixture();
    UserPoolId = await fixture.pool({ AutoVerifiedAttributes: ['email'] });
    ClientId = (await fixture.app(UserPoolId)).id;
  });

  afterAll(() => fixture[Symbol.asyncDispose]());

  /** From now on the pool has this one function, and it does this. */
  async function trigger(config: LambdaConfigType, handler: Handler): Promise<Event[]> {
    const events: Event[] = [];
    fixture.functions.set(FUNCTION, (event) => {
      events.push(structuredClone(event));
      return handler(event);
    });
    await fixture.client.send(
      new UpdateUserPoolCommand({ UserPoolId, LambdaConfig: config, AutoVerifiedAttributes: ['email'] }),
    );
    return events;
  }

  async function signUp(more: object = {}) {
    count += 1;
    const Username = `new${count}`;
    const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
    const input = { ClientId, Username, Password: PASSWORD, UserAttributes, ...more };
    return { Username, call: fixture.client.send(new SignUpCommand(input)) };
  }

  const signIn = (USERNAME: string, more: object = {}) =>
    fixture.client.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
        ...more,
      }),
    );

  const filled = (event: Event, response: object): Event => ({ ...event, response });

  it('before sign-up may confirm users and verify their addresses', async () => {
    const events = await trigger({ PreSignUp: FUNCTION }, (event) =>
      filled(event, { autoConfirmUser: true, autoVerifyEmail: true }),
    );
    const { Username, call } = await signUp({
      ValidationData: [{ Name: 'invitation', Value: '42' }],
      ClientMetadata: { from: 'test' },
    });
    expect(await call).toMatchObject({ UserConfirmed: true });
    expect(events).toEqual([
      {
        version: '1',
        region: 'us-east-1',
        userPoolId: UserPoolId,
        userName: Username,
        callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: ClientId },
        triggerSource: 'PreSignUp_SignUp',
        request: {
          userAttributes: { email: `${Username}@example.com` },
          validationData: { invitation: '42' },
          clientMetadata: { from: 'test' },
        },
        response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
      },
    ]);
    expect(fixture.callers.at(-1)).toMatchObject({
      kind: 'service',
      service: 'cognito-idp.amazonaws.com',
      sourceArn: `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${UserPoolId}`,
      sourceAccount: '123456789012',
    });
    expect(claimsOf((await signIn(Username)).AuthenticationResult?.IdToken)).toMatchObject({ email_verified: true });
  });

  it.each<[string, Handler, string]>([
    [
      'throws',
      () => {
        throw new Error('Only our own people');
      },
      'UserLambdaValidationException: PreSignUp failed with error Only our own people.',
    ],
    ['answers nothing', () => null, 'InvalidLambdaResponseException: Unrecognizable lambda output'],
    ['answers a word', () => 'yes', 'InvalidLambdaResponseException: Unrecognizable lambda output'],
  ])('that %s refuses whoever signs up', async (_, handler, said) => {
    await trigger({ PreSignUp: FUNCTION }, handler);
    const { Username, call } = await signUp();
    expect(await refusal(call)).toBe(said);
    expect(await refusal(signIn(Username))).toBe('UserNotFoundException: User does not exist.');
  });

  it('that are not there, or not to be invoked, are named with the reason', async () => {
    await trigger({ PreSignUp: `${FUNCTION}-gone` }, (event) => event);
    expect(await refusal((await signUp()).call)).toBe(
      'UnexpectedLambdaException: PreSignUp invocation failed due to error ResourceNotFoundException.',
    );
  });

  it('that take longer than five seconds are tried three times', async () => {
    const events = await trigger({ PreSignUp: FUNCTION }, () => new Promise(() => {}));
    const { call } = await signUp();
    const refused = refusal(call);
    for (let tries = 1; tries <= 3; tries++) {
      while (events.length < tries) await new Promise((resolve) => setImmediate(resolve));
      await fixture.cloud.clock.advance(5_000);
    }
    expect(await refused).toBe(
      'UnexpectedLambdaException: PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.',
    );
    expect(events).toHaveLength(3);
  });

  it('after confirmation learn who has come', async () => {
    const events = await trigger({ PostConfirmation: FUNCTION }, (event) => event);
    const { Username, call } = await signUp();
    await call;
    const ConfirmationCode = await fixture.lastCode();
    await fixture.client.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
    expect(events).toMatchObject([
      {
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        userName: Username,
        request: { userAttributes: { email_verified: 'true', 'cognito:user_status': 'CONFIRMED' } },
      },
    ]);
  });

  it('before tokens, version 1, change claims and groups of the identity token', async () => {
    const username = 'v1';
    await fixture.user(UserPoolId, username);
    const events = await trigger({ PreTokenGeneration: FUNCTION }, (event) =>
      filled(event, {
        claimsOverrideDetails: {
          claimsToAddOrOverride: { tenant: 'acme', sub: 'somebody-else', 'cognito:username': 'somebody-else' },
          claimsToSuppress: ['email', 'token_use'],
          groupOverrideDetails: { groupsToOverride: ['boss'], iamRolesToOverride: [], preferredRole: null },
        },
      }),
    );
    const { AuthenticationResult } = await signIn(username);
    const claims = claimsOf(AuthenticationResult?.IdToken);
    expect(claims).toMatchObject({
      tenant: 'acme',
      'cognito:username': username,
      'cognito:groups': ['boss'],
      token_use: 'id',
    });
    expect(claims).not.toHaveProperty('email');
    expect(claims['sub']).not.toBe('somebody-else');
    expect(claimsOf(AuthenticationResult?.AccessToken)).not.toHaveProperty('tenant');
    expect(events).toMatchObject([
      { triggerSource: 'TokenGeneration_Authentication', version: '1', response: { claimsOverrideDetails: null } },
    ]);
  });

  it('before tokens, version 2, change the access token and its scopes too', async () => {
    const username = 'v2';
    await fixture.user(UserPoolId, username);
    const config = { PreTokenGenerationConfig: { LambdaArn: FUNCTION, LambdaVersion: 'V2_0' as const } };
    const events = await trigger(config, (event) =>
      filled(event, {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: {
            claimsToAddOrOverride: { tenant: { id: 7 } },
            scopesToAdd: ['orders/read'],
            scopesToSuppress: ['aws.cognito.signin.user.admin'],
          },
        },
      }),
    );
    const { AuthenticationResult } = await signIn(username);
    expect(claimsOf(AuthenticationResult?.AccessToken)).toMatchObject({ tenant: { id: 7 }, scope: 'orders/read' });
    expect(claimsOf(AuthenticationResult?.IdToken)).not.toHaveProperty('tenant');
    expect(events).toMatchObject([{ version: '2', request: { scopes: ['aws.cognito.signin.user.admin'] } }]);
  });

  it('write messages in words of their own', async () => {
    await trigger({ CustomMessage: FUNCTION }, (event) =>
      filled(event, { emailSubject: 'Welcome', emailMessage: `Hello! ${event.request.codeParameter} it is.` }),
    );
    await (await signUp()).call;
    const message = (await fixture.messages()).at(-1);
    expect(message).toMatchObject({ subject: 'Welcome', body: `Hello! ${message?.code} it is.` });
  });

  it('before and after authentication see everybody who signs in, and may refuse', async () => {
    const username = 'watched';
    await fixture.user(UserPoolId, username);
    const events = await trigger({ PreAuthentication: FUNCTION, PostAuthentication: FUNCTION }, (event) => event);
    await signIn(username);
    expect(events.map(({ triggerSource }) => triggerSource)).toEqual([
      'PreAuthentication_Authentication',
      'PostAuthentication_Authentication',
    ]);
    await trigger({ PreAuthentication: FUNCTION }, () => {
      throw new Error('not today');
    });
    expect(await refusal(signIn(username))).toBe(
      'UserLambdaValidationException: PreAuthentication failed with error not today.',
    );
  });

  it('bring in users whom only they know', async () => {
    await trigger({ UserMigration: FUNCTION }, (event) => {
      if (event.request.password !== PASSWORD) throw new Error('wrong password');
      return filled(event, {
        userAttributes: { email: 'old@example.com', email_verified: 'true' },
        finalUserStatus: 'CONFIRMED',
      });
    });
    const { AuthenticationResult } = await signIn('old');
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({ email: 'old@example.com', email_verified: true });
    await trigger({}, () => null);
    expect((await signIn('old')).AuthenticationResult).toBeDefined();
  });

  it('define a sign-in of their own', async () => {
    const USERNAME = 'riddled';
    await fixture.user(UserPoolId, USERNAME);
    const config = {
      DefineAuthChallenge: FUNCTION,
      CreateAuthChallenge: FUNCTION,
      VerifyAuthChallengeResponse: FUNCTION,
    };
    await trigger(config, (event) => {
      const { session = [], challengeAnswer } = event.request;
      switch (event.triggerSource.split('_')[0]) {
        case 'DefineAuthChallenge': {
          const isDone = session.at(-1)?.challengeResult === true;
          return filled(
            event,
            isDone
              ? { issueTokens: true }
              : session.length > 1
                ? { failAuthentication: true }
                : { challengeName: 'CUSTOM_CHALLENGE' },
          );
        }
        case 'CreateAuthChallenge':
          return filled(event, {
            publicChallengeParameters: { riddle: '6 * 7' },
            privateChallengeParameters: { answer: '42' },
          });
        default:
          return filled(event, { answerCorrect: challengeAnswer === event.request.privateChallengeParameters.answer });
      }
    });
    const begin = () =>
      fixture.client.send(new InitiateAuthCommand({ ClientId, AuthFlow: 'CUSTOM_AUTH', AuthParameters: { USERNAME } }));
    const answer = (Session: string | undefined, ANSWER: string) =>
      fixture.client.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          Session,
          ChallengeName: 'CUSTOM_CHALLENGE',
          ChallengeResponses: { USERNAME, ANSWER },
        }),
      );
    const first = await begin();
    expect(first.ChallengeParameters).toEqual({ USERNAME, riddle: '6 * 7' });
    const second = await answer(first.Session, '41');
    expect((await answer(second.Session, '42')).AuthenticationResult).toBeDefined();
    const again = await answer((await begin()).Session, '0');
    expect(await refusal(answer(again.Session, '1'))).toBe('NotAuthorizedException: Incorrect username or password.');
  });

  it('are asked about users whom administrators make, too', async () => {
    const events = await trigger({ PreSignUp: FUNCTION }, (event) => filled(event, {}));
    await fixture.client.send(new AdminCreateUserCommand({ UserPoolId, Username: 'made', MessageAction: 'SUPPRESS' }));
    expect(events).toMatchObject([
      { triggerSource: 'PreSignUp_AdminCreateUser', callerContext: { clientId: 'CLIENT_ID_NOT_APPLICABLE' } },
    ]);
  });
});
