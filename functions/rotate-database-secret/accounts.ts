/**
 * The database's side of a rotation: one user who has two passwords for a while, so that there is no moment at which
 * the secret holds one that the database refuses. docs/decisions tells why not two users.
 */
import { type Database, DatabaseUnavailableError, letsIn, type Statements } from '@app/shared/database';
import type { Credentials } from '@app/shared/secrets';
import { RotationError } from './event.ts';

export interface Accounts {
  /** Whether the database lets somebody in with these. Rejects when it does not answer. */
  accepts(credentials: Credentials): Promise<boolean>;
  /**
   * From now on the user has these two passwords and no other. Whoever is logged in stays so.
   * @throws RotationError (in the promise) without the server's words, which may quote a password.
   */
  setPasswords(username: string, passwords: { readonly pending: string; readonly current: string }): Promise<void>;
}

/** Opens databases as somebody; the caller closes them. */
export interface Connect {
  as(credentials: Credentials): Database;
  asAdministrator(): Database;
}

export function accounts(connect: Connect): Accounts {
  return {
    accepts: (credentials) => letsIn(connect.as(credentials)),
    async setPasswords(username, passwords) {
      const database = connect.asAdministrator();
      try {
        await database.session(async (statements) => {
          const sql = (await isMariaDb(statements)) ? onMariaDb : onMySql;
          for (const [text, values] of sql(username, passwords)) await run(statements, text, values);
        });
      } finally {
        await database.close();
      }
    },
  };
}

type Sql = readonly (readonly [sql: string, values: readonly string[]])[];
type Passwords = Parameters<Accounts['setPasswords']>[1];

/** Two ways to prove who one is, either of which will do. https://mariadb.com/kb/en/alter-user/#identified-via */
const onMariaDb = (username: string, { pending, current }: Passwords): Sql => [
  [
    "ALTER USER ?@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD(?) OR mysql_native_password USING PASSWORD(?) REQUIRE SSL",
    [username, pending, current],
  ],
];

/**
 * A rotation that was given up may have left another password as the first one, which would push the current out: that
 * is made the first again, before the pending one takes its place and it becomes the second.
 * https://dev.mysql.com/doc/refman/8.4/en/password-management.html#dual-passwords
 */
const onMySql = (username: string, { pending, current }: Passwords): Sql => [
  ["ALTER USER ?@'%' IDENTIFIED BY ? REQUIRE SSL", [username, current]],
  ["ALTER USER ?@'%' IDENTIFIED BY ? RETAIN CURRENT PASSWORD REQUIRE SSL", [username, pending]],
];

async function isMariaDb(statements: Statements): Promise<boolean> {
  const [row] = await statements.read<{ version: string }>('SELECT VERSION() AS version');
  return row?.version.includes('MariaDB') ?? false;
}

async function run(statements: Statements, sql: string, values: readonly string[]): Promise<void> {
  try {
    await statements.write(sql, values);
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw error;
    const { code = 'unknown reason' } = error as { code?: unknown };
    throw new RotationError(`ALTER USER failed: ${code}`);
  }
}
