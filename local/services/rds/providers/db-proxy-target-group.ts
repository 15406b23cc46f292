/** AWS::RDS::DBProxyTargetGroup: which database a proxy stands in front of, and how it would pool connections to it. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { arn, resourceId } from '../names.ts';
import type { ProxyRecord, ProxyTarget } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import { type UnsupportedProperty, unknownProperties } from '../unsupported.ts';

const KNOWN = ['ConnectionPoolConfigurationInfo', 'DBInstanceIdentifiers', 'DBProxyName', 'TargetGroupName'];

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfiguration.html */
const POOL_DEFAULTS: Pool = {
  maxConnectionsPercent: 100,
  maxIdleConnectionsPercent: 50,
  connectionBorrowTimeout: 120,
  sessionPinningFilters: [],
};

type Pool = Omit<ProxyTarget, 'resourceId' | 'instanceIdentifiers'>;

export function dbProxyTargetGroupProvider({ place, records, registrar }: RdsRoom): Provider {
  function put(request: ResourceRequest): ResourceResult {
    const { proxyName, instanceIdentifiers, pool } = readProperties(request, readSettings);
    const proxy = proxyOf(proxyName);
    for (const identifier of instanceIdentifiers) {
      if (!records.instances.get(identifier)) {
        throw new AwsError('DBInstanceNotFound', `DBInstance ${identifier} not found.`, { statusCode: 404 });
      }
    }
    const target: ProxyTarget = {
      resourceId: proxy.target?.resourceId ?? resourceId('prx-tg'),
      instanceIdentifiers,
      ...pool,
    };
    const aimed: ProxyRecord = { ...proxy, target };
    records.proxies.put(aimed.name, aimed);
    registrar.proxyChanged(aimed);
    const targetGroupArn = arn(place, 'target-group', target.resourceId);
    return { physicalId: targetGroupArn, attributes: { TargetGroupArn: targetGroupArn } };
  }

  function proxyOf(name: string): ProxyRecord {
    const proxy = records.proxies.get(name.toLowerCase());
    if (proxy) return proxy;
    throw new AwsError('DBProxyNotFoundFault', `DB proxy ${name} not found.`, { statusCode: 404 });
  }

  return {
    create: put,
    update: put,
    delete(existing) {
      const owner = records.proxies
        .list()
        .find(({ value }) => value.target && existing.physicalId.endsWith(`:${value.target.resourceId}`));
      if (!owner) return;
      const { target: _, ...untargeted } = owner.value;
      records.proxies.put(owner.key, untargeted);
      registrar.proxyChanged(untargeted);
    },
    unsupported: ({ properties }) => [...unknownProperties(properties, KNOWN), ...unemulatedPooling(properties)],
  };
}

function readSettings(reader: PropertyReader) {
  if (reader.requiredText('TargetGroupName') !== 'default') {
    reader.refuse(['TargetGroupName'], 'TargetGroupName must be "default"');
  }
  if (reader.texts('DBClusterIdentifiers').length > 0) {
    reader.refuse(['DBClusterIdentifiers'], 'clusters are not emulated: name an instance in DBInstanceIdentifiers');
  }
  const instanceIdentifiers = reader.texts('DBInstanceIdentifiers').map((name) => name.toLowerCase());
  if (instanceIdentifiers.length > 1) {
    reader.refuse(['DBInstanceIdentifiers'], 'A DB proxy target group takes one DB instance');
  }
  return {
    proxyName: reader.requiredText('DBProxyName'),
    instanceIdentifiers,
    pool: reader.object('ConnectionPoolConfigurationInfo', readPool) ?? POOL_DEFAULTS,
  };
}

function readPool(reader: PropertyReader): Pool {
  const maxConnectionsPercent = reader.integer('MaxConnectionsPercent', [1, 100]) ?? 100;
  return {
    maxConnectionsPercent,
    maxIdleConnectionsPercent:
      reader.integer('MaxIdleConnectionsPercent', [0, maxConnectionsPercent]) ?? Math.floor(maxConnectionsPercent / 2),
    connectionBorrowTimeout:
      reader.integer('ConnectionBorrowTimeout', [0, 300]) ?? POOL_DEFAULTS.connectionBorrowTimeout,
    sessionPinningFilters: reader.texts('SessionPinningFilters'),
    initQuery: reader.text('InitQuery'),
  };
}

function unemulatedPooling(properties: ResourceRequest['properties']): readonly UnsupportedProperty[] {
  if (!properties['ConnectionPoolConfigurationInfo']) return [];
  const path = ['ConnectionPoolConfigurationInfo'];
  const message = 'connections are not pooled: each is one to the database, and InitQuery is not run';
  return [{ path, message }];
}
