/** RDS Proxy in the middle: whether it gets to its database, and knows the users that functions log in as. */
import type { ResourceDescription } from '../../kernel/reconcile/contract.ts';
import type { Facts, Finding, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';
import { isObject } from '../json.ts';

export const proxyCutOff: Rule = {
  code: 'proxy-cut-off',
  find: (facts) =>
    targetsOf(facts).flatMap(({ proxy, database }): Finding[] => {
      const [from, to] = [placementAt(facts, proxy), placementAt(facts, database)];
      if (!from || !to) return [];
      const { hostname, port, placement } = to;
      const standing = { logicalId: proxy.logicalId, placement: from.placement };
      const verdict = facts.reach(standing, { kind: 'placed', name: hostname, port, placement });
      if (verdict.kind !== 'no') return [];
      return [
        findingOf(facts, {
          code: 'proxy-cut-off',
          severity: 'error',
          resource: proxy.logicalId,
          path: ['VpcSecurityGroupIds'],
          message: `${proxy.logicalId} cannot reach ${database.logicalId} at port ${port}: ${verdict.reason}`,
          remedy: verdict.remedy,
        }),
      ];
    }),
};

export const proxyUserUnknown: Rule = {
  code: 'proxy-user-unknown',
  find(facts) {
    return [...facts.resources.values()].filter(isProxy).flatMap((proxy) => {
      const host = proxy.attributes['Endpoint'];
      const known = secretsOf(proxy);
      return facts.functions.flatMap(({ logicalId, variables }) => {
        if (!Object.values(variables).some((value) => value === host)) return [];
        return Object.entries(variables).flatMap(([name, value]) => {
          if (!isDatabaseSecret(facts, value) || known.has(value)) return [];
          return findingOf(facts, {
            code: 'proxy-user-unknown',
            severity: 'error',
            certainty: 'unknown',
            resource: proxy.logicalId,
            path: ['Auth'],
            message:
              `${logicalId} connects to ${proxy.logicalId} and is told of the secret ${name}, which is not in the proxy's Auth: ` +
              'the proxy refuses the user. Not proved: whether it logs in with that secret only shows while it runs',
          });
        });
      });
    });
  },
};

const isProxy = ({ type }: ResourceDescription): boolean => type === 'AWS::RDS::DBProxy';

function secretsOf({ properties: { Auth } }: ResourceDescription): ReadonlySet<string> {
  const entries = Array.isArray(Auth) ? Auth.filter(isObject) : [];
  return new Set(entries.flatMap(({ SecretArn }) => (typeof SecretArn === 'string' ? [SecretArn] : [])));
}

/** A database's master secret, or one that is attached to a database. */
function isDatabaseSecret({ resources }: Facts, value: string): boolean {
  return [...resources.values()].some(({ type, properties, attributes }) => {
    if (type === 'AWS::SecretsManager::SecretTargetAttachment') return properties['SecretId'] === value;
    return attributes['MasterUserSecret.SecretArn'] === value;
  });
}

function targetsOf({ resources }: Facts) {
  const all = [...resources.values()];
  const groups = all.filter(({ type }) => type === 'AWS::RDS::DBProxyTargetGroup');
  return groups.flatMap(({ properties }) => {
    const proxy = all.find((each) => isProxy(each) && each.physicalId === properties['DBProxyName']);
    const names = properties['DBInstanceIdentifiers'];
    const databases = all.filter(
      ({ type, physicalId }) => type === 'AWS::RDS::DBInstance' && Array.isArray(names) && names.includes(physicalId),
    );
    return proxy ? databases.map((database) => ({ proxy, database })) : [];
  });
}

function placementAt(facts: Facts, { type, attributes }: ResourceDescription) {
  const hostname = attributes[type === 'AWS::RDS::DBProxy' ? 'Endpoint' : 'Endpoint.Address'];
  const port = type === 'AWS::RDS::DBProxy' ? 3306 : Number(attributes['Endpoint.Port']);
  const placement = typeof hostname === 'string' ? facts.placeOf(hostname, port)?.placement : undefined;
  return placement && typeof hostname === 'string' ? { hostname, port, placement } : undefined;
}
