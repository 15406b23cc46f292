/**
 * AWS::RDS::DBProxy: a name in front of a database. Connections are not pooled; whom the proxy lets in is decided in
 * `proxy/`.
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { describeSubnets, requireRole } from '../calls.ts';
import { arn, proxyHostname, resourceId } from '../names.ts';
import { groupsIn } from '../placement.ts';
import { customNameConflict, requiredIdentifier, requiredTexts } from '../properties.ts';
import type { ProxyRecord } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import { type UnsupportedProperty, unknownProperties } from '../unsupported.ts';

const KNOWN = [
  'Auth',
  'DBProxyName',
  'DebugLogging',
  'DefaultAuthScheme',
  'EndpointNetworkType',
  'EngineFamily',
  'IdleClientTimeout',
  'RequireTLS',
  'RoleArn',
  'Tags',
  'TargetConnectionNetworkType',
  'VpcSecurityGroupIds',
  'VpcSubnetIds',
];

/** Seconds. */
const IDLE_CLIENT_TIMEOUT = { least: 1, most: 28_800, default: 1_800 };

type Settings = Omit<ProxyRecord, 'resourceId' | 'createdAt' | 'target'>;

export function dbProxyProvider({ place, records, registrar, context, fronts }: RdsRoom): Provider {
  async function read(request: ResourceRequest): Promise<Settings> {
    const settings = readProperties(request, readSettings);
    const subnets = await describeSubnets(context.dispatch, settings.subnetIds);
    if (new Set(subnets.map(({ availabilityZone }) => availabilityZone)).size < 2) {
      throw new AwsError(
        'InvalidSubnet',
        'At least 2 subnets in different Availability Zones are required for a DB proxy.',
      );
    }
    const vpcId = subnets[0]?.vpcId ?? '';
    const securityGroupIds = await groupsIn(context.dispatch, vpcId, settings.securityGroupIds, 'DB proxy');
    return { ...settings, vpcId, securityGroupIds };
  }

  const resultOf = (record: ProxyRecord): ResourceResult => ({
    physicalId: record.name,
    attributes: {
      DBProxyArn: arn(place, 'db-proxy', record.resourceId),
      Endpoint: proxyHostname(place, record.name),
      VpcId: record.vpcId,
    },
  });

  async function put(record: ProxyRecord): Promise<ResourceResult> {
    records.proxies.put(record.name, record);
    await fronts.open(record.name);
    registrar.proxyChanged(record);
    return resultOf(record);
  }

  function recordOf(existing: ExistingResource): ProxyRecord {
    const record = records.proxies.get(existing.physicalId);
    if (record) return record;
    throw new AwsError('DBProxyNotFoundFault', `DB proxy ${existing.physicalId} not found.`, { statusCode: 404 });
  }

  async function create(request: ResourceRequest): Promise<ResourceResult> {
    const settings = await read(request);
    if (records.proxies.get(settings.name) && !request.interrupted) {
      throw new AwsError('DBProxyAlreadyExistsFault', `DB proxy ${settings.name} already exists`);
    }
    const id = resourceId('prx');
    await requireRole(context, settings.roleArn, arn(place, 'db-proxy', id));
    return put({ ...settings, resourceId: id, createdAt: context.clock.now() });
  }

  return {
    create,
    async update(request, existing) {
      const settings = await read(request);
      const before = recordOf(existing);
      const replaced =
        settings.name !== before.name || JSON.stringify(settings.subnetIds) !== JSON.stringify(before.subnetIds);
      if (!replaced) {
        if (settings.roleArn !== before.roleArn) {
          await requireRole(context, settings.roleArn, arn(place, 'db-proxy', before.resourceId));
        }
        return put({ ...before, ...settings });
      }
      if (settings.name === before.name) {
        throw customNameConflict(settings.name, ['VpcSubnetIds']);
      }
      return create(request);
    },
    delete(existing) {
      const record = records.proxies.get(existing.physicalId);
      if (!record) return;
      registrar.proxyDeleted(record);
      fronts.close(record.name);
      records.proxies.delete(record.name);
    },
    async restore(existing) {
      const record = recordOf(existing);
      // What was made before the default group was looked up has none.
      const securityGroupIds = await groupsIn(context.dispatch, record.vpcId, record.securityGroupIds, 'DB proxy');
      return put({ ...record, securityGroupIds });
    },
    unsupported: (request) => [...unknownProperties(request.properties, KNOWN), ...unemulated(request)],
  };
}

function readSettings(reader: PropertyReader): Omit<Settings, 'vpcId'> {
  const { least, most, default: standard } = IDLE_CLIENT_TIMEOUT;
  const family = reader.requiredText('EngineFamily');
  if (family !== 'MYSQL') {
    reader.refuse(['EngineFamily'], `EngineFamily ${family} is not emulated: MYSQL is (it serves MariaDB too)`);
  }
  return {
    name: requiredIdentifier(reader, 'DBProxyName'),
    engineFamily: 'MYSQL',
    requireTls: reader.boolean('RequireTLS') ?? false,
    idleClientTimeout: reader.integer('IdleClientTimeout', [least, most]) ?? standard,
    debugLogging: reader.boolean('DebugLogging') ?? false,
    roleArn: reader.requiredText('RoleArn'),
    auth: readAuth(reader),
    subnetIds: requiredTexts(reader, 'VpcSubnetIds'),
    securityGroupIds: reader.texts('VpcSecurityGroupIds'),
  };
}

function readAuth(reader: PropertyReader): ProxyRecord['auth'] {
  const auth = reader.objects('Auth', (entry) => ({
    secretArn: entry.text('SecretArn'),
    iamAuth: entry.oneOf('IAMAuth', ['DISABLED', 'REQUIRED', 'ENABLED']) ?? 'DISABLED',
    authScheme: entry.oneOf('AuthScheme', ['SECRETS']) ?? 'SECRETS',
  }));
  if (auth.length === 0 && reader.text('DefaultAuthScheme') !== 'IAM_AUTH') {
    reader.refuse(['Auth'], 'At least one Auth is required for a DB proxy.');
  }
  return auth;
}

function unemulated(request: ResourceRequest): readonly UnsupportedProperty[] {
  const message = 'IAM authentication is not emulated: use passwords';
  const byDefault = request.properties['DefaultAuthScheme'] === 'IAM_AUTH';
  const modes = readProperties(request, (reader) => reader.objects('Auth', (entry) => entry.text('IAMAuth')));
  return [
    ...(byDefault ? [{ path: ['DefaultAuthScheme'], message }] : []),
    ...modes.flatMap((mode, index) =>
      mode === 'REQUIRED' || mode === 'ENABLED' ? [{ path: ['Auth', index, 'IAMAuth'], message }] : [],
    ),
  ];
}
