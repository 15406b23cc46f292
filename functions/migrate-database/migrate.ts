/** Brings a database to where this version of the application needs it: schema, tables, and the application's user. */
import { type Database, DatabaseUnavailableError, type Statements } from '@app/shared/database';
import type { Credentials, ReadCredentials } from '@app/shared/secrets';
import { ensureSchema, ensureUser } from './access.ts';
import { applyMigrations, type Migration } from './apply.ts';

export interface Dependencies {
  /** Logs in as the master user, to no schema. */
  readonly database: Database;
  readonly schema: string;
  readonly applicationCredentials: ReadCredentials;
  /** Whether the database lets the application's user in. */
  readonly accepts: (credentials: Credentials) => Promise<boolean>;
  readonly migrations: readonly Migration[];
  /** How long a database that is still starting is waited for, in milliseconds. */
  readonly patienceMs: number;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted when nobody waits for the outcome any more: no statement is sent from then on. */
  readonly signal: AbortSignal;
}

export interface Report {
  /** What was applied now, in order. */
  readonly applied: readonly string[];
  /** The newest migration of this version. */
  readonly schemaVersion: string;
}

/** @throws MigrationError, AccessError, DatabaseUnavailableError; whatever a given-up statement makes of the signal's reason */
export async function migrate(dependencies: Dependencies): Promise<Report> {
  const { database, schema, migrations, accepts, signal } = dependencies;
  await untilReachable(dependencies);
  const applied = await database.session(async (connection) => {
    const statements = unlessAborted(connection, signal);
    await ensureSchema(statements, schema);
    await statements.write(`USE \`${schema.replaceAll('`', '``')}\``);
    const names = await applyMigrations(statements, migrations);
    // Never from the cache, and not before all that takes its time: after a rotation the password before is another's.
    const credentials = await dependencies.applicationCredentials({ fresh: true });
    await ensureUser(statements, schema, credentials, accepts);
    return names;
  });
  return { applied, schemaVersion: migrations.at(-1)?.name ?? 'none' };
}

/**
 * A process is frozen with its answer, and thawed by its next event, perhaps hours later: work that was given up would go
 * on then, with what it had read before.
 */
function unlessAborted(statements: Statements, signal: AbortSignal): Statements {
  return {
    async read(sql, values) {
      signal.throwIfAborted();
      return await statements.read(sql, values);
    },
    async write(sql, values) {
      signal.throwIfAborted();
      return await statements.write(sql, values);
    },
  };
}

const PAUSE_MS = 1_000;

/** A proxy answers with errors for a while after CloudFormation calls it created. */
async function untilReachable({ database, patienceMs, pause, signal }: Dependencies): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    signal.throwIfAborted();
    try {
      await database.read('SELECT 1');
      return;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || waitedMs >= patienceMs) throw error;
      await pause(PAUSE_MS);
    }
  }
}
