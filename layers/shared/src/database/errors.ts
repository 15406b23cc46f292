/** What can go wrong between a function and its database, sorted by what the caller can do about it. */

/** The database is away, refuses us, or has no room for us. Nothing is wrong with the statement: trying later may help. */
export class DatabaseUnavailableError extends Error {
  override readonly name: string = 'DatabaseUnavailableError';
}

/** The answer did not come in time. The connection was destroyed; whether a change took place is unknown. */
export class QueryTimeoutError extends DatabaseUnavailableError {
  override readonly name = 'QueryTimeoutError';
}

/** The connection was lost while a statement was under way. Whether a change took place is unknown. */
export class ConnectionLostError extends DatabaseUnavailableError {
  override readonly name = 'ConnectionLostError';
}

/** All connections of this environment are taken, and too many callers wait for one already, or one has waited too long. */
export class PoolExhaustedError extends DatabaseUnavailableError {
  override readonly name = 'PoolExhaustedError';
}

/** Thrown where a statement's time is measured; callers get a `QueryTimeoutError`. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs} ms`);
  }
}

/** The parts of a `mysql2` error that decisions are made by. */
interface DriverError extends Error {
  code?: string;
  errno?: number;
  fatal?: boolean;
  sql?: string;
}

/** Errors a server sends as its last words: it closes the connection after them. */
const LAST_WORDS: ReadonlySet<number> = new Set([
  1053, // ER_SERVER_SHUTDOWN
  1152, // ER_ABORTING_CONNECTION
  1158, // ER_NET_READ_ERROR
  1159, // ER_NET_READ_INTERRUPTED
  1160, // ER_NET_ERROR_ON_WRITE
  1161, // ER_NET_WRITE_INTERRUPTED
  1184, // ER_NEW_ABORTING_CONNECTION
  1927, // ER_CONNECTION_KILLED (MariaDB)
  4031, // ER_CLIENT_INTERACTION_TIMEOUT (MySQL)
]);

/** Errors of a server that is there but cannot serve this statement now. */
const NOT_NOW: ReadonlySet<number> = new Set([
  1040, // ER_CON_COUNT_ERROR
  1203, // ER_TOO_MANY_USER_CONNECTIONS
  1205, // ER_LOCK_WAIT_TIMEOUT
  1226, // ER_USER_LIMIT_REACHED
  1290, // ER_OPTION_PREVENTS_STATEMENT: read-only while failing over
  1836, // ER_READ_ONLY_MODE
  9501, // RDS Proxy: timed out waiting to acquire a database connection
]);

const ACCESS_DENIED: ReadonlySet<number> = new Set([
  1045, // ER_ACCESS_DENIED_ERROR
  1698, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
]);

const DEADLOCK = 1213;

export function isLostConnection(error: unknown): boolean {
  const { fatal, errno } = (error ?? {}) as DriverError;
  return fatal === true || (errno !== undefined && LAST_WORDS.has(errno));
}

export function isAccessDenied(error: unknown): boolean {
  const { errno } = (error ?? {}) as DriverError;
  return errno !== undefined && ACCESS_DENIED.has(errno);
}

/** The database answered, and let nobody in with these credentials. Other refusals say nothing about a password. */
export function isRefusedLogin(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError && isAccessDenied(error.cause);
}

/** The server has rolled the whole transaction back, so running it again is safe. */
export function isDeadlock(error: unknown): boolean {
  return (error as DriverError | undefined)?.errno === DEADLOCK;
}

/** After one of these the connection must not be used again: a late answer would be taken for the next statement's. */
export function poisons(error: unknown): boolean {
  const { errno } = (error ?? {}) as DriverError;
  return error instanceof NoAnswer || isLostConnection(error) || errno === 1290 || errno === 1836;
}

/** Sorts what the driver threw while a statement ran. Errors of the statement itself come back as they are, less its text. */
export function classify(error: unknown): unknown {
  withoutStatement(error);
  if (error instanceof NoAnswer) return new QueryTimeoutError('The database did not answer in time', { cause: error });
  if (isLostConnection(error))
    return new ConnectionLostError('The connection to the database was lost', { cause: error });
  const { errno } = (error ?? {}) as DriverError;
  if (errno !== undefined && NOT_NOW.has(errno)) {
    return new DatabaseUnavailableError('The database cannot serve the statement now', { cause: error });
  }
  return error;
}

/** `mysql2` hangs the whole statement, values included, on its errors; loggers print every property they find. */
export function withoutStatement(error: unknown): void {
  if (typeof error === 'object' && error !== null && 'sql' in error) delete error.sql;
}
