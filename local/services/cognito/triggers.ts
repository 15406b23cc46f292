/**
 * What each trigger is told, and what its answer means.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import { type ClaimChanges, type GroupClaims, readableAttributes } from './claims.ts';
import type { AppClient, Pool, User } from './records.ts';
import { type CallTrigger, isObject } from './trigger-calls.ts';

export type TokenTrigger =
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_AuthenticateDevice'
  | 'TokenGeneration_RefreshTokens'
  | 'TokenGeneration_ClientCredentials';

type Metadata = Readonly<Record<string, string>> | undefined;

/** Where a message goes on its way out. */
export type MessageTrigger =
  | 'CustomMessage_SignUp'
  | 'CustomMessage_AdminCreateUser'
  | 'CustomMessage_ResendCode'
  | 'CustomMessage_ForgotPassword'
  | 'CustomMessage_UpdateUserAttribute'
  | 'CustomMessage_VerifyUserAttribute'
  | 'CustomMessage_Authentication';

/** A user on the way in, and through which client; without one an administrator acts. */
interface About {
  readonly pool: Pool;
  readonly clientId?: string;
  readonly user: User;
  readonly clientMetadata?: Metadata;
}

export interface TokenChanges {
  readonly groups?: GroupClaims;
  readonly scopes?: readonly string[];
  readonly id?: ClaimChanges;
  readonly access?: ClaimChanges;
}

/** One answered step of a custom authentication, as its functions are told of it. */
export interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata?: string | undefined;
}

export interface Triggers {
  preSignUp(
    about: Omit<About, 'user'> & {
      readonly source: 'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser' | 'PreSignUp_ExternalProvider';
      readonly username: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly validationData?: Metadata;
    },
  ): Promise<{ readonly confirm: boolean; readonly verifyEmail: boolean; readonly verifyPhone: boolean }>;
  postConfirmation(
    about: About & { readonly source: 'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword' },
  ): Promise<void>;
  preAuthentication(about: Omit<About, 'user'> & { readonly user: User | string }): Promise<void>;
  postAuthentication(about: About): Promise<void>;
  tokenGeneration(about: {
    readonly pool: Pool;
    readonly client: AppClient;
    readonly user: User;
    readonly groups: GroupClaims;
    readonly scopes: readonly string[];
    readonly trigger: TokenTrigger;
    readonly clientMetadata?: Metadata;
  }): Promise<TokenChanges>;
  customMessage(about: About & { readonly source: MessageTrigger }): Promise<{
    readonly smsMessage?: string;
    readonly emailMessage?: string;
    readonly emailSubject?: string;
  }>;
  /** What the function knows of somebody whom the pool does not; undefined where there is none. */
  userMigration(about: {
    readonly pool: Pool;
    readonly clientId?: string;
    readonly source: 'UserMigration_Authentication' | 'UserMigration_ForgotPassword';
    readonly username: string;
    readonly password?: string;
    readonly validationData?: Metadata;
    readonly clientMetadata?: Metadata;
  }): Promise<Readonly<Record<string, unknown>> | undefined>;
  defineAuthChallenge(about: CustomAuth): Promise<Readonly<Record<string, unknown>>>;
  createAuthChallenge(
    about: CustomAuth & { readonly challengeName: string },
  ): Promise<Readonly<Record<string, unknown>>>;
  verifyAuthChallenge(
    about: Omit<CustomAuth, 'session'> & {
      readonly privateChallengeParameters: unknown;
      readonly challengeAnswer: string;
    },
  ): Promise<boolean>;
}

export interface CustomAuth extends Omit<About, 'user'> {
  readonly user: User | string;
  readonly session: readonly ChallengeResult[];
}

export function createTriggers(call: CallTrigger): Triggers {
  return {
    async preSignUp({ pool, clientId, source, username, attributes, validationData, clientMetadata }) {
      const response = await call({
        pool,
        trigger: 'PreSignUp',
        triggerSource: source,
        clientId,
        userName: username,
        request: {
          userAttributes: attributes,
          validationData: validationData ?? null,
          ...(clientMetadata && { clientMetadata }),
        },
        response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
      });
      return {
        confirm: response?.['autoConfirmUser'] === true,
        verifyEmail: response?.['autoVerifyEmail'] === true,
        verifyPhone: response?.['autoVerifyPhone'] === true,
      };
    },

    async postConfirmation({ pool, clientId, user, source, clientMetadata }) {
      const request = { userAttributes: attributesOf(user), ...(clientMetadata && { clientMetadata }) };
      await call({
        pool,
        trigger: 'PostConfirmation',
        triggerSource: source,
        clientId,
        userName: user.username,
        request,
        response: {},
      });
    },

    async preAuthentication({ pool, clientId, user, clientMetadata }) {
      await call({
        pool,
        trigger: 'PreAuthentication',
        triggerSource: 'PreAuthentication_Authentication',
        clientId,
        userName: nameOf(user),
        request: { ...whoIs(user), validationData: clientMetadata ?? null },
        response: {},
      });
    },

    async postAuthentication({ pool, clientId, user, clientMetadata }) {
      await call({
        pool,
        trigger: 'PostAuthentication',
        triggerSource: 'PostAuthentication_Authentication',
        clientId,
        userName: user.username,
        request: {
          userAttributes: attributesOf(user),
          newDeviceUsed: false,
          ...(clientMetadata && { clientMetadata }),
        },
        response: {},
      });
    },

    async tokenGeneration({ pool, client, user, groups, scopes, trigger, clientMetadata }) {
      const version = pool.settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0';
      const isFirst = version === 'V1_0';
      const response = await call({
        pool,
        trigger: 'PreTokenGeneration',
        triggerSource: trigger,
        clientId: client.id,
        userName: user.username,
        version: isFirst ? '1' : version.slice(1, 2),
        request: {
          userAttributes: { ...readableAttributes(user, client), 'cognito:user_status': user.status },
          groupConfiguration: {
            groupsToOverride: groups.groups,
            iamRolesToOverride: groups.roles,
            preferredRole: groups.preferredRole ?? null,
          },
          ...(!isFirst && { scopes }),
          ...(clientMetadata && { clientMetadata }),
        },
        response: { [isFirst ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails']: null },
      });
      if (!response) return {};
      return isFirst ? firstChanges(response['claimsOverrideDetails'], groups) : laterChanges(response, groups, scopes);
    },

    async customMessage({ pool, clientId, user, source, clientMetadata }) {
      const isInvitation = source === 'CustomMessage_AdminCreateUser';
      const response = await call({
        pool,
        trigger: 'CustomMessage',
        triggerSource: source,
        clientId,
        userName: user.username,
        request: {
          userAttributes: attributesOf(user),
          codeParameter: '{####}',
          linkParameter: '{##Click Here##}',
          usernameParameter: isInvitation ? '{username}' : null,
          ...(clientMetadata && { clientMetadata }),
        },
        response: { smsMessage: null, emailMessage: null, emailSubject: null },
      });
      const { smsMessage, emailMessage, emailSubject } = response ?? {};
      for (const message of [smsMessage, emailMessage]) checkMessage(message, isInvitation);
      return {
        ...(typeof smsMessage === 'string' && { smsMessage }),
        ...(typeof emailMessage === 'string' && { emailMessage }),
        ...(typeof emailSubject === 'string' && { emailSubject }),
      };
    },

    userMigration: ({ pool, clientId, source, username, password, validationData, clientMetadata }) =>
      call({
        pool,
        trigger: 'UserMigration',
        triggerSource: source,
        clientId,
        userName: username,
        request: {
          ...(password !== undefined && { password }),
          validationData: validationData ?? null,
          ...(clientMetadata && { clientMetadata }),
        },
        response: {
          userAttributes: null,
          forceAliasCreation: null,
          finalUserStatus: null,
          messageAction: null,
          desiredDeliveryMediums: null,
        },
      }),

    async defineAuthChallenge({ pool, clientId, user, session, clientMetadata }) {
      const response = await call({
        pool,
        trigger: 'DefineAuthChallenge',
        triggerSource: 'DefineAuthChallenge_Authentication',
        clientId,
        userName: nameOf(user),
        request: { ...whoIs(user), session, ...(clientMetadata && { clientMetadata }) },
        response: { challengeName: null, issueTokens: null, failAuthentication: null },
      });
      return response ?? noTrigger('DefineAuthChallenge');
    },

    async createAuthChallenge({ pool, clientId, user, session, challengeName, clientMetadata }) {
      const response = await call({
        pool,
        trigger: 'CreateAuthChallenge',
        triggerSource: 'CreateAuthChallenge_Authentication',
        clientId,
        userName: nameOf(user),
        request: { ...whoIs(user), challengeName, session, ...(clientMetadata && { clientMetadata }) },
        response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
      });
      return response ?? noTrigger('CreateAuthChallenge');
    },

    async verifyAuthChallenge({ pool, clientId, user, privateChallengeParameters, challengeAnswer, clientMetadata }) {
      const response = await call({
        pool,
        trigger: 'VerifyAuthChallengeResponse',
        triggerSource: 'VerifyAuthChallengeResponse_Authentication',
        clientId,
        userName: nameOf(user),
        request: {
          ...whoIs(user),
          privateChallengeParameters,
          challengeAnswer,
          ...(clientMetadata && { clientMetadata }),
        },
        response: { answerCorrect: null },
      });
      return (response ?? noTrigger('VerifyAuthChallengeResponse'))['answerCorrect'] === true;
    },
  };
}

const attributesOf = ({ attributes, status }: User) => ({ ...attributes, 'cognito:user_status': status });

const nameOf = (user: User | string): string => (typeof user === 'string' ? user : user.username);

/** Where the client must not learn who is there, the functions are asked about people who are not, too. */
const whoIs = (user: User | string) =>
  typeof user === 'string' ? { userAttributes: {}, userNotFound: true } : { userAttributes: attributesOf(user) };

function noTrigger(name: string): never {
  throw new AwsError('InvalidLambdaResponseException', `${name} trigger is not configured for this user pool.`);
}

function checkMessage(message: unknown, isInvitation: boolean): void {
  if (typeof message !== 'string') return;
  const lacks = [...(isInvitation ? ['{username}'] : []), '{####}'].filter((part) => !message.includes(part));
  const hasLink = /\{##[^#]+##\}/.test(message);
  if (lacks.length === 0 || (hasLink && !isInvitation)) return;
  throw new AwsError('CodeDeliveryFailureException', 'Failed to customize the message: it lacks its placeholders.');
}

function firstChanges(details: unknown, groups: GroupClaims): TokenChanges {
  if (!isObject(details)) return {};
  const changes = claimChanges(details, (value) => String(value));
  return { id: changes, ...groupChanges(details['groupOverrideDetails'], groups) };
}

function laterChanges(
  { claimsAndScopeOverrideDetails: details }: Readonly<Record<string, unknown>>,
  groups: GroupClaims,
  scopes: readonly string[],
): TokenChanges {
  if (!isObject(details)) return {};
  const { idTokenGeneration: id, accessTokenGeneration: access } = details;
  return {
    ...(isObject(id) && { id: claimChanges(id) }),
    ...(isObject(access) && {
      access: claimChanges(access),
      scopes: [
        ...new Set([
          ...scopes.filter((scope) => !texts(access['scopesToSuppress']).includes(scope)),
          ...texts(access['scopesToAdd']),
        ]),
      ],
    }),
    ...groupChanges(details['groupOverrideDetails'], groups),
  };
}

function claimChanges(details: Record<string, unknown>, asClaim: (value: unknown) => unknown = (value) => value) {
  const added = isObject(details['claimsToAddOrOverride']) ? details['claimsToAddOrOverride'] : {};
  return {
    add: Object.fromEntries(Object.entries(added).map(([name, value]) => [name, asClaim(value)])),
    suppress: texts(details['claimsToSuppress']),
  };
}

function groupChanges(details: unknown, groups: GroupClaims): Pick<TokenChanges, 'groups'> {
  if (!isObject(details)) return {};
  const { preferredRole } = details;
  return {
    groups: {
      groups: Array.isArray(details['groupsToOverride']) ? texts(details['groupsToOverride']) : groups.groups,
      roles: Array.isArray(details['iamRolesToOverride']) ? texts(details['iamRolesToOverride']) : groups.roles,
      ...(typeof preferredRole === 'string' && { preferredRole }),
    },
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
