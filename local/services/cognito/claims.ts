/**
 * What tokens say.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
 */
import type { AppClient, Group, User } from './records.ts';
import { subOf } from './records.ts';

/** One sign-in, and everything refreshed from it. */
export interface SignIn {
  /** Seconds since 1970. */
  readonly authTime: number;
  /** Absent where the client's tokens cannot be revoked. */
  readonly originJti?: string;
  readonly eventId: string;
  readonly scopes: readonly string[];
}

export interface TokenMoment {
  /** Seconds since 1970, both. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly jti: string;
}

/** What a pre token generation trigger changed. */
export interface ClaimChanges {
  readonly add: Readonly<Record<string, unknown>>;
  readonly suppress: readonly string[];
}

export interface GroupClaims {
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly preferredRole?: string;
}

export const USER_SCOPE = 'aws.cognito.signin.user.admin';

/**
 * Groups by precedence, the lowest number first; groups without one come last. The preferred role is that of the first
 * group, unless several share its precedence and have different roles.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html
 */
export function groupClaims(groups: readonly Group[]): GroupClaims {
  const ordered = groups.toSorted(
    (a, b) =>
      (a.Precedence ?? Number.POSITIVE_INFINITY) - (b.Precedence ?? Number.POSITIVE_INFINITY) ||
      compare(a.GroupName, b.GroupName),
  );
  const roles = [...new Set(ordered.flatMap(({ RoleArn }) => RoleArn ?? []))];
  const first = ordered.find(({ Precedence }) => Precedence !== undefined);
  const preferred = ordered.filter(({ Precedence }) => first !== undefined && Precedence === first.Precedence);
  const preferredRoles = new Set(preferred.map(({ RoleArn }) => RoleArn));
  const [preferredRole] = preferredRoles.size === 1 ? preferredRoles : [];
  return {
    groups: ordered.map(({ GroupName }) => GroupName),
    roles,
    ...(preferredRole !== undefined && { preferredRole }),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Those of a user's attributes that the client may read. */
export function readableAttributes({ attributes }: User, { settings }: AppClient): Record<string, string> {
  const { ReadAttributes: readable } = settings;
  if (!readable) return { ...attributes };
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name === 'sub' || readable.includes(name)));
}

/** What both kinds of tokens are made of. */
interface ClaimParts {
  readonly user: User;
  readonly client: AppClient;
  readonly issuer: string;
  readonly groups: GroupClaims;
  readonly signIn: SignIn;
  readonly moment: TokenMoment;
  readonly changes?: ClaimChanges;
}

export function idClaims(parts: ClaimParts): Record<string, unknown> {
  const { user, client, issuer, groups, signIn, moment, changes } = parts;
  const { sub: _, ...attributes } = readableAttributes(user, client);
  return {
    sub: subOf(user),
    ...changed({ ...groupMembers(groups), ...typed(attributes) }, changes),
    iss: issuer,
    'cognito:username': user.username,
    ...(signIn.originJti !== undefined && { origin_jti: signIn.originJti }),
    aud: client.id,
    event_id: signIn.eventId,
    token_use: 'id',
    auth_time: signIn.authTime,
    exp: moment.expiresAt,
    iat: moment.issuedAt,
    jti: moment.jti,
  };
}

export function accessClaims(parts: ClaimParts): Record<string, unknown> {
  const { user, client, issuer, groups, signIn, moment, changes } = parts;
  return {
    sub: subOf(user),
    ...changed(groups.groups.length > 0 ? { 'cognito:groups': groups.groups } : {}, changes),
    iss: issuer,
    client_id: client.id,
    ...(signIn.originJti !== undefined && { origin_jti: signIn.originJti }),
    event_id: signIn.eventId,
    token_use: 'access',
    scope: signIn.scopes.join(' '),
    auth_time: signIn.authTime,
    exp: moment.expiresAt,
    iat: moment.issuedAt,
    jti: moment.jti,
    username: user.username,
  };
}

function groupMembers({ groups, roles, preferredRole }: GroupClaims): Record<string, unknown> {
  return {
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    ...(preferredRole !== undefined && { 'cognito:preferred_role': preferredRole }),
    ...(roles.length > 0 && { 'cognito:roles': roles }),
  };
}

/** Attributes are text; that an address is verified is true or false in a token. */
function typed(attributes: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      name === 'email_verified' || name === 'phone_number_verified' ? value === 'true' : value,
    ]),
  );
}

/** What no trigger changes: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html */
const RESERVED = new Set([
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'client_id',
  'event_id',
  'exp',
  'iat',
  'identities',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'scope',
  'sub',
  'token_use',
  'username',
]);

const isReserved = (name: string): boolean => RESERVED.has(name) || /^(?:cognito|dev):/.test(name);

function changed(claims: Record<string, unknown>, changes: ClaimChanges | undefined): Record<string, unknown> {
  if (!changes) return claims;
  const added = Object.entries(changes.add).filter(([name]) => !isReserved(name));
  const suppressed = new Set(changes.suppress.filter((name) => !isReserved(name)));
  return Object.fromEntries([...Object.entries(claims), ...added].filter(([name]) => !suppressed.has(name)));
}
