/** JSON Web Tokens signed with RS256. https://www.rfc-editor.org/rfc/rfc7519 */
import { sign, verify } from 'node:crypto';
import type { SigningKey } from './signing-keys.ts';

export type Claims = Readonly<Record<string, unknown>>;

export function signJwt(claims: Claims, { kid, privateKey }: SigningKey): string {
  const message = `${encoded({ kid, alg: 'RS256' })}.${encoded(claims)}`;
  return `${message}.${sign('RSA-SHA256', Buffer.from(message), privateKey).toString('base64url')}`;
}

/** The claims of a token that one of these keys signed; undefined for everything else. */
export function verifyJwt(token: string, keys: readonly SigningKey[]): Claims | undefined {
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const said = decoded(header);
  const key = said?.['alg'] === 'RS256' ? keys.find(({ kid }) => kid === said['kid']) : undefined;
  if (!key) return undefined;
  const message = Buffer.from(`${header}.${payload}`);
  const isSigned = verify('RSA-SHA256', message, key.publicKey, Buffer.from(signature, 'base64url'));
  return isSigned ? decoded(payload) : undefined;
}

/** What a token says, without asking whether it is true. */
export function unverifiedClaims(token: string): Claims | undefined {
  return decoded(token.split('.')[1] ?? '');
}

const encoded = (value: Claims): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decoded(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
