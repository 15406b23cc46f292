/**
 * What each line of the help desk is for: the request that fails without it, and the words in which AWS says so. For
 * lines whose absence does nothing here, why that is; the test fails when they turn out to do something after all.
 */
import type { Line } from './lines.ts';
import type { ProbeName } from './probes.ts';

export type Expectation = Fails | Refused | Unknown;

/** Whose work a line is part of. What is taken out of one disturbs nobody in the others. */
export type Lane = 'tickets' | 'health' | 'schema' | 'default-group' | 'flow-logs' | `route ${string}`;

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
const SCHEMA: Way = { probe: 'deploy', renewed: ['MigrateDatabaseFunction', 'DatabaseSchema'], lanes: ['schema'] };
const DEFAULT_GROUP: Way = {
  probe: 'default-group',
  renewed: ['CloseDefaultSecurityGroupFunction', 'ClosedDefaultSecurityGroup'],
  lanes: ['default-group'],
};
/** What only a deployment notices. */
const DEPLOY: Way = { probe: 'deploy', renewed: [], lanes: [] };
/** What every function needs that works with the database: asked by one of them. */
const DATABASE: Way = { ...TICKETS, lanes: ['tickets', 'health', 'schema'] };

const FUNCTION_ROLES: Readonly<Record<string, Way>> = {
  TicketsRole: TICKETS,
  HealthRole: HEALTH,
  MigrateDatabaseRole: SCHEMA,
  CloseDefaultSecurityGroupRole: DEFAULT_GROUP,
};

/** What the log says of a packet that nobody answers. The time-out itself is `time-outs.test.ts`'s matter. */
const TIMED_OUT =
  /\w+ → (secretsmanager|s3|help-desk-proxy)\b|RDS proxy help-desk-proxy refused a connection: .* lets no tcp/;
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
  const way = FUNCTION_ROLES[line.logicalId];
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
      if (line.logicalId === 'CloseDefaultSecurityGroupRole') {
        return unknown('Lambda decrypts variables by a grant of its own, and this function reads no secret', way);
      }
      return fails(way, /allows kms:Decrypt on/);
    case 'DatabaseSecrets':
      return fails(way, /allows secretsmanager:GetSecretValue on/);
    case 'DefaultSecurityGroup':
    case 'Rules':
      return fails(way, /is not authorized to perform: ec2:\w+/);
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
          lanes: ['flow-logs', 'tickets', 'health', 'schema', 'default-group'],
          shows: /The new key policy will not allow you to update the key policy in the future/,
        }
      : fails({ probe: 'deploy', renewed: ['FlowLogGroup'], lanes: ['flow-logs'] }, /KMS key/);
  },
  DynamoDbEndpoint: () => spare('no code calls DynamoDB yet'),
  S3Endpoint: ({ kind }) => fails(SCHEMA, kind === 'endpoint-statement' ? ENDPOINT_POLICY : TIMED_OUT),
  SecretsManagerEndpoint: ({ kind, value }) => {
    if (kind === 'endpoint-principal') {
      if (/Tickets/.test(value)) return fails(TICKETS, ENDPOINT_POLICY);
      return fails(/Health/.test(value) ? HEALTH : SCHEMA, ENDPOINT_POLICY);
    }
    if (kind === 'endpoint-resource') {
      return fails(/Master/.test(value) ? SCHEMA : DATABASE, ENDPOINT_POLICY);
    }
    return fails(DATABASE, kind === 'endpoint-statement' ? ENDPOINT_POLICY : TIMED_OUT);
  },
  FunctionsSecurityGroup: ({ value }) => {
    if (/DynamoDB/.test(value)) return spare('no code calls DynamoDB yet');
    return fails(/S3/.test(value) ? SCHEMA : DATABASE, TIMED_OUT);
  },
  EndpointsSecurityGroup: () => spare('it lets nothing out: without it AWS lets everything out, and no request fails'),
  DatabaseSecurityGroup: () => spare('it lets nothing out: without it AWS lets everything out, and no request fails'),
  ProxySecurityGroup: () => spare('a group without a rule for what leaves lets everything out, on AWS too'),
};

const BY_KIND: Partial<Record<Line['kind'], (line: Line) => Expectation>> = {
  'group-rule': () => fails(DATABASE, TIMED_OUT),
  'group-membership': () => fails(DATABASE, TIMED_OUT),
  'proxy-auth': ({ path }) => fails(path[1] === 0 ? DATABASE : SCHEMA, /it has no credentials of/),
  association: () => fails(SCHEMA, TIMED_OUT),
  'lambda-permission': ({ value }) => {
    if (value === 'SearchTickets') return spare('the permission of GetTicket, for /tickets/*, covers it, on AWS too');
    return fails({ probe: `route ${value}`, renewed: [], lanes: [`route ${value}`] }, /Internal server error/);
  },
  vpc: ({ logicalId }) =>
    fails(logicalId === 'TicketsFunction' ? TICKETS : logicalId === 'HealthFunction' ? HEALTH : SCHEMA, TIMED_OUT),
};
