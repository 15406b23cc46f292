/**
 * `sam local` served: the variables that lead its containers to this cloud's services and database, written where
 * `samconfig.toml` has `env_vars`. Only variables that the template declares can be overridden there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../template/stack.ts';
import type { Cloud } from './cloud.ts';
import type { Project } from './project.ts';

/**
 * Writes every function's evaluated variables, with host names of the stack replaced by where they lead from inside a
 * container. Answers the file.
 */
export function writeSamLocalVariables(project: Project, cloud: Cloud, host: string): string {
  const file = join(project.directory, '.sampan', 'sam-local.json');
  const endpoint = `http://${host}:${cloud.endpoint.port}`;
  const byFunction: Record<string, Record<string, string>> = {};
  for (const { logicalId, type, properties } of cloud.reconciler.resources(project.stackName)) {
    if (type !== 'AWS::Lambda::Function') continue;
    const declared = ((properties.Environment as JsonObject | undefined)?.Variables ?? {}) as JsonObject;
    const variables = Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, String(value)]));
    byFunction[logicalId] = { ...reachable(variables, cloud, host), AWS_ENDPOINT_URL: endpoint };
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(byFunction, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/**
 * A name of the stack among the variables becomes the container's way to it, its port beside it the real one
 * (`DATABASE_HOST` and `DATABASE_PORT`), and an empty `…_CA` beside both the local certificate authority.
 */
function reachable(variables: Record<string, string>, cloud: Cloud, host: string): Record<string, string> {
  const result = { ...variables };
  for (const [name, value] of Object.entries(variables)) {
    const prefix = /^(.*)_HOST$/.exec(name)?.[1];
    if (!prefix || !cloud.kernel.addresses.knows(value)) continue;
    const address = cloud.kernel.addresses.lookup(value, Number(variables[`${prefix}_PORT`] ?? 3306));
    const target = address?.outside ?? address?.target;
    if (target?.kind !== 'tcp') continue;
    result[name] = host;
    if (`${prefix}_PORT` in variables) result[`${prefix}_PORT`] = String(target.port);
    if (`${prefix}_CA` in variables) result[`${prefix}_CA`] = cloud.caPem;
  }
  return result;
}
