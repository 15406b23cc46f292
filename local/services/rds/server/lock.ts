/**
 * Locks between processes that end with their holder, however it ends. SQLite's file locks are the kernel's, so there
 * is no stale lock to judge after a `kill -9`, and Node carries SQLite anyway.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Lock {
  release(): void;
}

const POLL_MS = 100;

/** Undefined when somebody else holds it. The file stays behind on release: removing it would race with a waiter. */
function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/** Waits for the lock; `onWait` is told once when it has to. */
export async function lock(path: string, onWait: () => void = () => {}): Promise<Lock> {
  let held = tryLock(path);
  if (!held) onWait();
  while (!held) {
    await sleep(POLL_MS);
    held = tryLock(path);
  }
  return held;
}

const SQLITE_BUSY = 5;
const isBusy = (error: unknown) => (error as { errcode?: number }).errcode === SQLITE_BUSY;
