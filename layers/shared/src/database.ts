/**
 * The help desk's database, MariaDB or MySQL, usually behind RDS Proxy.
 *
 * - Text protocol only (`query`, never `execute`): prepared statements pin a connection of the proxy.
 *   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html
 * - A statement that does not answer in time has its connection destroyed: released, the connection would hand the late
 *   answer to the next statement.
 * - A lost connection is retried once, and only where nothing can have happened twice: for `read`, and before a
 *   transaction has begun.
 */
import type { PoolConnection } from 'mysql2';
import { breakOff, type ConnectionOptions, type Connections, connections } from './database/connections.ts';
import { ConnectionLostError, classify, isDeadlock, isRefusedLogin, NoAnswer, poisons } from './database/errors.ts';

export {
  ConnectionLostError,
  DatabaseUnavailableError,
  PoolExhaustedError,
  QueryTimeoutError,
} from './database/errors.ts';

type Scalar = string | number | bigint | boolean | Date | Uint8Array | null;
/** A parameter; an array becomes a list, for `IN (?)`. */
export type Value = Scalar | readonly Scalar[];

export interface Written {
  /** Rows matched, whether or not they changed. */
  readonly affectedRows: number;
}

export interface Statements {
  /** Runs a statement that changes nothing. Dates arrive as text in UTC, `2026-11-21 03:21:00.123456`. */
  read<Row>(sql: string, values?: readonly Value[]): Promise<Row[]>;
  /** Runs a statement that changes something; never twice. */
  write(sql: string, values?: readonly Value[]): Promise<Written>;
}

export interface Database extends Statements {
  /**
   * Commits when `work` fulfils, rolls back when it rejects. On a deadlock, which the server has rolled back already,
   * `work` runs a second time: it must do nothing but talk to the database.
   */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /**
   * Runs `work` on one connection outside any transaction, and closes that connection afterwards: for what belongs to a
   * connection, such as `USE` and `GET_LOCK`. Nothing is retried. An aborted `signal` breaks the connection off, whatever
   * it is doing, and rejects with its reason: nothing more is sent, but the statement under way may still take effect.
   */
  session<T>(work: (statements: Statements) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

type Optional = 'queueLimit' | 'connectTimeoutMs' | 'acquireTimeoutMs';

export interface DatabaseOptions extends Omit<ConnectionOptions, Optional>, Partial<Pick<ConnectionOptions, Optional>> {
  /** For each statement. Default 5,000. */
  readonly queryTimeoutMs?: number;
  /** Wraps each statement, for tracing. */
  readonly trace?: Trace;
}

/** `details` are of X-Ray's subsegments; a statement's text has `?` where its values are. */
export type Trace = <T>(name: string, work: () => Promise<T>, details: TraceDetails) => Promise<T>;

export interface TraceDetails {
  readonly namespace: 'remote';
  readonly sql: { readonly url: string; readonly database_type: 'MySQL'; readonly sanitized_query: string };
}

/** How statements run. */
interface Running {
  readonly timeoutMs: number;
  readonly trace: <T>(sql: string, statement: () => Promise<T>) => Promise<T>;
}

const DEFAULTS = { queueLimit: 20, connectTimeoutMs: 2_000, acquireTimeoutMs: 6_000, queryTimeoutMs: 5_000 };

/** Opens nothing yet: the first statement does. */
export function createDatabase(options: DatabaseOptions): Database {
  const settings = { ...DEFAULTS, ...options };
  const pool = connections(settings);
  const running: Running = { timeoutMs: settings.queryTimeoutMs, trace: statementTrace(options) };

  return {
    read: (sql, values) => once(pool, (connection) => rows(connection, sql, values, running), 1),
    write: (sql, values) => once(pool, (connection) => written(connection, sql, values, running), 0),
    transaction: (work) => transaction(pool, work, running),
    session: (work, signal) => session(pool, work, running, signal),
    close: () => pool.close(),
  };
}

/**
 * Whether the database lets the user in as whom it was made; closes it. Rejects when the database cannot say now: to take
 * that for a no would be to call a good password wrong.
 */
export async function letsIn(database: Database): Promise<boolean> {
  try {
    await database.read('SELECT 1');
    return true;
  } catch (error) {
    if (isRefusedLogin(error)) return false;
    throw error;
  } finally {
    await database.close();
  }
}

/** Runs one statement on a connection of its own, again on another one after a loss if `retries` allow. */
async function once<T>(
  pool: Connections,
  statement: (connection: PoolConnection) => Promise<T>,
  retries: number,
): Promise<T> {
  const connection = await pool.acquire();
  try {
    const result = await statement(connection);
    connection.release();
    return result;
  } catch (error) {
    const classified = discard(connection, error);
    if (retries > 0 && classified instanceof ConnectionLostError) return await once(pool, statement, retries - 1);
    throw classified;
  }
}

async function transaction<T>(
  pool: Connections,
  work: (statements: Statements) => Promise<T>,
  running: Running,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const connection = await begin(pool, running);
    const statements = new StatementsOn(connection, running);
    try {
      const result = await work(statements);
      statements.finish();
      await run(connection, 'COMMIT', [], running);
      connection.release();
      return result;
    } catch (error) {
      statements.finish();
      await rollBack(connection, statements.broken || poisons(error), running);
      if (statements.deadlocked && attempt === 1) continue;
      throw classify(error);
    }
  }
}

async function session<T>(
  pool: Connections,
  work: (statements: Statements) => Promise<T>,
  running: Running,
  signal?: AbortSignal,
): Promise<T> {
  const connection = await pool.acquire();
  const statements = new StatementsOn(connection, running);
  const end = () => {
    statements.finish();
    breakOff(connection);
  };
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  // A statement whose connection is broken off is never answered: nobody waits for it.
  const abort = () => {
    end();
    reject(signal?.reason);
  };
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
    return await Promise.race([work(statements), aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    end();
  }
}

/** Nothing has happened before a transaction has begun, so a dead connection may be exchanged here, whatever follows. */
async function begin(pool: Connections, running: Running): Promise<PoolConnection> {
  const start = async (): Promise<PoolConnection> => {
    const connection = await pool.acquire();
    try {
      await run(connection, 'START TRANSACTION', [], running);
      return connection;
    } catch (error) {
      throw discard(connection, error);
    }
  };
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) throw error;
    return await start();
  }
}

/** The statements of one connection, for as long as its transaction or session lasts. */
class StatementsOn implements Statements {
  /** The connection has failed; there is nothing to roll back on it. */
  broken = false;
  deadlocked = false;
  #finished = false;
  readonly #connection: PoolConnection;
  readonly #running: Running;

  constructor(connection: PoolConnection, running: Running) {
    this.#connection = connection;
    this.#running = running;
  }

  read<Row>(sql: string, values?: readonly Value[]): Promise<Row[]> {
    return this.#guarded(() => rows<Row>(this.#connection, sql, values, this.#running));
  }

  write(sql: string, values?: readonly Value[]): Promise<Written> {
    return this.#guarded(() => written(this.#connection, sql, values, this.#running));
  }

  /** A statement that was not awaited must not slip into somebody else's transaction. */
  finish(): void {
    this.#finished = true;
  }

  async #guarded<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#finished) throw new Error('The transaction or session is over: await every statement inside it');
    try {
      return await statement();
    } catch (error) {
      this.broken ||= poisons(error);
      this.deadlocked ||= isDeadlock(error);
      throw classify(error);
    }
  }
}

async function rollBack(connection: PoolConnection, broken: boolean, running: Running): Promise<void> {
  if (broken) {
    breakOff(connection);
    return;
  }
  try {
    await run(connection, 'ROLLBACK', [], running);
    connection.release();
  } catch {
    // The server rolls back whatever a closed connection has left open.
    breakOff(connection);
  }
}

/** Gives a connection up after an error, for good if the error says so, and tells what the error was. */
function discard(connection: PoolConnection, error: unknown): unknown {
  if (poisons(error)) breakOff(connection);
  else connection.release();
  return classify(error);
}

async function rows<Row>(
  connection: PoolConnection,
  sql: string,
  values: readonly Value[] | undefined,
  running: Running,
): Promise<Row[]> {
  return (await run(connection, sql, values, running)) as Row[];
}

async function written(
  connection: PoolConnection,
  sql: string,
  values: readonly Value[] | undefined,
  running: Running,
): Promise<Written> {
  const { affectedRows } = (await run(connection, sql, values, running)) as Written;
  return { affectedRows };
}

function run(
  connection: PoolConnection,
  sql: string,
  values: readonly Value[] = [],
  { timeoutMs, trace }: Running,
): Promise<unknown> {
  return trace(
    sql,
    () =>
      new Promise((resolve, reject) => {
        // mysql2 has a time-out of its own, but leaves its timer running when the connection is lost.
        const timer = setTimeout(() => reject(new NoAnswer(timeoutMs)), timeoutMs);
        connection.query({ sql, values: [...values] }, (error, result) => {
          clearTimeout(timer);
          if (error) reject(error);
          else resolve(result);
        });
      }),
  );
}

/** What stands in quotes is a value after all, and no trace's matter. */
const LITERAL = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"/g;

function statementTrace({ trace, host, port, name }: DatabaseOptions): Running['trace'] {
  if (!trace) return (_sql, statement) => statement();
  const database = name === undefined ? host : `${name}@${host}`;
  const url = `${host}:${port}${name === undefined ? '' : `/${name}`}`;
  return (sql, statement) =>
    trace(database, statement, {
      namespace: 'remote',
      sql: { url, database_type: 'MySQL', sanitized_query: sql.replace(LITERAL, '?') },
    });
}
