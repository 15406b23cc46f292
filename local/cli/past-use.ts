/** What functions were seen to do in earlier runs, read beside whoever runs now: nothing is locked, nothing is written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PastUse } from '../check/contract.ts';
import { decodeDocument } from '../kernel/document.ts';
import type { UsedConnection, UsedPermission } from '../kernel/usage.ts';

/** Undefined when nothing ever ran there, or when its records are not to be read. */
export function readPastUse(stateDirectory: string | 'memory'): PastUse | undefined {
  const file = stateDirectory === 'memory' ? '' : join(stateDirectory, 'sampan.db');
  if (!existsSync(file)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 1_000 });
    const select = database.prepare('SELECT json FROM documents WHERE collection = ?');
    const all = <T>(name: string): T[] =>
      select.all(`usage/${name}`).map(({ json }) => decodeDocument(String(json)) as T);
    return { permissions: all<UsedPermission>('permissions'), connections: all<UsedConnection>('connections') };
  } catch {
    // Of another version, half-made, or on a read-only disk: past runs are evidence, not a condition.
    return undefined;
  } finally {
    database?.close();
  }
}
