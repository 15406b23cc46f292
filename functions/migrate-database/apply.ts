/** Applies migrations: in order, each once, one runner at a time. */
import { createHash } from 'node:crypto';
import type { Statements } from '@app/shared/database';
import { splitStatements } from './statements.ts';

export interface Migration {
  /** `NNNN-name` */
  readonly name: string;
  readonly sql: string;
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const LOCK = 'help-desk-migrations';
const LOCK_WAIT_SECONDS = 30;

const HISTORY = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    applied_at DATETIME(6) NOT NULL,
    PRIMARY KEY (name)
  ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci`;

/**
 * Applies what has not been applied yet and returns the names.
 * @param statements must all run on one connection: the lock belongs to it.
 * @throws MigrationError when applied history and files differ, when another runner holds the lock for too long, and
 *   when a statement fails: it names file and statement, and the file will be repeated from its beginning.
 */
export async function applyMigrations(statements: Statements, migrations: readonly Migration[]): Promise<string[]> {
  return await withLock(statements, async () => {
    await statements.write(HISTORY);
    const applied = await statements.read<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migrations ORDER BY name',
    );
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) await apply(statements, migration);
    return pending.map(({ name }) => name);
  });
}

/** @throws MigrationError when an applied file has changed, has gone, or a new one would have to run before it. */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): readonly Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of applied) {
    const file = files.get(name);
    if (!file) throw new MigrationError(`${name} was applied to this database, but its file is not there any more`);
    if (checksumOf(file.sql) !== checksum) {
      throw new MigrationError(`${name} was changed after it had been applied: undo that, and add a new migration`);
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !done.has(name));
  const last = applied.at(-1)?.name;
  const late = pending.find(({ name }) => last !== undefined && name < last);
  if (late)
    throw new MigrationError(`${late.name} comes before ${last}, which has been applied: give it a later number`);
  return pending;
}

/** Line endings do not count: a checkout may have changed them. */
export function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}

async function apply(statements: Statements, { name, sql }: Migration): Promise<void> {
  const parts = splitStatements(sql);
  for (const [index, part] of parts.entries()) {
    try {
      await statements.write(part);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MigrationError(`${name}, statement ${index + 1} of ${parts.length}: ${reason}`, { cause });
    }
  }
  await statements.write('INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (?, ?, UTC_TIMESTAMP(6))', [
    name,
    checksumOf(sql),
  ]);
}

async function withLock<T>(statements: Statements, work: () => Promise<T>): Promise<T> {
  const [answer] = await statements.read<{ taken: number | null }>('SELECT GET_LOCK(?, ?) AS taken', [
    LOCK,
    LOCK_WAIT_SECONDS,
  ]);
  if (answer?.taken !== 1) throw new MigrationError('Another migration of this database is still running');
  try {
    return await work();
  } finally {
    // A connection that was lost or broken off has given the lock back already.
    await statements.read('SELECT RELEASE_LOCK(?)', [LOCK]).catch(() => undefined);
  }
}
