/** Tokens handed out, refreshed, revoked and read back. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { AuthenticationResultType } from '@aws-sdk/client-cognito-identity-provider';
import type { ServiceContext } from '../../kernel/service.ts';
import { accessClaims, groupClaims, idClaims, type SignIn, USER_SCOPE } from './claims.ts';
import { noSuchUser, notAuthorized } from './errors.ts';
import { type Claims, signJwt, unverifiedClaims, verifyJwt } from './jwt.ts';
import type { AppClient, Pool, User } from './records.ts';
import { subOf } from './records.ts';
import type { Repositories } from './repositories.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { TokenTrigger, Triggers } from './triggers.ts';
import type { UserRepository } from './user-repository.ts';
import { validityMs } from './validity.ts';

/** What a refresh token stands for; kept under its digest. */
export interface RefreshGrant {
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly sub: string;
  readonly signIn: SignIn;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly clientMetadata?: Readonly<Record<string, string>>;
  readonly isRevoked?: true;
}

/** Who an access token is of. */
export interface Bearer {
  readonly pool: Pool;
  readonly client: AppClient;
  readonly user: User;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface TokenOptions {
  readonly trigger: TokenTrigger;
  readonly clientMetadata?: Readonly<Record<string, string>>;
}

export interface Tokens {
  /** Tokens of a new sign-in. */
  issue(pool: Pool, client: AppClient, user: User, options: TokenOptions): Promise<AuthenticationResultType>;
  /** Throws NotAuthorizedException for a token that is no longer, or never was. */
  refresh(
    token: string,
    client: AppClient,
    clientMetadata?: Readonly<Record<string, string>>,
  ): Promise<AuthenticationResultType>;
  /** Whose grant a refresh token is; undefined for a token of nobody. */
  grantOf(token: string): RefreshGrant | undefined;
  /** With the tokens that came of it; a token that is none is nobody's concern. */
  revoke(token: string): void;
  /** Rejects with NotAuthorizedException for a token that may nothing (any more). */
  bearerOf(accessToken: string): Promise<Bearer>;
  /** Every token of every sign-in until now. */
  revokeAll(user: User): void;
}

export const issuerOf = (region: string, poolId: string): string =>
  `https://cognito-idp.${region}.amazonaws.com/${poolId}`;

export interface TokenParts {
  readonly context: Pick<ServiceContext, 'store' | 'clock' | 'region'>;
  readonly repositories: Repositories;
  readonly users: UserRepository;
  readonly keys: SigningKeys;
  readonly triggers: Triggers;
}

export function createTokens({ context, repositories, users, keys, triggers }: TokenParts): Tokens {
  const { store, clock, region } = context;
  const grants = store.collection<RefreshGrant>('cognito-idp', 'refresh-tokens');
  /** By `origin_jti`: until when tokens of a revoked grant could still be shown. */
  const revoked = store.collection<number>('cognito-idp', 'revoked-tokens');
  const seconds = (ms: number): number => Math.floor(ms / 1000);

  async function make(pool: Pool, client: AppClient, user: User, signIn: SignIn, options: TokenOptions) {
    const now = clock.now();
    const groups = groupClaims(user.groups.flatMap((name) => repositories.groups.find(pool.id, name) ?? []));
    const changes = await triggers.tokenGeneration({ pool, client, user, groups, scopes: signIn.scopes, ...options });
    const { id, access } = await keys.of(pool.id);
    const issuer = issuerOf(region, pool.id);
    const moment = (kind: 'access' | 'id') => ({
      issuedAt: seconds(now),
      expiresAt: seconds(now + validityMs(client, kind)),
      jti: randomUUID(),
    });
    const common = { user, client, issuer, groups: changes.groups ?? groups };
    const { scopes } = changes;
    const result: AuthenticationResultType = {
      AccessToken: signJwt(
        accessClaims({
          ...common,
          signIn: scopes ? { ...signIn, scopes } : signIn,
          moment: moment('access'),
          changes: changes.access,
        }),
        access,
      ),
      ExpiresIn: seconds(validityMs(client, 'access')),
      TokenType: 'Bearer',
      IdToken: signJwt(idClaims({ ...common, signIn, moment: moment('id'), changes: changes.id }), id),
    };
    return result;
  }

  function grant(pool: Pool, client: AppClient, user: User, signIn: SignIn, options: TokenOptions): string {
    const token = newRefreshToken();
    const now = clock.now();
    const expiresAt = now + validityMs(client, 'refresh');
    const { clientMetadata } = options;
    grants.put(digestOf(token), {
      poolId: pool.id,
      clientId: client.id,
      username: user.username,
      sub: subOf(user),
      signIn,
      issuedAt: now,
      expiresAt,
      ...(clientMetadata && { clientMetadata }),
    });
    return token;
  }

  function liveGrant(token: string, client: AppClient): RefreshGrant {
    const found = grants.get(digestOf(token));
    if (!found || found.clientId !== client.id) throw notAuthorized('Invalid Refresh Token');
    if (found.expiresAt <= clock.now()) throw notAuthorized('Refresh Token has expired');
    if (found.isRevoked) throw notAuthorized('Refresh Token has been revoked');
    return found;
  }

  /** With the access tokens that came of it, where they say what they came of. */
  function revokeGrant(key: string, found: RefreshGrant): void {
    grants.put(key, { ...found, isRevoked: true });
    if (found.signIn.originJti !== undefined) revoked.put(found.signIn.originJti, found.expiresAt);
  }

  /** A token that says nothing of where it came from goes with the user's sign-out; such count whole seconds. */
  function isRevoked({ origin_jti: originJti, iat }: Claims, { signedOutAt }: User): boolean {
    if (typeof originJti === 'string') return revoked.get(originJti) !== undefined;
    return signedOutAt !== undefined && Number(iat) <= seconds(signedOutAt);
  }

  /** What has expired needs no revoking. */
  function sweep(): void {
    const now = clock.now();
    for (const { key, value } of grants.list()) if (value.expiresAt <= now) grants.delete(key);
    for (const { key, value } of revoked.list()) if (value <= now) revoked.delete(key);
  }

  sweep();
  return {
    async issue(pool, client, user, options) {
      const signIn: SignIn = {
        authTime: seconds(clock.now()),
        eventId: randomUUID(),
        scopes: [USER_SCOPE],
        ...(client.settings.EnableTokenRevocation !== false && { originJti: randomUUID() }),
      };
      const result = await make(pool, client, user, signIn, options);
      return { ...result, RefreshToken: grant(pool, client, user, signIn, options) };
    },

    async refresh(token, client, clientMetadata) {
      const found = liveGrant(token, client);
      const pool = repositories.pools.get(found.poolId);
      const user = users.find(pool, found.username);
      if (!user || subOf(user) !== found.sub) throw notAuthorized('Invalid Refresh Token');
      if (!user.enabled) throw notAuthorized('User is disabled.');
      const options: TokenOptions = { trigger: 'TokenGeneration_RefreshTokens', clientMetadata };
      const result = await make(pool, client, user, found.signIn, options);
      // Revoked, or exchanged by somebody else, while a function had its say.
      liveGrant(token, client);
      const rotation = client.settings.RefreshTokenRotation;
      if (rotation?.Feature !== 'ENABLED') return result;
      // The old token lives on for the grace period, for clients whose answer got lost.
      const graceMs = (rotation.RetryGracePeriodSeconds ?? 0) * 1000;
      const next = newRefreshToken();
      store.transaction(() => {
        grants.put(digestOf(next), { ...found, issuedAt: clock.now() });
        if (graceMs === 0) grants.delete(digestOf(token));
        else grants.put(digestOf(token), { ...found, expiresAt: Math.min(found.expiresAt, clock.now() + graceMs) });
      });
      return { ...result, RefreshToken: next };
    },

    grantOf: (token) => grants.get(digestOf(token)),

    revoke(token) {
      const found = grants.get(digestOf(token));
      if (found) store.transaction(() => revokeGrant(digestOf(token), found));
    },

    async bearerOf(accessToken) {
      const poolId =
        String(unverifiedClaims(accessToken)?.['iss'] ?? '')
          .split('/')
          .at(-1) ?? '';
      const pool = repositories.pools.find(poolId);
      if (!pool) throw notAuthorized('Invalid Access Token');
      const { access } = await keys.of(pool.id);
      const claims = verifyJwt(accessToken, [access]);
      if (claims?.['token_use'] !== 'access') throw notAuthorized('Invalid Access Token');
      if (Number(claims['exp']) * 1000 <= clock.now()) throw notAuthorized('Access Token has expired');
      const client = repositories.clients.find(String(claims['client_id']));
      const user = users.find(pool, String(claims['username']));
      if (!client) throw notAuthorized('Invalid Access Token');
      if (!user || subOf(user) !== claims['sub']) throw noSuchUser();
      if (!user.enabled) throw notAuthorized('User is disabled.');
      if (isRevoked(claims, user)) throw notAuthorized('Access Token has been revoked');
      if (
        !String(claims['scope'] ?? '')
          .split(' ')
          .includes(USER_SCOPE)
      ) {
        throw notAuthorized('Access Token does not have required scopes');
      }
      return { pool, client, user, claims };
    },

    revokeAll(user) {
      store.transaction(() => {
        for (const { key, value } of grants.list()) if (value.sub === subOf(user)) revokeGrant(key, value);
      });
    },
  };
}

/** Only its digest is kept: who reads the store cannot refresh. */
const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Opaque to its bearer; AWS's are encrypted tokens of five parts (JWE), and so look these. */
function newRefreshToken(): string {
  const header = Buffer.from(JSON.stringify({ cty: 'JWT', enc: 'A256GCM', alg: 'RSA-OAEP' })).toString('base64url');
  const parts = [256, 12, 800, 16].map((bytes) => randomBytes(bytes).toString('base64url'));
  return [header, ...parts].join('.');
}
