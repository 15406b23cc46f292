/**
 * Is this a token of one of these user pools? Pure: token, keys and time in, claims or what is wrong with it out.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
import { type KeyObject, verify } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly claims: Claims /** ms since 1970 */; readonly expiresAt: number }
  | { readonly kind: 'expired' }
  /** `reason` is for the log alone. `unknown-key`: the keys may be old ones. */
  | { readonly kind: 'invalid' | 'unknown-key'; readonly reason: string };

/** Public keys by key id, of one issuer. */
export type SigningKeys = ReadonlyMap<string, KeyObject>;

/** No header that API Gateway takes is longer, all of them together. */
const LONGEST = 10_240;
const BASE64URL = /^[\w-]+$/;
/** How far the issuer's clock may be ahead. */
const SKEW_MS = 300_000;

/** @param issuers keys by `iss`  @param now ms since 1970 */
export function verifyToken(token: string, issuers: ReadonlyMap<string, SigningKeys>, now: number): TokenVerdict {
  if (token.length > LONGEST) return invalid('it is too long');
  const parts = token.split('.');
  const [head = '', body = '', signature = ''] = parts;
  if (parts.length !== 3 || !parts.every((part) => BASE64URL.test(part))) return invalid('it is no JSON web token');
  const header = objectIn(head);
  if (header?.alg !== 'RS256') return invalid('its algorithm is not RS256');
  if ('crit' in header) return invalid('it has critical extensions');
  const claims = objectIn(body);
  if (!claims) return invalid('its payload is no JSON object');
  const keys = typeof claims.iss === 'string' ? issuers.get(claims.iss) : undefined;
  if (!keys)
    return unknownKey(`its issuer ${JSON.stringify(claims.iss ?? null)} is none of the authorizer's user pools`);
  const key = typeof header.kid === 'string' ? keys.get(header.kid) : undefined;
  if (!key) return unknownKey(`its user pool has no key ${JSON.stringify(header.kid ?? null)}`);
  const bytes = Buffer.from(signature, 'base64url');
  // Bits that base64 leaves over would make other tokens of one signature.
  if (bytes.toString('base64url') !== signature) return invalid('its signature is not in its canonical form');
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, bytes)) return invalid('its signature is not right');
  return atTime(claims, now);
}

function atTime(claims: Claims, now: number): TokenVerdict {
  const { exp, nbf, iat } = claims;
  if (typeof exp !== 'number') return invalid('its exp is no number');
  if (exp * 1000 <= now) return { kind: 'expired' };
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 <= now)) return invalid('it is not valid yet');
  if (iat !== undefined && !(typeof iat === 'number' && iat * 1000 <= now + SKEW_MS)) {
    return invalid('it was issued in the future');
  }
  return { kind: 'valid', claims, expiresAt: exp * 1000 };
}

function objectIn(part: string): Claims | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function invalid(reason: string): TokenVerdict {
  return { kind: 'invalid', reason };
}

function unknownKey(reason: string): TokenVerdict {
  return { kind: 'unknown-key', reason };
}
