/** Second factors, as users and administrators set them up. */
import type {
  AdminSetUserMFAPreferenceRequest,
  AssociateSoftwareTokenRequest,
  SetUserMFAPreferenceRequest,
  VerifySoftwareTokenRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter, notAuthorized } from '../errors.ts';
import type { MfaKind, Pool, User } from '../records.ts';
import { NOTHING } from '../requirements.ts';
import type { Room } from '../room.ts';
import { newSecret, periodOf } from '../totp.ts';

type Preferences = Pick<
  SetUserMFAPreferenceRequest,
  'SMSMfaSettings' | 'SoftwareTokenMfaSettings' | 'EmailMfaSettings'
>;

export function factorOperations(room: Room): Record<string, Operation> {
  const { pools, users, tokens, sessions, clients, needs, clock } = room;

  const associateSoftwareToken: Operation<AssociateSoftwareTokenRequest> = {
    requires: NOTHING,
    async handle({ AccessToken, Session }) {
      const SecretCode = newSecret();
      if (Session !== undefined) {
        const session = sessions.get(Session);
        if (session.step.name !== 'MFA_SETUP') throw notAuthorized('Invalid session for the user.');
        checkTokens(pools.get(session.poolId));
        sessions.close(Session);
        const step = { name: 'MFA_SETUP', secret: SecretCode } as const;
        return { SecretCode, Session: sessions.open(clients.get(session.clientId), { ...session, step }) };
      }
      if (AccessToken === undefined) throw invalidParameter('AccessToken or Session is required.');
      const { pool, user } = await tokens.bearerOf(AccessToken);
      checkTokens(pool);
      const softwareToken = { secret: SecretCode, verified: false };
      users.put(pool, { ...user, mfa: { ...without(user, 'SOFTWARE_TOKEN_MFA'), softwareToken } });
      return { SecretCode };
    },
  };

  const verifySoftwareToken: Operation<VerifySoftwareTokenRequest> = {
    requires: NOTHING,
    async handle({ AccessToken, Session, UserCode = '' }) {
      if (Session !== undefined) {
        const session = sessions.get(Session);
        const { step } = session;
        if (step.name !== 'MFA_SETUP' || step.secret === undefined)
          throw notAuthorized('Invalid session for the user.');
        if (periodOf(UserCode, step.secret, clock.now()) === undefined) throw mismatch();
        sessions.close(Session);
        const verified = { ...step, verified: true } as const;
        const next = sessions.open(clients.get(session.clientId), { ...session, step: verified });
        return { Status: 'SUCCESS', Session: next };
      }
      if (AccessToken === undefined) throw invalidParameter('AccessToken or Session is required.');
      const { pool, user } = await tokens.bearerOf(AccessToken);
      const { softwareToken } = user.mfa;
      if (!softwareToken) throw invalidParameter('User has not associated a software token.');
      if (periodOf(UserCode, softwareToken.secret, clock.now()) === undefined) throw mismatch();
      users.put(pool, { ...user, mfa: { ...user.mfa, softwareToken: { ...softwareToken, verified: true } } });
      return { Status: 'SUCCESS' };
    },
  };

  const setUserMfaPreference: Operation<SetUserMFAPreferenceRequest & { AccessToken: string }> = {
    requires: NOTHING,
    async handle({ AccessToken, ...preferences }) {
      const { pool, user } = await tokens.bearerOf(AccessToken);
      users.put(pool, preferring(user, preferences));
      return {};
    },
  };

  type OfUser<T = object> = T & { UserPoolId: string; Username: string };

  const adminSetUserMfaPreference: Operation<OfUser<AdminSetUserMFAPreferenceRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminSetUserMFAPreference', UserPoolId),
    handle({ UserPoolId, Username, ...preferences }) {
      const pool = pools.get(UserPoolId);
      users.put(pool, preferring(users.get(pool, Username), preferences));
      return {};
    },
  };

  const adminDeleteSoftwareToken: Operation<OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminDeleteSoftwareToken', UserPoolId),
    handle({ UserPoolId, Username }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      const { softwareToken: _, ...mfa } = without(user, 'SOFTWARE_TOKEN_MFA');
      users.put(pool, { ...user, mfa });
      return {};
    },
  };

  const getUserAuthFactors: Operation<{ AccessToken: string }> = {
    requires: NOTHING,
    async handle({ AccessToken }) {
      return authFactorsOf((await tokens.bearerOf(AccessToken)).user);
    },
  };

  const adminGetUserAuthFactors: Operation<OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminGetUserAuthFactors', UserPoolId),
    handle: ({ UserPoolId, Username }) => authFactorsOf(users.get(pools.get(UserPoolId), Username)),
  };

  const setUserSettings: Operation<{ AccessToken: string }> = {
    requires: NOTHING,
    async handle({ AccessToken }) {
      await tokens.bearerOf(AccessToken);
      throw invalidParameter('MFAOptions are no longer supported: use SetUserMFAPreference.');
    },
  };

  return {
    AssociateSoftwareToken: associateSoftwareToken,
    VerifySoftwareToken: verifySoftwareToken,
    SetUserMFAPreference: setUserMfaPreference,
    AdminSetUserMFAPreference: adminSetUserMfaPreference,
    AdminDeleteSoftwareToken: adminDeleteSoftwareToken,
    GetUserAuthFactors: getUserAuthFactors,
    AdminGetUserAuthFactors: adminGetUserAuthFactors,
    SetUserSettings: setUserSettings,
  };
}

function authFactorsOf({ username, mfa, password }: User) {
  return {
    Username: username,
    ...(mfa.preferred && { PreferredMfaSetting: mfa.preferred }),
    UserMFASettingList: [...mfa.enabled],
    ConfiguredUserAuthFactors: password ? ['PASSWORD'] : [],
  };
}

const mismatch = (): AwsError => new AwsError('EnableSoftwareTokenMFAException', 'Code mismatch');

function checkTokens({ factors }: Pool): void {
  if (factors.softwareToken) return;
  throw new AwsError('SoftwareTokenMFANotFoundException', 'Software Token MFA has not been enabled by the userpool');
}

function without({ mfa }: User, kind: MfaKind): User['mfa'] {
  const { preferred, ...rest } = mfa;
  return {
    ...rest,
    enabled: mfa.enabled.filter((enabled) => enabled !== kind),
    ...(preferred !== undefined && preferred !== kind && { preferred }),
  };
}

/** The user with some factors on, others off, and at most one that is asked for first. Throws InvalidParameterException. */
function preferring(user: User, preferences: Preferences): User {
  const asked = [
    ['SMS_MFA', preferences.SMSMfaSettings],
    ['SOFTWARE_TOKEN_MFA', preferences.SoftwareTokenMfaSettings],
    ['EMAIL_OTP', preferences.EmailMfaSettings],
  ] as const;
  if (asked.filter(([, settings]) => settings?.PreferredMfa).length > 1) {
    throw invalidParameter('Only one MFA method can be set as preferred.');
  }
  const enabled = new Set(user.mfa.enabled);
  let { preferred } = user.mfa;
  for (const [kind, settings] of asked) {
    if (!settings) continue;
    if (settings.Enabled ?? settings.PreferredMfa) {
      checkUsable(user, kind);
      enabled.add(kind);
      if (settings.PreferredMfa) preferred = kind;
      else if (preferred === kind) preferred = undefined;
    } else {
      enabled.delete(kind);
      if (preferred === kind) preferred = undefined;
    }
  }
  const { preferred: _, ...rest } = user.mfa;
  return { ...user, mfa: { ...rest, enabled: [...enabled], ...(preferred && { preferred }) } };
}

function checkUsable({ mfa, attributes }: User, kind: MfaKind): void {
  if (kind === 'SOFTWARE_TOKEN_MFA' && !mfa.softwareToken?.verified) {
    throw invalidParameter('User has not verified software token mfa');
  }
  if (kind === 'SMS_MFA' && !attributes['phone_number']) {
    throw invalidParameter('User does not have delivery config set to turn on SMS_MFA');
  }
  if (kind === 'EMAIL_OTP' && !attributes['email']) {
    throw invalidParameter('User does not have delivery config set to turn on EMAIL_OTP');
  }
}
