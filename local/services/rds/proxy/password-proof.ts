/**
 * How a client of the MySQL protocol proves that it knows a password: by a hash of it and of what the server greeted with.
 * Pure. https://mariadb.com/kb/en/authentication-plugin-mysql_native_password/
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 */
import { createHash } from 'node:crypto';

export interface Proof {
  readonly plugin: string;
  readonly answer: Buffer;
}

const hash = (algorithm: string, ...parts: readonly (Buffer | string)[]): Buffer =>
  parts.reduce((digest, part) => digest.update(part), createHash(algorithm)).digest();

const xor = (one: Buffer, other: Buffer): Buffer => Buffer.from(one.map((byte, index) => byte ^ other[index]!));

const ANSWERS: Readonly<Record<string, (password: string, nonce: Buffer) => Buffer>> = {
  mysql_native_password(password, nonce) {
    const once = hash('sha1', password);
    return xor(once, hash('sha1', nonce, hash('sha1', once)));
  },
  caching_sha2_password(password, nonce) {
    const once = hash('sha256', password);
    return xor(once, hash('sha256', hash('sha256', once), nonce));
  },
};

/** Whether it is one of the passwords; undefined where the proof is of a kind that only the server can judge. */
export function provesOneOf(
  { plugin, answer }: Proof,
  nonce: Buffer,
  passwords: readonly string[],
): boolean | undefined {
  const answerFor = ANSWERS[plugin];
  if (!answerFor || answer.length === 0) return undefined;
  return passwords.some((password) => answerFor(password, nonce).equals(answer));
}
