/** Files that may be gone when they are looked at: those of `/proc`, whose processes end, and those of other supervisors. */
import { readdirSync, readFileSync } from 'node:fs';

/** Its text, or undefined when there is none (any more). */
export function textOf(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
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
