/** RDS on a kernel of its own, for its providers' tests: a state directory a test, real servers, stand-in neighbours. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { type CertificateAuthority, createCertificateAuthority } from '../../kernel/certificates.ts';
import { Refusal } from '../../kernel/doors.ts';
import {
  createKernel,
  type ExistingResource,
  type Kernel,
  type Operation,
  type Provider,
  type ResourceRequest,
  type ServiceDefinition,
} from '../../kernel/index.ts';
import type { JsonObject } from '../../template/stack.ts';
import { rdsService } from './service.ts';

/** What every test instance has. */
export const INSTANCE: JsonObject = {
  Engine: 'mariadb',
  EngineVersion: '10.11',
  DBInstanceClass: 'db.t4g.micro',
  DBName: 'helpdesk',
  MasterUsername: 'helpdesk_master',
  MasterUserPassword: 'correct-horse-battery',
  AllocatedStorage: '20',
};

/** What RDS asks of EC2: two zones in one network, which is the account's default, and one subnet of another. */
const ZONES: Readonly<Record<string, readonly [zone: string, vpc: string]>> = {
  'subnet-a': ['us-east-1a', 'vpc-1'],
  'subnet-b': ['us-east-1b', 'vpc-1'],
  'subnet-a2': ['us-east-1a', 'vpc-1'],
  'subnet-elsewhere': ['us-east-1c', 'vpc-2'],
};

type Filter = { readonly Values: readonly string[] };

const operation = (handle: (input: never) => unknown): Operation => ({ requires: () => [], handle });

/** What the neighbours say; a test changes it, and writes of theirs are what RDS notices. */
interface World {
  /** By ARN. */
  readonly secrets: Map<string, string>;
  /** Secrets that the role of a proxy may not read. */
  readonly unreadable: Set<string>;
  /** Why a proxy does not get to its database. */
  unreachable: string | undefined;
  /** Roles that do not trust RDS. */
  readonly distrustful: Set<string>;
  /** Roles that no stack has. */
  readonly elsewhere: Set<string>;
}

const neighbours = (world: World): ServiceDefinition[] => [
  {
    name: 'iam',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        CheckServiceRole: operation(({ RoleArn, OfTemplate }: { RoleArn: string; OfTemplate?: boolean }) => ({
          Trusted: world.elsewhere.has(RoleArn) ? OfTemplate === true : !world.distrustful.has(RoleArn),
          ...(world.elsewhere.has(RoleArn) && { Elsewhere: true }),
          Reason: 'its trust policy leaves rds.amazonaws.com out',
        })),
      },
    }),
  },
  {
    name: 'ec2',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        CanReach: operation(() => (world.unreachable ? { kind: 'no', reason: world.unreachable } : { kind: 'yes' })),
        DescribeVpcs: operation(() => ({ Vpcs: [{ VpcId: 'vpc-1' }] })),
        DescribeSubnets: operation(({ SubnetIds = ['subnet-a', 'subnet-b'] }: { SubnetIds?: string[] }) => ({
          Subnets: SubnetIds.map((id) => ({ SubnetId: id, AvailabilityZone: ZONES[id]?.[0], VpcId: ZONES[id]?.[1] })),
        })),
        DescribeSecurityGroups: operation(({ GroupIds, Filters }: { GroupIds?: string[]; Filters?: Filter[] }) => ({
          SecurityGroups: GroupIds
            ? GroupIds.map((id) => ({ GroupId: id, VpcId: id.endsWith('elsewhere') ? 'vpc-2' : 'vpc-1' }))
            : [{ GroupId: `sg-default-of-${Filters![0]!.Values[0]}`, VpcId: Filters![0]!.Values[0] }],
        })),
        DescribeInternetGateways: operation(({ Filters }: { Filters: Filter[] }) => ({
          InternetGateways: Filters[0]!.Values[0] === 'vpc-2' ? [{}] : [],
        })),
      },
    }),
  },
  {
    name: 'secretsmanager',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        CreateSecret: operation(({ Name, SecretString }: { Name: string; SecretString: string }) => {
          world.secrets.set(Name, SecretString);
          return { ARN: Name };
        }),
        DeleteSecret: operation(({ SecretId }: { SecretId: string }) => void world.secrets.delete(SecretId)),
        ListSecrets: operation(() => ({ SecretList: [...world.secrets.keys()].map((ARN) => ({ ARN })) })),
        GetSecretValue: operation(({ SecretId }: { SecretId: string }) => {
          if (world.unreadable.has(SecretId)) {
            throw new Refusal('AccessDeniedException', 'denied', 403, 'no policy of role proxy allows it');
          }
          return { SecretString: world.secrets.get(SecretId) };
        }),
      },
    }),
  },
];

/** As a template would name them: a proxy `DBProxy`, no secret. */
const NAMES = {
  expressionOf: (arn: string) => (arn.includes(':db-proxy:') ? { 'Fn::GetAtt': ['DBProxy', 'DBProxyArn'] } : undefined),
  lineOf: () => undefined,
};

interface ConnectOptions {
  readonly port?: number;
  /** Default true. */
  readonly tls?: boolean;
}

export interface UseRdsOptions {
  /** Nothing is started for `described` ones. Default `running`. */
  readonly servers?: 'running' | 'described';
  /** How long the kernel and what it runs live. Default `test`. */
  readonly lifetime?: 'test' | 'file';
}

/** Registers the hooks; call it once a test file. */
export function useRds({ servers = 'running', lifetime = 'test' }: UseRdsOptions = {}) {
  // Real servers on a machine that may be busy with other tests.
  jest.setTimeout(30_000);
  const world: World = {
    secrets: new Map(),
    unreadable: new Set(),
    unreachable: undefined,
    distrustful: new Set(),
    elsewhere: new Set(),
  };
  const { secrets } = world;
  let certificates: CertificateAuthority;
  let authorityDirectory: string;
  let directory: string;
  let kernel: Kernel;
  const kernels: Kernel[] = [];

  function open(): Kernel {
    kernel = createKernel({ stateDirectory: directory, accountId: '123456789012', region: 'us-east-1' });
    for (const neighbour of neighbours(world)) kernel.registry.add(neighbour);
    const cacheDirectory = join(homedir(), '.cache', 'sampan');
    kernel.registry.add(
      rdsService(servers === 'described' ? { servers } : { certificates, cacheDirectory, names: NAMES }),
    );
    kernels.push(kernel);
    return kernel;
  }

  function begin(): void {
    directory = mkdtempSync(join(tmpdir(), 'sampan-rds-'));
    open();
  }

  async function end(): Promise<void> {
    await Promise.all(kernels.splice(0).map((each) => each.stop()));
    rmSync(directory, { recursive: true, force: true });
  }

  beforeAll(async () => {
    authorityDirectory = mkdtempSync(join(tmpdir(), 'sampan-ca-'));
    certificates = await createCertificateAuthority(authorityDirectory);
    if (lifetime === 'file') begin();
  });

  beforeEach(() => {
    secrets.clear();
    delete (secrets as { set?: unknown }).set;
    world.unreadable.clear();
    world.distrustful.clear();
    world.unreachable = undefined;
    if (lifetime === 'test') begin();
  });

  if (lifetime === 'test') afterEach(end);
  afterAll(async () => {
    if (lifetime === 'file') await end();
    rmSync(authorityDirectory, { recursive: true });
  });

  async function provider(type: string): Promise<Provider> {
    return (await kernel.registry.service('rds')).providers[`AWS::RDS::${type}`]!;
  }

  const request = (type: string, properties: JsonObject): ResourceRequest => ({
    logicalId: type,
    type: `AWS::RDS::${type}`,
    properties,
    stackName: 'help-desk',
    stackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/help-desk/1',
    generatedName: `help-desk-${type}-1X2Y3Z4A5B6C`,
    replacementName: `help-desk-${type}-9Z8Y7X6W5V4U`,
    positionOf: () => undefined,
  });

  async function create(type: string, properties: JsonObject): Promise<ExistingResource> {
    const { physicalId, attributes = {} } = await (await provider(type)).create(request(type, properties));
    return { logicalId: type, type: `AWS::RDS::${type}`, physicalId, properties, attributes };
  }

  async function update(existing: ExistingResource, properties: JsonObject): Promise<ExistingResource> {
    const type = existing.type.slice('AWS::RDS::'.length);
    const { physicalId, attributes = {} } = await (await provider(type)).update(request(type, properties), existing);
    return { ...existing, physicalId, properties, attributes };
  }

  async function remove(existing: ExistingResource): Promise<void> {
    await (await provider(existing.type.slice('AWS::RDS::'.length))).delete(existing);
  }

  /** Connects as a function would: to the name RDS gives, through the address book. */
  async function connect(hostname: unknown, user: string, password: string, options: ConnectOptions = {}) {
    const { port = 3306, tls = true } = options;
    const target = kernel.addresses.lookup(String(hostname), port)?.target;
    if (target?.kind !== 'tcp') throw new Error(`${hostname}:${port} leads nowhere`);
    return createConnection({
      // What a client is given, and checks the certificate against; where it leads is the address book's matter.
      host: String(hostname),
      stream: () => dial(target.port, target.host),
      ssl: tls ? { ca: certificates.caPem, verifyIdentity: true } : undefined,
      user,
      password,
      database: 'helpdesk',
    });
  }

  async function query(hostname: unknown, sql: string, password = 'correct-horse-battery') {
    const connection = await connect(hostname, 'helpdesk_master', password);
    try {
      return (await connection.query(sql))[0];
    } finally {
      await connection.end();
    }
  }

  return {
    get kernel() {
      return kernel;
    },
    /** The state directory of this test. */
    get directory() {
      return directory;
    },
    /** What Secrets Manager was given, by name. */
    secrets,
    world,
    /** What makes RDS look again: a write of the service that a change of the world belongs to. */
    changed: (service: string) => kernel.store.collection(service, 'changes').put('change', null),
    open,
    provider,
    request,
    create,
    update,
    remove,
    connect,
    query,
  };
}
