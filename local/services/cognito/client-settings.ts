/** A client's settings, with what AWS fills in where its author says nothing. */
import { invalidParameter } from './errors.ts';
import type { ClientSettings, Pool } from './records.ts';
import { validityMs } from './validity.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Of clients whose author names no flow. */
const DEFAULT_FLOWS = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'] as const;

const STANDARD_SCOPES = ['phone', 'email', 'openid', 'profile', 'aws.cognito.signin.user.admin'];

/** Throws InvalidParameterException. */
export function checkedClient(pool: Pool, given: ClientSettings, customScopes: readonly string[]): ClientSettings {
  const flows = given.ExplicitAuthFlows?.length ? given.ExplicitAuthFlows : [...DEFAULT_FLOWS];
  const isOld = flows.some((flow) => !flow.startsWith('ALLOW_'));
  if (isOld && flows.some((flow) => flow.startsWith('ALLOW_'))) {
    throw invalidParameter('Existing authflow and new authflow can not be mixed.');
  }
  checkNames(pool, given);
  const unknown = (given.AllowedOAuthScopes ?? []).find(
    (scope) => !STANDARD_SCOPES.includes(scope) && !customScopes.includes(scope),
  );
  if (unknown !== undefined) throw invalidParameter(`Invalid scope requested: ${unknown}`);
  const oauth = given.AllowedOAuthFlows ?? [];
  if (oauth.includes('client_credentials') && oauth.length > 1) {
    throw invalidParameter('client_credentials flow can not be selected along with code flow or implicit flow.');
  }
  const settings: ClientSettings = {
    ...given,
    RefreshTokenValidity: given.RefreshTokenValidity || 30,
    ExplicitAuthFlows: flows,
    AllowedOAuthFlowsUserPoolClient: given.AllowedOAuthFlowsUserPoolClient ?? false,
    EnableTokenRevocation: given.EnableTokenRevocation ?? true,
    EnablePropagateAdditionalUserContextData: given.EnablePropagateAdditionalUserContextData ?? false,
    AuthSessionValidity: given.AuthSessionValidity ?? 3,
    TokenValidityUnits: given.TokenValidityUnits ?? {},
  };
  checkValidities(settings);
  return settings;
}

function checkNames({ schema }: Pool, { ReadAttributes, WriteAttributes }: ClientSettings): void {
  const known = new Map(schema.map((attribute) => [attribute.Name, attribute]));
  const unreadable = (ReadAttributes ?? []).find((name) => !known.has(name));
  if (unreadable !== undefined) {
    throw invalidParameter('Invalid read attributes specified while creating a client');
  }
  if (!WriteAttributes) return;
  const unwritable = WriteAttributes.find((name) => !known.has(name) || /_verified$|^sub$/.test(name));
  if (unwritable !== undefined) throw invalidParameter('Invalid write attributes specified while creating a client');
  const required = schema.find(({ Name, Required }) => Required && Name !== 'sub' && !WriteAttributes.includes(Name));
  if (required) throw invalidParameter('Invalid write attributes specified while creating a client');
}

function checkValidities(settings: ClientSettings): void {
  const refresh = validityMs({ settings }, 'refresh');
  if (refresh < 60 * MINUTE_MS || refresh > 3_650 * DAY_MS) {
    throw invalidParameter('Invalid range for token validity.');
  }
  for (const kind of ['access', 'id'] as const) {
    const ms = validityMs({ settings }, kind);
    if (ms < 5 * MINUTE_MS || ms > DAY_MS) throw invalidParameter('Invalid range for token validity.');
    if (ms > refresh) {
      throw invalidParameter(
        `${kind === 'id' ? 'Id' : 'Access'} Token Validity cannot be longer than Refresh Token Validity`,
      );
    }
  }
}

/** Whether the client's users may sign in so; flows have an old name and a new one. */
export function allowsFlow({ ExplicitAuthFlows: flows = [] }: ClientSettings, flow: Flow): boolean {
  return FLOW_NAMES[flow].some((name) => (flows as readonly string[]).includes(name));
}

export type Flow = keyof typeof FLOW_NAMES;

const FLOW_NAMES = {
  USER_SRP_AUTH: ['ALLOW_USER_SRP_AUTH'],
  USER_PASSWORD_AUTH: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'],
  ADMIN_USER_PASSWORD_AUTH: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'],
  CUSTOM_AUTH: ['ALLOW_CUSTOM_AUTH', 'CUSTOM_AUTH_FLOW_ONLY'],
  REFRESH_TOKEN_AUTH: ['ALLOW_REFRESH_TOKEN_AUTH', 'USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH', 'CUSTOM_AUTH_FLOW_ONLY'],
} as const;
