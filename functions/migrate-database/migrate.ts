/** Brings a database to where this version of the application needs it: schema, tables, and the application's user. */
import { type Database, DatabaseUnavailableError } from '@app/shared/database';
import type { Credentials, ReadCredentials } from '@app/shared/secrets';
import { ensureSchema, ensureUser } from './access.ts';
import { applyMigrations, type Migration } from './apply.ts';

export interface Dependencies {
  /** Logs in as the master user, to no schema. */
  readonly database: Database;
  readonly schema: string;
  readonly applicationCredentials: ReadCredentials;
  /** Whether the database lets the application's user in. Rejects when it cannot say now. */
  readonly accepts: (credentials: Credentials) => Promise<boolean>;
  readonly migrations: readonly Migration[];
  /** How long a database that is still starting is waited for, in milliseconds. */
  readonly patienceMs: number;
  readonly pause: (ms: number) => Promise<void>;
  /**
   * Aborted when nobody waits for the outcome any more: nothing is changed from then on, but by a statement under way. A
   * function's process is frozen with its answer, and the next event, perhaps hours later, would let the rest go on.
   */
  readonly signal: AbortSignal;
}

export interface Report {
  /** What was applied now, in order. */
  readonly applied: readonly string[];
  /** The newest migration of this version. */
  readonly schemaVersion: string;
}

/** @throws MigrationError, AccessError, DatabaseUnavailableError, the signal's reason */
export async function migrate(dependencies: Dependencies): Promise<Report> {
  const { database, schema, migrations, accepts, applicationCredentials, signal } = dependencies;
  // A secret that cannot be read fails before anything is changed.
  await applicationCredentials({ fresh: true });
  await untilReachable(dependencies);
  const applied = await database.session(async (statements) => {
    await ensureSchema(statements, schema);
    await statements.write(`USE \`${schema.replaceAll('`', '``')}\``);
    const names = await applyMigrations(statements, migrations);
    // Once more, and never from the cache: all this took its time, and after a rotation the password before is no use.
    await ensureUser(statements, schema, await applicationCredentials({ fresh: true }), accepts);
    return names;
  }, signal);
  return { applied, schemaVersion: migrations.at(-1)?.name ?? 'none' };
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
