/** Whether a program is Node, and so can be held by our preloads, before it is started. */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

const LONGEST_SHEBANG = 256;

/** True for Node itself, and for a script that begins with `#!/usr/bin/env node` or the like. */
export function runsOnNode(file: string): boolean {
  if (isNode(file)) return true;
  const [interpreter = '', ...words] = shebang(file);
  return isNode(interpreter) || (basename(interpreter) === 'env' && words.some(isNode));
}

function isNode(file: string): boolean {
  return /^node(js)?$/.test(basename(file));
}

function shebang(file: string): string[] {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const bytes = Buffer.alloc(LONGEST_SHEBANG);
    const [line = ''] = bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0)).split('\n');
    return line.startsWith('#!') ? line.slice(2).trim().split(/\s+/) : [];
  } catch {
    // Starting it will say why.
    return [];
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
