/** The administrator's connection: over the unix socket, for our own statements and for `sampan mysql`. */
import type { Connection, ConnectionOptions } from 'mysql2/promise';
import { ADMINISTRATOR } from './initialise.ts';

export { ADMINISTRATOR };

export interface AdministratorTarget {
  readonly socketPath: string;
  /** Selected when given; an unknown one is the server's error 1049. */
  readonly database?: string;
}

const CONNECT_WITHIN_MS = 5_000;

/** A mysql2 connection as `rdsadmin`, with every privilege. The caller ends it. A stack without a database never loads mysql2. */
export async function connectAsAdministrator(
  target: AdministratorTarget,
  options: ConnectionOptions = {},
): Promise<Connection> {
  const { createConnection } = await import('mysql2/promise');
  return createConnection({
    socketPath: target.socketPath,
    user: ADMINISTRATOR,
    database: target.database,
    connectTimeout: CONNECT_WITHIN_MS,
    charset: 'utf8mb4_general_ci',
    supportBigNumbers: true,
    dateStrings: true,
    ...options,
  });
}

/** Connects, runs `work`, and ends the connection whatever happens. */
export async function asAdministrator<T>(
  target: AdministratorTarget,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connectAsAdministrator(target);
  try {
    return await work(connection);
  } finally {
    await connection.end().catch(() => connection.destroy());
  }
}
