/**
 * `sampan explain FUNCTION ACTION RESOURCE` and `sampan explain FUNCTION HOST:PORT`: the whole evaluation as a tree.
 * Starts nothing. Exit code 0: allowed, or reachable; 1: not; 2: asked wrongly.
 */
import { drawCloud } from './drawn-cloud.ts';
import { explainPermission, permissionTree } from './explanation/permission.ts';
import { findArn, findFunction } from './explanation/subject.ts';
import { renderTree, type Tree } from './explanation/tree.ts';
import { explainWay, findDestination, wayTree } from './explanation/way.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { UserError } from './user-error.ts';

export interface ExplainFlags extends ProjectFlags {
  readonly format?: 'text' | 'json';
  /** `key=value`; several of one key are its several values. */
  readonly context?: readonly string[];
}

export interface Question {
  readonly functionName: string;
  /** An action, or `HOST:PORT`. */
  readonly what: string;
  /** Of an action. */
  readonly resource?: string;
}

interface Answer {
  readonly yes: boolean;
  readonly json: unknown;
  readonly tree: Tree;
}

export async function explainQuestion(question: Question, flags: ExplainFlags, out: Output): Promise<number> {
  const { yes, json, tree } = await answer(question, flags);
  out.stream.write(flags.format === 'json' ? `${JSON.stringify(json, null, 2)}\n` : renderTree(tree, out.colours));
  return yes ? 0 : 1;
}

/** `service:Action`; a wildcard is no question. */
const ACTION = /^[a-z0-9-]+:[A-Za-z]\w*$/;

async function answer({ functionName, what, resource }: Question, flags: ExplainFlags): Promise<Answer> {
  const asksForAction = resource !== undefined || ACTION.test(what);
  if (asksForAction && !ACTION.test(what)) {
    throw new UserError(`${what} is no action: secretsmanager:GetSecretValue would be one`, 2);
  }
  const context = readContext(flags.context ?? []);
  const cloud = await drawCloud(findProject(flags, process.cwd()));
  try {
    const asked = findFunction(cloud, functionName);
    if (!asksForAction) {
      const way = explainWay(cloud, asked, findDestination(cloud, what));
      return { yes: way.reachable !== false, json: way, tree: wayTree(way) };
    }
    const requirement = { action: what, resource: findArn(cloud, resource ?? '*', what), context };
    const told = await explainPermission(cloud, asked, requirement);
    return { yes: told.allowed && told.way?.reachable !== false, json: told, tree: permissionTree(told) };
  } finally {
    await cloud.close();
  }
}

function readContext(pairs: readonly string[]): Record<string, string | string[]> {
  const keys: Record<string, string | string[]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UserError(`${pair} is not KEY=VALUE (--context kms:ViaService=secretsmanager.…)`, 2);
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    keys[key] = keys[key] === undefined ? value : [keys[key], value].flat();
  }
  return keys;
}
