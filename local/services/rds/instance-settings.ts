/**
 * The properties of AWS::RDS::DBInstance, checked as RDS checks them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html
 */
import { type PropertyReader, readProperties } from '../../kernel/property-reader.ts';
import type { ResourceRequest } from '../../kernel/provider.ts';
import { instanceClassMemory } from './instance-class.ts';
import { identifier } from './properties.ts';
import type { Engine } from './server/locate.ts';

/** How the master user's password is kept. */
export type MasterPassword =
  | { readonly kind: 'given'; readonly password: string }
  | { readonly kind: 'managed'; readonly kmsKeyId?: string };

export interface InstanceSettings {
  readonly identifier?: string;
  readonly engine: Engine;
  readonly engineVersion?: string;
  readonly instanceClass: string;
  /** Bytes. */
  readonly memoryBytes: number;
  /** GiB. */
  readonly allocatedStorage: number;
  readonly storageType: string;
  readonly storageEncrypted: boolean;
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly masterPassword: MasterPassword;
  /** The port clients believe they connect to. */
  readonly port: number;
  readonly subnetGroupName?: string;
  readonly parameterGroupName?: string;
  readonly securityGroupIds: readonly string[];
  readonly deletionProtection: boolean;
  readonly multiAz: boolean;
  /** Absent: as the VPC is. */
  readonly publiclyAccessible?: boolean;
  readonly logExports: readonly string[];
}

const ENGINES: readonly Engine[] = ['mariadb', 'mysql'];
const DEFAULT_PORT = 3306;

/** GiB. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html */
const LEAST_STORAGE: Readonly<Record<string, number>> = { gp2: 20, gp3: 20, io1: 100, io2: 100, standard: 5 };
const MOST_STORAGE = 65_536;

const RESERVED_DATABASES = new Set(['mysql', 'information_schema', 'performance_schema', 'sys', 'innodb']);
const RESERVED_NAMES = new Set(['rdsadmin', 'root', 'mysql', 'admin_user', 'user', 'select', 'table', 'system']);

/** Throws TemplateError with everything RDS would refuse, each with its line. */
export function readInstanceSettings(request: ResourceRequest): InstanceSettings {
  return readProperties(request, (reader) => {
    refuseOtherKinds(reader);
    const engine = readEngine(reader);
    const instanceClass = reader.requiredText('DBInstanceClass');
    const storageType = reader.text('StorageType') ?? (reader.properties['Iops'] ? 'io1' : 'gp2');
    return {
      identifier: identifier(reader, 'DBInstanceIdentifier'),
      engine,
      engineVersion: reader.text('EngineVersion'),
      instanceClass,
      memoryBytes: readMemory(reader, instanceClass),
      allocatedStorage: readStorage(reader, storageType, engine),
      storageType,
      storageEncrypted: reader.boolean('StorageEncrypted') ?? false,
      databaseName: readDatabaseName(reader),
      masterUsername: readMasterUsername(reader),
      masterPassword: readMasterPassword(reader),
      port: reader.integer('Port', [1150, 65_535]) ?? DEFAULT_PORT,
      subnetGroupName: reader.text('DBSubnetGroupName')?.toLowerCase(),
      parameterGroupName: reader.text('DBParameterGroupName')?.toLowerCase(),
      securityGroupIds: reader.texts('VPCSecurityGroups'),
      deletionProtection: reader.boolean('DeletionProtection') ?? false,
      multiAz: reader.boolean('MultiAZ') ?? false,
      publiclyAccessible: reader.boolean('PubliclyAccessible'),
      logExports: reader.texts('EnableCloudwatchLogsExports'),
    };
  });
}

const OTHER_KINDS: Readonly<Record<string, string>> = {
  DBClusterIdentifier: 'a member of a cluster',
  SourceDBInstanceIdentifier: 'a read replica',
  SourceDBClusterIdentifier: 'a read replica',
  DBSnapshotIdentifier: 'an instance made from a snapshot',
  DBClusterSnapshotIdentifier: 'an instance made from a snapshot',
  RestoreTime: 'an instance restored to a point in time',
};

function refuseOtherKinds(reader: PropertyReader): void {
  for (const [name, kind] of Object.entries(OTHER_KINDS)) {
    if (reader.properties[name])
      reader.refuse([name], `${kind} is not emulated: only stand-alone instances run locally`);
  }
}

function readEngine(reader: PropertyReader): Engine {
  const engine = reader.requiredText('Engine').toLowerCase();
  const known = ENGINES.find((name) => name === engine);
  if (!known) reader.refuse(['Engine'], `Invalid DB engine: ${engine}. Locally emulated are ${ENGINES.join(' and ')}`);
  return known ?? 'mariadb';
}

function readMemory(reader: PropertyReader, instanceClass: string): number {
  const bytes = instanceClassMemory(instanceClass);
  if (bytes === undefined) reader.refuse(['DBInstanceClass'], `Invalid DB Instance class: ${instanceClass}`);
  return bytes ?? 0;
}

function readStorage(reader: PropertyReader, storageType: string, engine: Engine): number {
  const least = LEAST_STORAGE[storageType];
  if (least === undefined) reader.refuse(['StorageType'], `Invalid storage type: ${storageType}`);
  const storage = reader.requiredInteger('AllocatedStorage');
  if (storage !== 0 && least !== undefined && (storage < least || storage > MOST_STORAGE)) {
    const range = `${least} to ${MOST_STORAGE} GiB`;
    reader.refuse(
      ['AllocatedStorage'],
      `Invalid storage size for engine name ${engine} and storage type ${storageType}: ${storage} (${range})`,
    );
  }
  return storage;
}

function readDatabaseName(reader: PropertyReader): string | undefined {
  const name = reader.text('DBName');
  if (name === undefined || name === '') return undefined;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) {
    reader.refuse(
      ['DBName'],
      `DBName must begin with a letter and contain only alphanumeric characters, at most 64: ${name}`,
    );
  }
  if (RESERVED_DATABASES.has(name.toLowerCase())) reader.refuse(['DBName'], `DBName ${name} is reserved by the engine`);
  return name;
}

function readMasterUsername(reader: PropertyReader): string {
  const name = reader.requiredText('MasterUsername');
  if (RESERVED_NAMES.has(name.toLowerCase())) {
    const reserved = `MasterUsername ${name} cannot be used as it is a reserved word used by the engine`;
    reader.refuse(['MasterUsername'], reserved);
  } else if (!/^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(name)) {
    reader.refuse(
      ['MasterUsername'],
      'The parameter MasterUsername is not valid: 1 to 32 letters, digits or underscores',
    );
  }
  return name;
}

function readMasterPassword(reader: PropertyReader): MasterPassword {
  const password = reader.text('MasterUserPassword');
  if (reader.boolean('ManageMasterUserPassword')) {
    if (password !== undefined) {
      const both = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.";
      reader.refuse(['MasterUserPassword'], both);
    }
    const kmsKeyId = reader.object('MasterUserSecret', (secret) => secret.text('KmsKeyId'));
    return { kind: 'managed', kmsKeyId };
  }
  const wrong = password === undefined ? undefined : wrongPassword(password);
  if (wrong) reader.refuse(['MasterUserPassword'], `The parameter MasterUserPassword is not a valid password${wrong}`);
  return { kind: 'given', password: reader.requiredText('MasterUserPassword') };
}

/** Never shows the password. */
function wrongPassword(password: string): string | undefined {
  if (password.length < 8 || password.length > 41) return ' because it is not 8 to 41 characters long.';
  if (/[^\x21-\x7e]|[/@"]/.test(password)) {
    return `. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`;
  }
  return undefined;
}
