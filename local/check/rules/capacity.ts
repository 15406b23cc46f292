/** More at once than the account or the database bears. */
import { defaultMaxConnections, instanceClassMemory } from '../../services/rds/instance-class.ts';
import { evaluate } from '../../template/intrinsics/evaluate.ts';
import { templateScope } from '../../template/intrinsics/template-scope.ts';
import { TemplateError } from '../../template/stack.ts';
import type { Facts, Finding, FunctionFacts, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';
import { resourcesOfType, toldOf } from '../functions.ts';
import { below } from '../json.ts';

/** Lambda leaves that much for functions without a reservation. */
const UNRESERVED = 100;

export const reservedConcurrency: Rule = {
  code: 'reserved-concurrency',
  find(facts) {
    const { limit, isAssumed } = facts.accountConcurrency;
    const reserving = facts.functions.filter((each) => reservationOf(each) !== undefined);
    const sum = reserving.reduce((total, each) => total + (reservationOf(each) ?? 0), 0);
    const most = limit - UNRESERVED;
    const [first] = reserving;
    if (!first || sum <= most) return [];
    const doubt = isAssumed ? `. Not proved: ${limit} is Lambda's default; say yours with --account-concurrency` : '';
    return [
      findingOf(facts, {
        code: 'reserved-concurrency',
        severity: 'error',
        certainty: isAssumed ? 'unknown' : 'proved',
        resource: first.logicalId,
        path: ['ReservedConcurrentExecutions'],
        message:
          `${listed(reserving.map(({ logicalId }) => logicalId))} reserve ${sum} concurrent executions; of the account's ` +
          `${limit}, at least ${UNRESERVED} must stay unreserved, and Lambda refuses the rest${doubt}`,
      }),
    ];
  },
};

function reservationOf({ properties }: FunctionFacts): number | undefined {
  const value = properties['ReservedConcurrentExecutions'];
  return value === undefined ? undefined : Number(value);
}

/**
 * `Metadata: { sampan: { connectionsPerEnvironment: N } }` beside a function says how many connections each of its
 * environments opens.
 */
export const tooManyConnections: Rule = {
  code: 'too-many-connections',
  find: (facts) =>
    resourcesOfType(facts, 'AWS::RDS::DBInstance').flatMap((database): Finding[] => {
      const capacity = capacityOf(facts, database.properties);
      // Through a proxy they wait for each other instead.
      const users = toldOf(facts, database.attributes['Endpoint.Address']).flatMap((user) => {
        const each = connectionsOf(facts, user);
        return each === undefined ? [] : [{ user, each, environments: environmentsOf(facts, user) }];
      });
      const sum = users.reduce((total, { each, environments }) => total + each * environments.most, 0);
      if (capacity === undefined || users.length === 0 || sum <= capacity) return [];
      const isAssumed = users.some(({ environments }) => environments.isAssumed);
      const parts = users.map(({ user, each, environments }) => `${user.logicalId} ${environments.most} × ${each}`);
      const doubt = isAssumed
        ? ". Not proved: without a reservation a function has the account's whole concurrency"
        : '';
      return [
        findingOf(facts, {
          code: 'too-many-connections',
          severity: 'warning',
          certainty: isAssumed ? 'unknown' : 'proved',
          resource: database.logicalId,
          path: ['DBInstanceClass'],
          message: `functions may open ${sum} connections (${listed(parts)}), and ${database.logicalId} takes ${capacity}${doubt}`,
        }),
      ];
    }),
};

function connectionsOf({ stack }: Facts, { logicalId }: FunctionFacts): number | undefined {
  const written = below(stack.resources.get(logicalId)?.metadata, 'sampan', 'connectionsPerEnvironment');
  if (written === undefined) return undefined;
  try {
    const subject = { resource: logicalId, property: 'Metadata' };
    const value = Number(evaluate(written, templateScope(stack, 'what is needed to check'), subject));
    return Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

function environmentsOf(facts: Facts, user: FunctionFacts): { most: number; isAssumed: boolean } {
  const reserved = reservationOf(user);
  return reserved === undefined
    ? { most: facts.accountConcurrency.limit, isAssumed: true }
    : { most: reserved, isAssumed: false };
}

function capacityOf(facts: Facts, properties: FunctionFacts['properties']): number | undefined {
  const group = resourcesOfType(facts, 'AWS::RDS::DBParameterGroup').find(
    ({ physicalId }) => physicalId === properties['DBParameterGroupName'],
  );
  const set = below(group?.properties, 'Parameters', 'max_connections');
  if (set !== undefined) return Number.isFinite(Number(set)) ? Number(set) : undefined;
  const memory = instanceClassMemory(String(properties['DBInstanceClass']));
  return memory === undefined ? undefined : defaultMaxConnections(memory);
}
