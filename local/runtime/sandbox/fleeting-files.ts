/** Files that may be gone when they are looked at: those of `/proc`, whose processes end, and those of other supervisors. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

/** Most of them are read many times a second: `readFileSync` would make a buffer of 64 KB for each that says no size. */
let shared = Buffer.allocUnsafeSlow(16 * 1024);

/** Its text, or undefined when there is none (any more). */
export function textOf(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let length = 0;
    for (let read = -1; read !== 0; length += read) {
      if (length === shared.length) shared = Buffer.concat([shared], 2 * shared.length);
      read = readSync(file, shared, length, shared.length - length, null);
    }
    return shared.toString(encoding, 0, length);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The names in a folder; none when there is none (any more). */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
