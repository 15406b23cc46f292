/**
 * The master user and the first database, as RDS makes them.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html
 */
import type { Connection } from 'mysql2/promise';
import type { ServerProgram } from './server/program.ts';

/** Everything but what would break the service's own work: no SUPER, no FILE, no SHUTDOWN. */
const MASTER_PRIVILEGES = [
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES',
  'CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW',
  'CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER',
];

/** RDS for MySQL 8.0.36 and later; dynamic privileges MariaDB does not have. */
const MYSQL_MASTER_PRIVILEGES = ['CREATE ROLE, DROP ROLE, APPLICATION_PASSWORD_ADMIN, ROLE_ADMIN, XA_RECOVER_ADMIN'];

export interface MasterUser {
  readonly name: string;
  readonly password: string;
}

/** Makes the user, or sets the password and restores the privileges of the one there is. */
export async function ensureMasterUser(
  connection: Connection,
  flavour: ServerProgram['flavour'],
  user: MasterUser,
): Promise<void> {
  const account = `${connection.escape(user.name)}@'%'`;
  const password = connection.escape(user.password);
  const privileges = flavour === 'mysql' ? [...MASTER_PRIVILEGES, ...MYSQL_MASTER_PRIVILEGES] : MASTER_PRIVILEGES;
  await connection.query(`CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY ${password}`);
  await connection.query(`ALTER USER ${account} IDENTIFIED BY ${password}`);
  await connection.query(`GRANT ${privileges.join(', ')} ON *.* TO ${account} WITH GRANT OPTION`);
}

export async function ensureDatabase(connection: Connection, name: string): Promise<void> {
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${connection.escapeId(name)}`);
}
