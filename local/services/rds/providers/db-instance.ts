/** AWS::RDS::DBInstance: a database server of its own. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { ensureDatabase, ensureMasterUser } from '../accounts.ts';
import { createMasterSecret, deleteMasterSecret, generatePassword, requireMonitoringRole } from '../calls.ts';
import { describeSubstitution } from '../differences.ts';
import { type InstanceSettings, readInstanceSettings } from '../instance-settings.ts';
import { arn, identifierFrom, instanceHostname, resourceId } from '../names.ts';
import { placeOfInstance } from '../placement.ts';
import { customNameConflict } from '../properties.ts';
import type { InstanceRecord } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import { unsupportedInstanceProperties } from '../unsupported.ts';

/** Changing one of these makes a new instance. */
const REPLACING = [
  'DBInstanceIdentifier',
  'DBName',
  'DBSubnetGroupName',
  'Engine',
  'MasterUsername',
  'Port',
  'StorageEncrypted',
  'KmsKeyId',
  'AvailabilityZone',
  'CharacterSetName',
];

/** With what RDS decides where the template does not. */
type SettledSettings = InstanceSettings & Pick<InstanceRecord, 'publiclyAccessible' | 'securityGroupIds' | 'subnetIds'>;

export function dbInstanceProvider(room: RdsRoom): Provider {
  const { place, records, fleet, registrar, context } = room;

  async function create(request: ResourceRequest, generatedName = request.generatedName): Promise<ResourceResult> {
    const settings = readInstanceSettings(request);
    const name = settings.identifier ?? identifierFrom(generatedName);
    // A generated name belongs to this resource alone: what stands under it is left from a run that was cut off.
    if (records.instances.get(name) && settings.identifier && !request.interrupted) {
      throw new AwsError('DBInstanceAlreadyExists', `DB instance already exists: ${name}`);
    }
    requireGroups(settings);
    await checkMonitoring(request.properties, name);
    const settled = await settle(settings);
    await fleet.destroy(name);
    let record = newRecord(name, settled);
    try {
      record = await fleet.create(record);
      record = await furnish(record, settings);
    } catch (error) {
      await fleet.destroy(name);
      registrar.instanceDeleted(record);
      throw error;
    }
    return { physicalId: name, attributes: attributesOf(record) };
  }

  /** With its place in the network, which a template may leave to RDS. */
  async function settle(settings: InstanceSettings): Promise<SettledSettings> {
    const group = settings.subnetGroupName ? records.subnetGroups.get(settings.subnetGroupName) : undefined;
    const { vpcId: _, subnetIds, ...place } = await placeOfInstance(context.dispatch, settings, group);
    return { ...settings, ...place, subnetIds: group ? undefined : subnetIds };
  }

  /** What was made before places in the network were kept gets its own now. */
  async function placed(record: InstanceRecord): Promise<InstanceRecord> {
    if (record.securityGroupIds.length > 0) return record;
    const group = record.subnetGroupName ? records.subnetGroups.get(record.subnetGroupName) : undefined;
    const { vpcId: _, ...place } = await placeOfInstance(context.dispatch, record, group);
    return { ...record, ...place };
  }

  /** The database and the master user; the password goes to the server and, where managed, into its secret. */
  async function furnish(record: InstanceRecord, settings: InstanceSettings): Promise<InstanceRecord> {
    const { masterPassword } = settings;
    const password = masterPassword.kind === 'given' ? masterPassword.password : generatePassword();
    await setMasterPassword(record, password);
    if (masterPassword.kind === 'given') return record;
    const masterSecretArn = await createMasterSecret(context.dispatch, {
      name: `rds!db-${randomUUID()}`,
      username: record.masterUsername,
      password,
      instanceArn: arn(place, 'db', record.identifier),
      kmsKeyId: masterPassword.kmsKeyId,
    });
    const furnished = { ...record, masterSecretArn };
    records.instances.put(record.identifier, furnished);
    return furnished;
  }

  async function setMasterPassword(record: InstanceRecord, password: string): Promise<void> {
    await fleet.administer(record.identifier, async (connection, server) => {
      if (record.databaseName) await ensureDatabase(connection, record.databaseName);
      await ensureMasterUser(connection, server.program.flavour, { name: record.masterUsername, password });
    });
  }

  /** Asked when it is turned on, and not again. */
  async function checkMonitoring({ MonitoringInterval, MonitoringRoleArn }: JsonObject, name: string): Promise<void> {
    const isOn = Number(MonitoringInterval ?? 0) > 0;
    if (isOn && typeof MonitoringRoleArn !== 'string') {
      throw new AwsError(
        'InvalidParameterCombination',
        'A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.',
      );
    }
    if (typeof MonitoringRoleArn !== 'string') return;
    await requireMonitoringRole(context, MonitoringRoleArn, arn(place, 'db', name));
  }

  function requireGroups(settings: InstanceSettings): void {
    const { subnetGroupName, parameterGroupName } = settings;
    if (subnetGroupName && subnetGroupName !== 'default' && !records.subnetGroups.get(subnetGroupName)) {
      throw new AwsError('DBSubnetGroupNotFoundFault', `DB subnet group '${subnetGroupName}' does not exist.`, {
        statusCode: 404,
      });
    }
    if (!parameterGroupName || parameterGroupName.startsWith('default.')) return;
    const group = records.parameterGroups.get(parameterGroupName);
    if (!group) {
      throw new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${parameterGroupName}`, {
        statusCode: 404,
      });
    }
    if (!group.family.startsWith(settings.engine)) {
      throw new AwsError(
        'InvalidParameterCombination',
        `The parameter group ${group.name} with DBParameterGroupFamily ${group.family} can't be used for this instance. ` +
          `Please use a parameter group with a DBParameterGroupFamily of ${settings.engine}.`,
      );
    }
  }

  function newRecord(identifier: string, settings: SettledSettings): InstanceRecord {
    const { masterPassword: _, identifier: __, ...rest } = settings;
    return { ...rest, identifier, resourceId: resourceId('db'), createdAt: context.clock.now() };
  }

  function attributesOf(record: InstanceRecord): Record<string, Json> {
    const attributes: Record<string, Json> = {
      DBInstanceArn: arn(place, 'db', record.identifier),
      DbiResourceId: record.resourceId,
      'Endpoint.Address': instanceHostname(place, record.identifier),
      'Endpoint.Port': String(record.port),
      'Endpoint.HostedZoneId': 'Z2R2ITUGPM61AM',
      'CertificateDetails.CAIdentifier': 'rds-ca-rsa2048-g1',
      DBInstanceStatus: 'available',
      InstanceCreateTime: new Date(record.createdAt).toISOString(),
    };
    if (record.masterSecretArn) attributes['MasterUserSecret.SecretArn'] = record.masterSecretArn;
    return attributes;
  }

  async function update(request: ResourceRequest, existing: ExistingResource): Promise<ResourceResult> {
    const replaced = REPLACING.filter((name) => changed(request.properties, existing.properties, name));
    if (replaced.length > 0) return replace(request, existing, replaced);
    const settings = readInstanceSettings(request);
    requireGroups(settings);
    const before = recordOf(existing);
    if (settings.allocatedStorage < before.allocatedStorage) {
      throw new AwsError(
        'InvalidParameterCombination',
        `Invalid storage size: a DB instance's storage cannot be reduced (${before.allocatedStorage} GiB)`,
      );
    }
    if (
      ['MonitoringRoleArn', 'MonitoringInterval'].some((one) => changed(request.properties, existing.properties, one))
    ) {
      await checkMonitoring(request.properties, before.identifier);
    }
    let record: InstanceRecord = { ...before, ...newSettings(await settle(settings)) };
    records.instances.put(record.identifier, record);
    if (fleet.needsRestart(before, record)) record = await fleet.restart(record);
    else registrar.instanceAvailable(record);
    record = await changePassword(record, settings, request, existing);
    return { physicalId: existing.physicalId, attributes: attributesOf(record) };
  }

  async function changePassword(
    record: InstanceRecord,
    settings: InstanceSettings,
    request: ResourceRequest,
    existing: ExistingResource,
  ): Promise<InstanceRecord> {
    const { masterPassword } = settings;
    if (masterPassword.kind === 'managed') return record.masterSecretArn ? record : furnish(record, settings);
    if (changed(request.properties, existing.properties, 'MasterUserPassword')) {
      await setMasterPassword(record, masterPassword.password);
    }
    if (!record.masterSecretArn) return record;
    await deleteMasterSecret(context.dispatch, record.masterSecretArn);
    const own: InstanceRecord = { ...record, masterSecretArn: undefined };
    records.instances.put(own.identifier, own);
    return own;
  }

  function replace(
    request: ResourceRequest,
    existing: ExistingResource,
    why: readonly string[],
  ): Promise<ResourceResult> {
    const { identifier } = readInstanceSettings(request);
    if (identifier === existing.physicalId) {
      throw customNameConflict(identifier, why);
    }
    return create(request, request.replacementName);
  }

  function recordOf(existing: ExistingResource): InstanceRecord {
    const record = records.instances.get(existing.physicalId);
    if (record) return record;
    throw new AwsError('DBInstanceNotFound', `DBInstance ${existing.physicalId} not found.`, { statusCode: 404 });
  }

  return {
    create: (request) => create(request),
    update,
    async delete(existing) {
      const record = records.instances.get(existing.physicalId);
      if (!record) return;
      if (record.deletionProtection) {
        throw new AwsError(
          'InvalidParameterCombination',
          'Cannot delete protected DB Instance, please disable deletion protection and try again.',
        );
      }
      await fleet.destroy(record.identifier);
      registrar.instanceDeleted(record);
      if (record.masterSecretArn) await deleteMasterSecret(context.dispatch, record.masterSecretArn);
    },
    async restore(existing) {
      const record = await fleet.start(await placed(recordOf(existing)));
      return { physicalId: existing.physicalId, attributes: attributesOf(record) };
    },
    unsupported(request) {
      const findings = unsupportedInstanceProperties(request.properties);
      const substitution = substitutionOf(request.properties);
      return substitution ? [{ path: ['Engine'], message: substitution }, ...findings] : findings;
    },
  };

  function substitutionOf(properties: JsonObject): string | undefined {
    const { Engine: engine, EngineVersion: version } = properties;
    if (engine !== 'mariadb' && engine !== 'mysql') return undefined;
    const wanted = typeof version === 'string' ? version : undefined;
    const program = room.source.present(engine, wanted);
    return program && describeSubstitution(engine, wanted, program);
  }
}

/** What an update may change of a record. */
function newSettings(settings: SettledSettings): Partial<InstanceRecord> {
  const { masterPassword: _, identifier: __, databaseName: ___, masterUsername: ____, ...rest } = settings;
  return rest;
}

function changed(next: JsonObject, previous: JsonObject, name: string): boolean {
  return JSON.stringify(next[name]) !== JSON.stringify(previous[name]);
}
