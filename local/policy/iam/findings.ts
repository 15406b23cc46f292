/**
 * What is odd about a policy although it can be read: actions and condition keys that AWS does not have, which it takes
 * without a word, and keys that a call here never has. Said at start, so that nothing is quietly false.
 */
import type { Json, JsonObject } from '../../template/stack.ts';
import { type DocumentKind, MalformedPolicy, type PolicyDocument, readPolicy, type Statement } from './document.ts';
import { isKnownHere } from './known-keys.ts';
import {
  actionExists,
  conditionKeyType,
  nearestAction,
  nearestConditionKey,
  nearestService,
  referenceAsOf,
  serviceExists,
} from './reference.ts';

export interface PolicyFinding {
  /** Below the document. The first of a list stands at its own index, as in `['Statement', 0, 'Action', 2]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** `warning`: it cannot do on AWS what it seems to say. `notice`: it is right, and cannot be followed here. */
  readonly severity: 'warning' | 'notice';
}

/**
 * For providers: of a document as the template has it, with paths below `at`, the property it is the value of. One that
 * cannot be read is the provider's to refuse: nothing is said of it here.
 */
export async function documentFindings(
  value: Json | undefined,
  kind: DocumentKind,
  at: PolicyFinding['path'],
): Promise<PolicyFinding[]> {
  if (value === undefined) return [];
  try {
    const findings = await policyFindings(readPolicy(value, kind), kind);
    return findings.map((one) => ({ ...one, path: [...at, ...asWritten(value, one.path)] }));
  } catch (error) {
    if (error instanceof MalformedPolicy) return [];
    throw error;
  }
}

/** Reading makes lists of single values; the template has the place of what was written. */
function asWritten(value: Json, path: PolicyFinding['path']): PolicyFinding['path'] {
  const written: (string | number)[] = [];
  let here: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'number' && !Array.isArray(here)) continue;
    written.push(step);
    here = (here as JsonObject | undefined)?.[step];
  }
  return written;
}

/** In the order of the document. Asks the reference only about the services that it names. */
export async function policyFindings(document: PolicyDocument, kind: DocumentKind): Promise<PolicyFinding[]> {
  const found = await Promise.all(
    document.Statement.map(async (statement, index) => {
      const findings = await Promise.all([actionFindings(statement), keyFindings(statement, kind)]);
      return findings.flat().map((one) => ({ ...one, path: ['Statement', index, ...one.path] }));
    }),
  );
  return found.flat();
}

async function actionFindings({ Action, NotAction }: Statement): Promise<PolicyFinding[]> {
  const element = Action ? 'Action' : 'NotAction';
  const found = await Promise.all(
    (Action ?? NotAction ?? []).map(async (action, index): Promise<PolicyFinding | undefined> => {
      if ((await actionExists(action)) || (await isBatchOf(action))) return undefined;
      return { path: [element, index], message: await unknownAction(action), severity: 'warning' };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** The batches of SQS are governed by the action for one message; SAM's own policies name them all the same. */
async function isBatchOf(action: string): Promise<boolean> {
  return action.endsWith('Batch') && (await actionExists(action.slice(0, -'Batch'.length)));
}

async function unknownAction(action: string): Promise<string> {
  const prefix = action.slice(0, action.indexOf(':'));
  if (!(await serviceExists(prefix))) {
    const near = await nearestService(prefix);
    return `no AWS service has actions that begin with ${prefix}:${await hint(near && `${near}:`)}`;
  }
  if (/[*?]/.test(action)) return `AWS has no action that matches ${action}${await hint(undefined)}`;
  return `AWS has no action ${action}${await hint(await nearestAction(action))}`;
}

async function keyFindings({ Condition = {} }: Statement, kind: DocumentKind): Promise<PolicyFinding[]> {
  const asked = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key) => ({ operator, key })),
  );
  const found = await Promise.all(
    asked.map(async ({ operator, key }): Promise<PolicyFinding | undefined> => {
      if (isKnownHere(key)) return undefined;
      const path = ['Condition', operator, key];
      if (isIdentityProviders(key, kind) || (await conditionKeyType(key)) !== undefined) {
        const message = `condition key ${key} is not known here: the statement's condition counts as if the key were absent`;
        return { path, message, severity: 'notice' };
      }
      const near = await hint(await nearestConditionKey(key));
      return {
        path,
        message: `AWS has no condition key ${key}, so that no request has it${near}`,
        severity: 'warning',
      };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** In trust policies, keys may begin with an identity provider's own name: `idp.example.com:aud`. */
const isIdentityProviders = (key: string, kind: DocumentKind): boolean =>
  kind === 'trust' && /^[^:]*\.[^:]*:/.test(key);

/** The name that was meant or, where none is near, how old our knowledge is. */
async function hint(near: string | undefined): Promise<string> {
  return near ? `; did you mean ${near}?` : ` (as of ${await referenceAsOf()})`;
}
