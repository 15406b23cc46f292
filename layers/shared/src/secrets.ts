/**
 * Secrets through Powertools Parameters, which caches them for the environment's life or `MAX_AGE_SECONDS`.
 * No message of this module ever quotes a secret's content.
 */
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type SecretVersions, secretVersions } from './secrets/versions.ts';
import { tracedClient } from './tracing.ts';

export type { SecretDescription, SecretVersions } from './secrets/versions.ts';

/** Short enough that a new pool rarely starts with a rotated password; the pool re-reads on a refusal anyway. */
const MAX_AGE_SECONDS = 300;

/** The part of the Powertools provider that is used, so that tests can stand in for it. */
export interface SecretStore {
  get(id: string, options: GetOptions): Promise<string | Uint8Array | undefined>;
}

interface GetOptions {
  readonly maxAge: number;
  readonly forceFetch: boolean;
  readonly sdkOptions?: { readonly VersionStage: string };
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** `fresh` bypasses the cache: for when the cached secret has been refused. */
export type ReadCredentials = (options: { readonly fresh: boolean }) => Promise<Credentials>;

/** All that are good now; `fresh` bypasses the cache. */
export type ReadTexts = (options: { readonly fresh: boolean }) => Promise<readonly string[]>;

export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/**
 * The provider used on Lambda. In a VPC without the endpoint a request would hang until the function's own time-out,
 * so connecting and answering are bounded.
 */
export function secretsManager(): SecretStore {
  return new SecretsProvider({ awsSdkV3Client: tracedClient(new SecretsManagerClient(CLIENT)) });
}

const CLIENT = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;

/** Nobody waits for a rotation, and one that is cut off has to begin again. */
const PATIENT_CLIENT = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** For rotation functions: nothing is cached. */
export function secretVersionsOnLambda(): SecretVersions {
  return secretVersions(tracedClient(new SecretsManagerClient(PATIENT_CLIENT)));
}

/**
 * Credentials out of the JSON secret that RDS and its rotation use: `{username, password, …}`.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 * @throws SecretError (in the returned promise) when the secret cannot be read or has another shape.
 */
export function credentialsFrom(store: SecretStore, secretArn: string): ReadCredentials {
  return async ({ fresh }) => {
    let value: string | Uint8Array | undefined;
    try {
      value = await store.get(secretArn, { maxAge: MAX_AGE_SECONDS, forceFetch: fresh });
    } catch (cause) {
      throw new SecretError(`Secret ${secretArn} could not be read`, { cause });
    }
    return parseCredentials(value, secretArn);
  };
}

export interface RotatingSecretStores {
  readonly current: SecretStore;
  /** A store of its own: Powertools keeps what it has read by the secret's name, whatever version it was. */
  readonly previous: SecretStore;
  /** ms */
  readonly now: () => number;
}

export function secretsManagerByStage(): RotatingSecretStores {
  const awsSdkV3Client = tracedClient(new SecretsManagerClient(CLIENT));
  const [current, previous] = [new SecretsProvider({ awsSdkV3Client }), new SecretsProvider({ awsSdkV3Client })];
  return { current, previous, now: Date.now };
}

/**
 * A secret that two sides share as a text: the current version, and the one before as long as it has its label, so that
 * the other side may change to the new one whenever it likes.
 * @throws SecretError (in the returned promise) when the secret cannot be read or is no text.
 */
export function textsOf({ current, previous, now }: RotatingSecretStores, secretArn: string): ReadTexts {
  /** Powertools does not remember what is not there; until then it is not asked for again. */
  let noneBefore = 0;
  const readPrevious = async (fresh: boolean): Promise<string | Uint8Array | undefined> => {
    if (!fresh && now() < noneBefore) return undefined;
    try {
      const sdkOptions = { VersionStage: 'AWSPREVIOUS' };
      const value = await previous.get(secretArn, { maxAge: MAX_AGE_SECONDS, forceFetch: fresh, sdkOptions });
      noneBefore = 0;
      return value;
    } catch (error) {
      if ((error as { cause?: { name?: unknown } }).cause?.name !== 'ResourceNotFoundException') throw error;
      noneBefore = now() + MAX_AGE_SECONDS * 1_000;
      return undefined;
    }
  };
  return async ({ fresh }) => {
    let values: (string | Uint8Array | undefined)[];
    try {
      const reading = current.get(secretArn, { maxAge: MAX_AGE_SECONDS, forceFetch: fresh });
      values = await Promise.all([reading, readPrevious(fresh)]);
    } catch (cause) {
      throw new SecretError(`Secret ${secretArn} could not be read`, { cause });
    }
    if (typeof values[0] !== 'string') throw new SecretError(`Secret ${secretArn} is no text`);
    return values.filter((value) => typeof value === 'string' && value !== '') as string[];
  };
}

function parseCredentials(value: string | Uint8Array | undefined, secretArn: string): Credentials {
  // Powertools' own JSON transform is not used: the engine's parse errors quote the text they failed on.
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof value === 'string' ? value : new TextDecoder().decode(value));
  } catch {
    throw new SecretError(`Secret ${secretArn} is not JSON`);
  }
  const { username, password } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof username !== 'string' || username === '' || typeof password !== 'string' || password === '') {
    throw new SecretError(`Secret ${secretArn} needs a "username" and a "password"`);
  }
  return { username, password };
}
