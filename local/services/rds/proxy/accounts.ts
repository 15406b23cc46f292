/** The accounts of a database's server, and how to see that they changed without asking it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { asAdministrator } from '../server/administrator.ts';
import type { DatabaseServer } from '../server/start.ts';

/** Who may log in over the network: no roles, nobody who is locked out, not the service's own administrator. */
export async function loginAccounts(
  server: Pick<DatabaseServer, 'socketPath' | 'program'>,
): Promise<readonly string[]> {
  const accounts =
    server.program.flavour === 'mariadb'
      ? `select distinct User from mysql.global_priv where Host not in ('', 'localhost')
         and coalesce(json_value(Priv, '$.is_role'), 0) = 0 and coalesce(json_value(Priv, '$.account_locked'), 0) = 0`
      : `select distinct User from mysql.user where Host <> 'localhost' and account_locked = 'N'`;
  return asAdministrator(server, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>(accounts);
    return rows.map((row) => String(row['User']));
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
