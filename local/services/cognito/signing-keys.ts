/**
 * Two RSA keys per pool, as AWS has: identity tokens are signed with one, access tokens with the other.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Store } from '../../kernel/store.ts';

/** As `jwks.json` tells it. */
export interface PublicJwk {
  readonly alg: 'RS256';
  readonly e: string;
  readonly kid: string;
  readonly kty: 'RSA';
  readonly n: string;
  readonly use: 'sig';
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
}

export interface PoolKeys {
  readonly id: SigningKey;
  readonly access: SigningKey;
}

export interface SigningKeys {
  /** Makes them at the first call; whoever calls at the same time gets the same. */
  of(poolId: string): Promise<PoolKeys>;
  /** Starts making them, so that the first token need not wait. */
  prepare(poolId: string): void;
  forget(poolId: string): void;
  /** Resolves when no key is being made. */
  settled(): Promise<void>;
}

const generate = promisify(generateKeyPair);

/** @param areMadeAhead whether `prepare` does anything */
export function createSigningKeys(store: Store, areMadeAhead: boolean): SigningKeys {
  const kept = store.collection<{ readonly id: string; readonly access: string }>('cognito-idp', 'signing-keys');
  const keys = new Map<string, Promise<PoolKeys>>();

  async function make(poolId: string): Promise<PoolKeys> {
    const found = kept.get(poolId);
    if (found) return { id: readKey(found.id), access: readKey(found.access) };
    const [id, access] = await Promise.all([newKey(), newKey()]);
    // The pool may be gone by now.
    if (keys.has(poolId)) kept.put(poolId, { id, access });
    return { id: readKey(id), access: readKey(access) };
  }

  function of(poolId: string): Promise<PoolKeys> {
    let known = keys.get(poolId);
    if (!known) {
      known = make(poolId);
      keys.set(poolId, known);
      known.catch(() => keys.delete(poolId));
    }
    return known;
  }

  return {
    of,
    prepare(poolId) {
      if (areMadeAhead) void of(poolId).catch(() => {});
    },
    forget(poolId) {
      keys.delete(poolId);
      kept.delete(poolId);
    },
    settled: async () => void (await Promise.allSettled(keys.values())),
  };
}

async function newKey(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function readKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(n).digest('base64');
  return { kid, privateKey, publicKey, jwk: { alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' } };
}
