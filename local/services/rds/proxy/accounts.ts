/** The accounts of a database's server, and how to see that they changed without asking it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { asAdministrator } from '../server/administrator.ts';
import type { DatabaseServer } from '../server/start.ts';

export interface LoginAccount {
  readonly user: string;
  /** More than one password, or other proof, is as good as the first: as while a password is rotated. */
  readonly hasSeveral: boolean;
}

/** Who may log in over the network: no roles, nobody who is locked out, not the service's own administrator. */
export async function loginAccounts(
  server: Pick<DatabaseServer, 'socketPath' | 'program'>,
): Promise<readonly LoginAccount[]> {
  const accounts =
    server.program.flavour === 'mariadb'
      ? `select User, max(json_exists(Priv, '$.auth_or')) as several from mysql.global_priv where Host not in ('', 'localhost')
         and coalesce(json_value(Priv, '$.is_role'), 0) = 0 and coalesce(json_value(Priv, '$.account_locked'), 0) = 0
         group by User`
      : `select User, max(json_contains_path(coalesce(User_attributes, '{}'), 'one', '$.additional_password')) as several
         from mysql.user where Host <> 'localhost' and account_locked = 'N' group by User`;
  return asAdministrator(server, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>(accounts);
    return rows.map((row) => ({ user: String(row['User']), hasSeveral: Number(row['several']) > 0 }));
  });
}

/**
 * Another text after every change of accounts: MariaDB keeps them in Aria tables, whose log is written before the
 * statement that changes them ends, and by nothing else. Undefined where there is no such log, as in MySQL.
 */
export function accountsStamp(dataDirectory: string): string | undefined {
  const log = statSync(join(dataDirectory, 'aria_log.00000001'), { throwIfNoEntry: false });
  return log && `${log.size} ${log.mtimeMs}`;
}
