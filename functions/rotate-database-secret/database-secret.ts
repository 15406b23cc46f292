/** The secret of a database user, as SecretTargetAttachment leaves it. Its messages never quote a value. */
import { RotationError } from './event.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
export interface DatabaseSecret {
  readonly username: string;
  readonly password: string;
  readonly host: string;
  /** Whatever else the secret has: it is kept. */
  readonly [key: string]: unknown;
}

/**
 * @param host the only one whose users are rotated: a secret that names another server must not send a password there.
 * @throws RotationError
 */
export function readDatabaseSecret(text: string, label: string, host: string): DatabaseSecret {
  const secret = parse(text, label);
  for (const key of ['username', 'password', 'host']) {
    if (typeof secret[key] !== 'string' || secret[key] === '') {
      throw new RotationError(`The ${label} version of the secret needs a "${key}"`);
    }
  }
  if (secret['host'] !== host) {
    throw new RotationError(`The ${label} version of the secret is of another host than ${host}`);
  }
  return secret as DatabaseSecret;
}

function parse(text: string, label: string): Readonly<Record<string, unknown>> {
  // The engine's own parse errors quote the text they failed on.
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, without it.
  }
  throw new RotationError(`The ${label} version of the secret is not a JSON object`);
}
