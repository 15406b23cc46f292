/**
 * What each line of the help desk is for: the request that fails without it, and the words in which AWS says so. For
 * lines whose absence does nothing here, why that is; the test fails when they turn out to do something after all.
 */
import type { Line } from './lines.ts';
import type { ProbeName } from './probes.ts';

export type Expectation = Fails | Refused | Unknown;

/** Whose work a line is part of. What is taken out of one disturbs nobody in the others. */
export type Lane =
  | 'tickets'
  | 'health'
  | 'attachments'
  | 'assistant'
  | 'schema'
  | 'rotation'
  | 'customers'
  | 'default-group'
  | 'flow-logs'
  | `route ${string}`;

/** How a line is asked for. */
export interface Way {
  readonly probe: ProbeName;
  /** What has to be made anew for the change to show; see `HelpDesk.apply`. */
  readonly renewed: readonly string[];
  /** The first is the one it is asked in. */
  readonly lanes: readonly Lane[];
}

export interface Fails extends Way {
  readonly kind: 'fails';
  /** In what the caller is told, in the function's own log, or in Sampan's. */
  readonly shows: RegExp;
}

/** AWS takes no such template: nothing changes, and its error names the resource. */
export interface Refused extends Way {
  readonly kind: 'refused';
  readonly shows: RegExp;
}

export interface Unknown extends Way {
  readonly kind: 'unknown';
  readonly reason: string;
  /** No request fails on AWS either: `sampan check` has nothing to say. */
  readonly breaksNothing: boolean;
}

/** How each function is asked, in new environments of it. */
const TICKETS: Way = { probe: 'tickets', renewed: ['TicketsFunction'], lanes: ['tickets'] };
const HEALTH: Way = { probe: 'health', renewed: ['HealthFunction'], lanes: ['health'] };
const ATTACHMENTS: Way = { probe: 'attachments', renewed: ['AttachmentsFunction'], lanes: ['attachments'] };
const ASSISTANT: Way = { probe: 'assistant', renewed: ['AssistantFunction'], lanes: ['assistant'] };
const ROTATION: Way = { probe: 'rotation', renewed: ['RotateDatabaseSecretFunction'], lanes: ['rotation'] };
const CUSTOMERS: Way = { probe: 'customers', renewed: ['JoinCustomersFunction'], lanes: ['customers'] };
const SCHEMA: Way = { probe: 'deploy', renewed: ['MigrateDatabaseFunction', 'DatabaseSchema'], lanes: ['schema'] };
const DEFAULT_GROUP: Way = {
  probe: 'default-group',
  renewed: ['CloseDefaultSecurityGroupFunction', 'ClosedDefaultSecurityGroup'],
  lanes: ['default-group'],
};
/**
 * What is asked for with every request, on AWS as here, shows in environments that there are: they know their secrets and
 * have their connections. Custom resources are called again all the same.
 */
const warm = (way: Way): Way => ({
  ...way,
  renewed: way.renewed.filter((logicalId) => !logicalId.endsWith('Function')),
});

/** What only a deployment notices. */
const DEPLOY: Way = { probe: 'deploy', renewed: [], lanes: [] };
/** What every function needs that works with the database through the proxy: asked by one of them. */
const DATABASE: Way = { ...TICKETS, lanes: ['tickets', 'health', 'attachments', 'assistant', 'schema'] };
/** What the rotation needs too. */
const DATABASE_AND_ROTATION: Way = { ...DATABASE, lanes: [...DATABASE.lanes, 'rotation'] };
/** What a custom resource needs for its answer, and the assistant for the files of tickets. */
const S3: Way = { ...SCHEMA, lanes: ['schema', 'assistant'] };

const FUNCTIONS: Readonly<Record<string, Way>> = {
  Tickets: TICKETS,
  Health: HEALTH,
  Attachments: ATTACHMENTS,
  Assistant: ASSISTANT,
  MigrateDatabase: SCHEMA,
  RotateDatabaseSecret: ROTATION,
  JoinCustomers: CUSTOMERS,
  CloseDefaultSecurityGroup: DEFAULT_GROUP,
};

/** Of whose function a line is, by what stands before `Role` or `Function` in its name. */
function wayOf(name: string): Way | undefined {
  const [, who = ''] = /(\w+)(?:Role|Function)\b/.exec(name) ?? [];
  return FUNCTIONS[who];
}

/** What the log says of a packet that nobody answers. The time-out itself is `time-outs.test.ts`'s matter. */
const TIMED_OUT =
  /\w+ → (secretsmanager|s3|bedrock-runtime|help-desk-proxy|help-desk-database)\b|RDS proxy help-desk-proxy refused a connection: .* lets no tcp/;
const ENDPOINT_POLICY = /VPC endpoint policy (allows|does not allow)/;

const fails = (way: Way, shows: RegExp): Fails => ({ kind: 'fails', ...way, shows });
const unknown = (reason: string, way: Way = DEPLOY): Unknown => ({
  kind: 'unknown',
  reason,
  breaksNothing: false,
  ...way,
});
const spare = (reason: string): Unknown => ({ ...unknown(reason), breaksNothing: true });

export function expectationOf(line: Line): Expectation {
  const way = line.type === 'AWS::IAM::Role' ? wayOf(line.logicalId) : undefined;
  if (way) return ofFunctionRole(line, way);
  const expectation = BY_RESOURCE[line.logicalId]?.(line) ?? BY_KIND[line.kind]?.(line);
  if (!expectation) throw new Error(`nobody has said what ${line.id} (template.yaml:${line.line}) is for`);
  return expectation;
}

function ofFunctionRole(line: Line, way: Way): Expectation {
  const { kind, sid, value } = line;
  if (kind === 'trust') return fails(way, /The role defined for the function cannot be assumed by Lambda/);
  switch (sid) {
    case 'Logs':
      return fails({ ...way, probe: `logs of ${way.probe}` as ProbeName }, /would be lost on AWS/);
    case 'Traces':
      if (value === 'xray:PutTelemetryRecords') return unknown('the daemon sends no telemetry about itself here', way);
      return fails(way, /does not have permissions to call PutTraceSegments on XRAY/);
    case 'Variables':
      // Variables themselves are decrypted by a grant that Lambda makes; what is left is the secrets' key.
      if (way === DEFAULT_GROUP || way === CUSTOMERS) {
        return unknown('Lambda decrypts variables by a grant of its own, and this function reads no secret', way);
      }
      return fails(way, /allows kms:Decrypt on/);
    case 'VariablesAndSecrets':
      return fails(way, /allows kms:(Decrypt|GenerateDataKey) on/);
    case 'DatabaseSecrets':
    case 'MasterSecret':
      return fails(way, /allows secretsmanager:GetSecretValue on/);
    case 'Rotation':
    case 'Passwords':
      return fails(warm(way), /allows secretsmanager:\w+ on/);
    case 'Files':
      return fails(warm(way), /allows s3:(Put|Get)Object on/);
    case 'EncryptedFiles':
      return fails(warm(way), /allows kms:GenerateDataKey on/);
    case 'Attachments':
      return fails(warm(way), /allows s3:GetObject on/);
    case 'Model':
      return fails(warm(way), /allows bedrock:InvokeModelWithResponseStream on/);
    case 'DefaultSecurityGroup':
    case 'Rules':
      return fails(warm(way), /is not authorized to perform: ec2:\w+/);
    case 'NetworkInterfaces':
      if (/DescribeSubnets|PrivateIpAddresses/.test(value)) {
        return unknown(
          'Lambda needs it when it makes network interfaces, which it does not do here; the log says so',
          way,
        );
      }
      return fails(way, /does not have permissions to call \w+ on EC2/);
  }
  throw new Error(`nobody has said what ${sid} is for`);
}

const BY_RESOURCE: Readonly<Record<string, (line: Line) => Expectation | undefined>> = {
  FlowLogRole: () => unknown('no flow logs are written here'),
  DatabaseMonitoringRole: ({ path }) =>
    unknown(
      path[0] === 'Policies'
        ? 'no enhanced monitoring is written here'
        : 'RDS asks for it only when monitoring is turned on',
    ),
  DatabaseProxyRole: ({ value }) => fails(/Master/.test(value) ? SCHEMA : DATABASE, /it has no credentials of/),
  ApiGatewayLogsRole: () =>
    fails(
      { probe: 'logs of api', renewed: [], lanes: ['tickets'] },
      /what API Gateway logs to .* would be lost on AWS/,
    ),
  DataKey: ({ sid, value }) => {
    if (value === 'kms:DescribeKey') return unknown('CloudWatch Logs does not ask for it here');
    return sid === 'AccountDecides'
      ? {
          kind: 'refused',
          ...DEPLOY,
          // What depends on the key waits for it.
          lanes: ['flow-logs', ...DATABASE_AND_ROTATION.lanes, 'customers', 'default-group'],
          shows: /The new key policy will not allow you to update the key policy in the future/,
        }
      : fails({ probe: 'deploy', renewed: ['FlowLogGroup'], lanes: ['flow-logs'] }, /KMS key/);
  },
  DynamoDbEndpoint: () => spare('no code calls DynamoDB yet'),
  S3Endpoint: ({ kind, sid }) => {
    if (kind !== 'endpoint-statement') return fails(S3, TIMED_OUT);
    return fails(warm(sid === 'AttachmentsOfTickets' ? ASSISTANT : SCHEMA), ENDPOINT_POLICY);
  },
  BedrockEndpoint: ({ kind }) =>
    /^endpoint-(statement|resource)$/.test(kind)
      ? fails(warm(ASSISTANT), ENDPOINT_POLICY)
      : fails(ASSISTANT, TIMED_OUT),
  SecretsManagerEndpoint: ({ kind, sid = '', value }) => {
    // The master user's secret is one that the function keeps for a while.
    if (sid === 'RotationReadsMasterSecret') return fails(ROTATION, ENDPOINT_POLICY);
    if (/Rotation/.test(sid)) return fails(warm(ROTATION), ENDPOINT_POLICY);
    if (kind === 'endpoint-principal') return fails(wayOf(value) ?? DEPLOY, ENDPOINT_POLICY);
    if (kind === 'endpoint-resource') return fails(/Master/.test(value) ? SCHEMA : DATABASE, ENDPOINT_POLICY);
    return kind === 'endpoint-statement' ? fails(DATABASE, ENDPOINT_POLICY) : fails(DATABASE_AND_ROTATION, TIMED_OUT);
  },
  RotationSecurityGroup: () => fails(ROTATION, TIMED_OUT),
  EndpointsFromRotation: () => fails(ROTATION, TIMED_OUT),
  DatabaseFromRotation: () => fails(ROTATION, TIMED_OUT),
  RotateDatabaseSecretPermission: () =>
    fails(warm(ROTATION), /Secrets Manager cannot invoke the specified Lambda function/),
  JoinCustomersPermission: () => fails(warm(CUSTOMERS), /lambda:InvokeFunction/),
  JoinCustomersPolicy: () => fails(warm(CUSTOMERS), /allows cognito-idp:AdminAddUserToGroup on/),
  FunctionsSecurityGroup: ({ value }) => {
    if (/DynamoDB/.test(value)) return spare('no code calls DynamoDB yet');
    return fails(/S3/.test(value) ? S3 : DATABASE, TIMED_OUT);
  },
  EndpointsSecurityGroup: () => spare('it lets nothing out: without it AWS lets everything out, and no request fails'),
  DatabaseSecurityGroup: () => spare('it lets nothing out: without it AWS lets everything out, and no request fails'),
  ProxySecurityGroup: () => spare('a group without a rule for what leaves lets everything out, on AWS too'),
};

const BY_KIND: Partial<Record<Line['kind'], (line: Line) => Expectation>> = {
  'group-rule': () => fails(DATABASE, TIMED_OUT),
  'group-membership': ({ logicalId }) => fails(logicalId === 'Database' ? DATABASE_AND_ROTATION : DATABASE, TIMED_OUT),
  'proxy-auth': ({ path }) => fails(path[1] === 0 ? DATABASE : SCHEMA, /it has no credentials of/),
  association: () => fails(S3, TIMED_OUT),
  'lambda-permission': ({ value }) => {
    if (value === 'SearchTickets') return spare('the permission of GetTicket, for /tickets/*, covers it, on AWS too');
    return fails({ probe: `route ${value}`, renewed: [], lanes: [`route ${value}`] }, /Internal server error/);
  },
  vpc: ({ logicalId }) => fails(wayOf(logicalId) ?? DEPLOY, TIMED_OUT),
};
