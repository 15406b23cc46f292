/** What functions were seen to do in earlier runs, read beside whoever runs now: nothing is locked, nothing is written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PastUse } from '../check/contract.ts';
import { decodeDocument } from '../kernel/document.ts';
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { UsedConnection, UsedPermission } from '../kernel/usage.ts';

type Made = Pick<ResourceDescription, 'logicalId' | 'physicalId' | 'attributes'>;

/**
 * In terms of the stack as it is drawn: names are generated anew each time. Undefined when nothing ever ran there, or
 * when its records are not to be read.
 * @param drawn by logical id
 */
export function readPastUse(
  { stateDirectory, stackName }: { readonly stateDirectory: string | 'memory'; readonly stackName: string },
  drawn: ReadonlyMap<string, Made>,
): PastUse | undefined {
  const file = stateDirectory === 'memory' ? '' : join(stateDirectory, 'sampan.db');
  if (!existsSync(file)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 1_000 });
    const select = database.prepare('SELECT key, json FROM documents WHERE collection = ?');
    const all = <T>(name: string) =>
      select.all(name).map(({ key, json }) => ({ key: String(key), value: decodeDocument(String(json)) as T }));
    const ran = all<Made>('kernel/resources').filter(({ key }) => key.startsWith(`${stackName}/`));
    const redraw = redrawing(
      ran.map(({ value }) => value),
      drawn,
    );
    return {
      permissions: all<UsedPermission>('usage/permissions').map(({ value }) => ({
        ...value,
        functionArn: redraw(value.functionArn),
        resource: redraw(value.resource),
      })),
      connections: all<UsedConnection>('usage/connections').map(({ value }) => ({
        ...value,
        functionArn: redraw(value.functionArn),
        hostname: redraw(value.hostname),
      })),
    };
  } catch {
    // Of another version, half-made, or on a read-only disk: past runs are evidence, not a condition.
    return undefined;
  } finally {
    database?.close();
  }
}

/** From names of the stack that ran to those of the one that is drawn; what is neither stays. */
function redrawing(ran: readonly Made[], drawn: ReadonlyMap<string, Made>): (name: string) => string {
  const names = new Map<string, string>();
  for (const { logicalId, physicalId, attributes } of ran) {
    const now = drawn.get(logicalId);
    if (!now) continue;
    for (const [attribute, value] of Object.entries(attributes)) {
      const other = now.attributes[attribute];
      if (typeof value === 'string' && typeof other === 'string') names.set(value, other);
    }
    names.set(physicalId, now.physicalId);
  }
  const longestFirst = [...names].filter(([before]) => before.length > 8).sort(([a], [b]) => b.length - a.length);
  return (name) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    // `…:function:f` is in `…:function:f:live`, a log group in its stream.
    const stem = longestFirst.find(([before]) => name.startsWith(before) && /^[:/]/.test(name.slice(before.length)));
    return stem ? stem[1] + name.slice(stem[0].length) : name;
  };
}
