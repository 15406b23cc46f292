/** What roles of functions allow and nothing was seen to need; and wildcards that what was seen would fit into. */
import type { Statement } from '../../policy/iam/document.ts';
import { narrow, type Used } from '../../policy/iam/narrow.ts';
import { portableArn } from '../../policy/iam/remedy.ts';
import { formatRemedy } from '../../policy/remedy.ts';
import type { Json } from '../../template/stack.ts';
import { resourcesOf } from '../call-resources.ts';
import type { Facts, Finding, FunctionFacts, RolePolicies, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';
import { lambdaNeeds } from '../lambda-needs.ts';
import { isAboutObjects } from '../objects.ts';
import { allowStatements, covers, type Placed } from '../statements.ts';

interface Holder {
  readonly role: RolePolicies;
  readonly callers: readonly FunctionFacts[];
}

export const permissionUnused: Rule = {
  code: 'permission-unused',
  find: (facts) =>
    holdersOf(facts).flatMap(({ role, callers }) => {
      const needed = callers.flatMap((caller) => neededActions(facts, caller));
      const gaps = callers.flatMap(gapsOf);
      return ownStatements(facts, role).flatMap((placed): Finding[] => {
        const { place } = placed.policy.source;
        const unused = (placed.statement.Action ?? []).filter(
          (pattern) => !needed.some((action) => covers(pattern, action)),
        );
        if (unused.length === 0 || !place) return [];
        const doubt = gaps.length > 0 ? `. ${gaps[0]}` : '';
        const runs = facts.usage ? ', in no recorded run' : '';
        return [
          findingOf(facts, {
            code: 'permission-unused',
            severity: 'info',
            certainty: 'unknown',
            resource: place.logicalId,
            path: [...place.path, 'Statement', placed.index],
            message:
              `${listed(unused)}: allowed, and nothing was found that needs it, neither in the code of ` +
              `${listed(callers.map(({ logicalId }) => logicalId))}${runs} nor for Lambda itself${doubt}`,
          }),
        ];
      });
    }),
};

export const wildcardNarrowable: Rule = {
  code: 'wildcard-narrowable',
  async find(facts) {
    const found: Finding[] = [];
    for (const { role, callers } of holdersOf(facts)) {
      // What is missing of the picture might need what would be taken away.
      if (callers.some((caller) => gapsOf(caller).length > 0)) continue;
      const used = await Promise.all(callers.map((caller) => usesOf(facts, caller)));
      if (used.some((uses) => uses === undefined)) continue;
      const uses = used.flatMap((each) => each ?? []);
      found.push(...ownStatements(facts, role).flatMap((placed) => narrowed(facts, placed, uses)));
    }
    return found;
  },
};

function narrowed(facts: Facts, { statement, policy, index }: Placed, uses: readonly Used[]): Finding[] {
  const { place } = policy.source;
  const statements = narrow(statement, uses);
  if (!statements || statements.length === 0 || !place || isSame(statements, statement)) return [];
  const path = [...place.path, 'Statement', index];
  const value = statements.map((one) => expressed(one as unknown as Json, facts));
  const [first, ...more] = value;
  const { logicalId } = place;
  const remedy = formatRemedy([
    { kind: 'set', logicalId, path, value: first! },
    ...more.map((one) => ({ kind: 'add-item' as const, logicalId, path: [...place.path, 'Statement'], value: one })),
  ]);
  return [
    findingOf(facts, {
      code: 'wildcard-narrowable',
      severity: 'info',
      certainty: 'unknown',
      resource: logicalId,
      path,
      message: 'the wildcards of this statement allow more than the code and recorded runs were seen to need',
      remedy,
    }),
  ];
}

/** In another order is no narrower. */
function isSame(statements: readonly Statement[], before: Statement): boolean {
  const sorted = (list: readonly string[] = []) => list.toSorted().join();
  const [one, ...more] = statements;
  if (!one || more.length > 0) return false;
  return sorted(one.Action) === sorted(before.Action) && sorted(one.Resource) === sorted(before.Resource);
}

/** ARNs as the template would write them; lists of one as one. */
function expressed(value: Json, facts: Facts): Json {
  if (typeof value === 'string') return facts.expressionOf(value) ?? portableArn(value, facts.stack.pseudo);
  if (Array.isArray(value)) {
    const items = value.map((item) => expressed(item, facts));
    return items.length === 1 ? items[0]! : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expressed(member, facts)]));
}

/** Roles of functions alone: what else may have a role is not looked into. */
function holdersOf(facts: Facts): Holder[] {
  const byRole = Map.groupBy(facts.functions, ({ roleArn }) => roleArn);
  return [...byRole].flatMap(([roleArn, callers]) => {
    const role = facts.policiesOf(roleArn);
    return role ? [{ role, callers }] : [];
  });
}

/** AWS's own policies and those that SAM's templates make are what they are. */
function ownStatements(facts: Facts, role: RolePolicies): Placed[] {
  return allowStatements(role).filter(({ policy: { source } }) => {
    return source.place !== undefined && facts.authorOf(source.place.logicalId) === source.place.logicalId;
  });
}

function neededActions(facts: Facts, caller: FunctionFacts): string[] {
  const called = caller.code.kind === 'read' ? caller.code.calls.flatMap(({ actions }) => actions) : [];
  const seen = (facts.usage?.permissions ?? []).filter(({ functionArn }) => functionArn === caller.arn);
  const implied = called.some((action) => ENCRYPTED.test(action)) ? ['kms:Decrypt', 'kms:GenerateDataKey'] : [];
  return [
    ...called,
    ...seen.map(({ action }) => action),
    ...lambdaNeeds(facts, caller).map(({ action }) => action),
    ...implied,
  ];
}

/** Services that ask for the caller's permission on the key of what they keep. */
const ENCRYPTED = /^(?:s3|dynamodb|sqs|sns|secretsmanager|ssm|kinesis|logs):/;

function gapsOf({ code, logicalId }: FunctionFacts): string[] {
  if (code.kind === 'unread') return [`The code of ${logicalId} was not read: ${code.why}`];
  return code.gaps.map((gap) => `Not all of ${logicalId} was read: ${gap}`);
}

/** Undefined when for some call it is not known what it is about. */
async function usesOf(facts: Facts, caller: FunctionFacts): Promise<Used[] | undefined> {
  const uses: Used[] = lambdaNeeds(facts, caller).map(({ action, resource }) => ({ action, resource }));
  for (const { action, resource, functionArn, allowed } of facts.usage?.permissions ?? []) {
    if (functionArn === caller.arn && allowed) uses.push({ action, resource });
  }
  for (const call of caller.code.kind === 'read' ? caller.code.calls : []) {
    for (const action of call.actions) {
      const resources = await resourcesOf(facts, caller, call, action);
      if (resources.kind === 'any' || isAboutObjects(action)) return undefined;
      if (resources.kind === 'known') uses.push({ action, resource: resources.arn });
      else uses.push(...resources.arns.map(({ arn }) => ({ action, resource: arn })));
    }
  }
  return uses;
}
