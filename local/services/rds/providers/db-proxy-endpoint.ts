/** AWS::RDS::DBProxyEndpoint: a further name of a proxy. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { describeSubnets } from '../calls.ts';
import { arn, proxyEndpointHostname, resourceId } from '../names.ts';
import { groupsIn } from '../placement.ts';
import { requiredIdentifier, requiredTexts } from '../properties.ts';
import type { ProxyEndpointRecord, ProxyRecord } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import { unknownProperties } from '../unsupported.ts';

const KNOWN = [
  'DBProxyEndpointName',
  'DBProxyName',
  'EndpointNetworkType',
  'Tags',
  'TargetRole',
  'VpcSecurityGroupIds',
  'VpcSubnetIds',
];

export function dbProxyEndpointProvider({ place, records, registrar, context }: RdsRoom): Provider {
  const resultOf = (record: ProxyEndpointRecord): ResourceResult => ({
    physicalId: record.name,
    attributes: {
      DBProxyEndpointArn: arn(place, 'db-proxy-endpoint', record.resourceId),
      Endpoint: proxyEndpointHostname(place, record.name),
      IsDefault: false,
      VpcId: record.vpcId,
    },
  });

  function proxyOf(name: string): ProxyRecord {
    const proxy = records.proxies.get(name.toLowerCase());
    if (proxy) return proxy;
    throw new AwsError('DBProxyNotFoundFault', `DB proxy ${name} not found.`, { statusCode: 404 });
  }

  async function put(request: ResourceRequest, existing?: ExistingResource): Promise<ResourceResult> {
    const { name, proxyName, subnetIds, securityGroupIds: given } = readProperties(request, readSettings);
    const proxy = proxyOf(proxyName);
    const before = records.proxyEndpoints.get(name);
    if (before && existing?.physicalId !== name && !request.interrupted) {
      throw new AwsError('DBProxyEndpointAlreadyExistsFault', `DB proxy endpoint ${name} already exists`);
    }
    const [subnet] = await describeSubnets(context.dispatch, subnetIds);
    const vpcId = subnet?.vpcId ?? proxy.vpcId;
    const securityGroupIds = await groupsIn(context.dispatch, vpcId, given, 'DB proxy');
    const record: ProxyEndpointRecord = {
      name,
      resourceId: before?.resourceId ?? resourceId('prx-endpoint'),
      proxyName: proxy.name,
      targetRole: 'READ_WRITE',
      vpcId,
      subnetIds,
      securityGroupIds,
    };
    records.proxyEndpoints.put(name, record);
    registrar.proxyChanged(proxy);
    return resultOf(record);
  }

  return {
    create: (request) => put(request),
    update: put,
    delete(existing) {
      const record = records.proxyEndpoints.get(existing.physicalId);
      if (!record) return;
      registrar.endpointDeleted(record);
      records.proxyEndpoints.delete(record.name);
    },
    unsupported: ({ properties }) => unknownProperties(properties, KNOWN),
  };
}

function readSettings(reader: PropertyReader) {
  if ((reader.text('TargetRole') ?? 'READ_WRITE') !== 'READ_WRITE') {
    reader.refuse(['TargetRole'], 'TargetRole READ_ONLY needs a cluster with readers: an instance has READ_WRITE only');
  }
  return {
    name: requiredIdentifier(reader, 'DBProxyEndpointName'),
    proxyName: reader.requiredText('DBProxyName'),
    subnetIds: requiredTexts(reader, 'VpcSubnetIds'),
    securityGroupIds: reader.texts('VpcSecurityGroupIds'),
  };
}
