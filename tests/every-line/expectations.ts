/**
 * What each line of the help desk is for: the request that fails without it, and the words in which AWS says so. For
 * lines whose absence does nothing here, why that is; the test fails when they turn out to do something after all.
 */
import type { Consumer } from './consumers.ts';
import { QUEUES, type QueueName } from './deliveries.ts';
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
  | 'stats'
  | 'webhooks'
  | 'trail'
  | Consumer
  | `queue ${QueueName}`
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
/** Of what the function of this name is handed, or asked. */
const handed = (name: Consumer | 'webhooks' | 'stats', logicalId: string): Way => ({
  probe: name,
  renewed: [`${logicalId}Function`],
  lanes: [name],
});
const STATS = handed('stats', 'Stats');
const WEBHOOKS = handed('webhooks', 'Webhooks');
const RELAY = handed('relay', 'RelayEvents');
const TRIAGE = handed('triage', 'Triage');
const WEBHOOK_PROCESSOR = handed('webhook-processor', 'WebhookProcessor');
const SLA = handed('sla', 'SlaMonitor');
const NOTIFICATIONS = handed('notifications', 'Notifications');
const MAILER = handed('mailer', 'Mailer');
const TICKET_VIEW = handed('ticket-view', 'TicketView');
const GUARDRAIL = handed('guardrail', 'Guardrail');
const PROJECT_STATS = handed('project-stats', 'ProjectStats');
const ATTACHMENT_PROCESSOR = handed('attachment-processor', 'AttachmentProcessor');
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
/** CloudTrail looks whether it may use its bucket and its key when it is given them. */
const TRAIL: Way = { probe: 'deploy', renewed: ['Trail'], lanes: ['trail'] };
/** What every function needs that works with the database through the proxy: asked by one of them. */
const DATABASE: Way = {
  ...TICKETS,
  lanes: [
    'tickets',
    'health',
    'attachments',
    'assistant',
    'schema',
    'relay',
    'triage',
    'webhook-processor',
    'sla',
    'attachment-processor',
  ],
};
/** What tells the bus of events. */
const EVENTS: Way = {
  ...TICKETS,
  lanes: ['tickets', 'relay', 'triage', 'webhook-processor', 'sla', 'attachment-processor'],
};
/** What remembers, inside the VPC, which events it has seen. */
const DONE_WORK: Way = { ...TRIAGE, lanes: ['triage', 'webhook-processor'] };
/** What asks the model. */
const MODEL: Way = { ...ASSISTANT, lanes: ['assistant', 'triage'] };
/** What the rotation needs too. */
const DATABASE_AND_ROTATION: Way = { ...DATABASE, lanes: [...DATABASE.lanes, 'rotation'] };
/** What a custom resource needs for its answer, and others for the files of tickets. */
const S3: Way = { ...SCHEMA, lanes: ['schema', 'assistant', 'attachment-processor'] };
/** What leads to the gateway endpoints, S3's and DynamoDB's: asked at the first. */
const GATEWAYS: Way = { ...S3, lanes: [...S3.lanes, ...DONE_WORK.lanes] };

/** Functions that something reads a queue or a stream for: their mapping, and whose messages it reads. */
const MAPPINGS: Readonly<Record<string, readonly [event: string, queue?: QueueName]>> = {
  Triage: ['Opened', 'Triage'],
  WebhookProcessor: ['Delivered'],
  Notifications: ['Happened', 'Notifications'],
  Mailer: ['Written', 'Mail'],
  TicketView: ['Happened', 'TicketView'],
  ProjectStats: ['Changed'],
  Guardrail: ['Changed', 'Guardrail'],
  AttachmentProcessor: ['Arrived', 'AttachmentProcessor'],
};

/** Lambda asks when it makes the mapping, and when that is changed. */
function mappingOf(name: string): Way {
  const [event, queue] = MAPPINGS[name]!;
  const lanes = [...FUNCTIONS[name]!.lanes, ...(queue === undefined ? [] : [`queue ${queue}` as const])];
  return { probe: 'deploy', renewed: [`${name}Function${event}`], lanes };
}

const FUNCTIONS: Readonly<Record<string, Way>> = {
  Stats: STATS,
  Webhooks: WEBHOOKS,
  RelayEvents: RELAY,
  Triage: TRIAGE,
  WebhookProcessor: WEBHOOK_PROCESSOR,
  SlaMonitor: SLA,
  Notifications: NOTIFICATIONS,
  Mailer: MAILER,
  TicketView: TICKET_VIEW,
  ProjectStats: PROJECT_STATS,
  Guardrail: GUARDRAIL,
  AttachmentProcessor: ATTACHMENT_PROCESSOR,
  Tickets: TICKETS,
  Health: HEALTH,
  Attachments: ATTACHMENTS,
  Assistant: ASSISTANT,
  MigrateDatabase: SCHEMA,
  RotateDatabaseSecret: ROTATION,
  JoinCustomers: CUSTOMERS,
  CloseDefaultSecurityGroup: DEFAULT_GROUP,
};

/** Whose a line is: what stands before `Role` or `Function` in its name. */
function functionOf(name: string): string {
  return /(\w+)(?:Role|Function)\b/.exec(name)?.[1] ?? '';
}

const wayOf = (name: string): Way | undefined => FUNCTIONS[functionOf(name)];

/** Functions that keep no secret and no key but for their variables, which Lambda itself decrypts. */
const KNOW_NO_SECRET: readonly Way[] = [DEFAULT_GROUP, CUSTOMERS, TICKET_VIEW, PROJECT_STATS, STATS];

/** What the log says of a packet that nobody answers. The time-out itself is `time-outs.test.ts`'s matter. */
const TIMED_OUT =
  /\w+ → (secretsmanager|s3|dynamodb|events|bedrock-runtime|help-desk-proxy|help-desk-database)\b|RDS proxy help-desk-proxy refused a connection: .* lets no tcp/;
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
      if (KNOW_NO_SECRET.includes(way)) {
        return unknown('Lambda decrypts variables by a grant of its own, and this function reads no secret', way);
      }
      return fails(way, /allows kms:Decrypt on/);
    case 'SigningSecrets': {
      const [, channel = 'Generic'] = /Webhook(\w+)Secret/.exec(value) ?? [];
      const probe: ProbeName = `webhook ${channel.toLowerCase()}`;
      return fails({ ...way, probe }, /allows secretsmanager:GetSecretValue on/);
    }
    case 'Messages':
    case 'Changes':
      return fails(mappingOf(functionOf(line.logicalId)), /permissions to call \w+ on SQS|Cannot access stream/);
    case 'Streams':
      return unknown('Lambda finds a stream by its ARN here, and lists none', way);
    case 'WhatWasNotCounted':
      return fails(mappingOf(functionOf(line.logicalId)), /permissions to call SendMessage on/);
    case 'Deliveries':
      return fails(warm(way), /allows sqs:SendMessage on/);
    case 'DoneWork':
      return doneWork(value, fails(warm(way), /allows dynamodb:(Put|Update)Item on/));
    case 'Tenants':
    case 'WhatPeopleWant':
      return fails(warm(way), /allows dynamodb:GetItem on/);
    case 'Views':
    case 'Counts':
    case 'OldestTicket':
      return fails(warm(way), /allows dynamodb:\w+ on/);
    case 'Events':
      return fails(warm(way), /allows events:PutEvents on/);
    case 'Protection':
      return fails(warm(way), /allows s3:\w+ on/);
    case 'Topic':
    case 'Alert':
      return fails(warm(way), /allows sns:Publish on/);
    case 'TopicIsEncrypted':
      return fails(warm(way), /allows kms:GenerateDataKey on/);
    case 'VariablesAndSecrets':
      return fails(way, /allows kms:(Decrypt|GenerateDataKey) on/);
    case 'DatabaseSecrets':
    case 'MasterSecret':
      return fails(way, /allows secretsmanager:GetSecretValue on/);
    case 'Rotation':
    case 'Passwords':
      return fails(warm(way), /allows secretsmanager:\w+ on/);
    case 'Files':
      return fails(warm(way), /allows s3:(Put|Get|Delete)Object on/);
    case 'Reports':
      return fails(warm(way), /allows s3:PutObject on/);
    case 'EncryptedFiles':
    case 'EncryptedReports':
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

/** What Powertools asks of its table only when something goes wrong, or twice. */
function doneWork(action: string, otherwise: Fails): Expectation {
  const { probe, renewed, lanes } = otherwise;
  const reason = SELDOM_ASKED[action];
  return reason === undefined ? otherwise : unknown(reason, { probe, renewed, lanes });
}

const SELDOM_ASKED: Readonly<Record<string, string>> = {
  'dynamodb:GetItem': 'what is there already, DynamoDB tells with its refusal to write it again',
  'dynamodb:DeleteItem': 'asked only where work has failed, to have it done again',
};

/** Of an item of a list, a statement or its condition: whether it is about the dead letters alone. */
const isAboutDeadLetters = ({ value }: Line): boolean => /DeadLetters/.test(value);

function ofQueuePolicy(line: Line): Expectation {
  const queue = QUEUES.find((name) => line.logicalId === `${name}QueuePolicy`);
  if (!queue) throw new Error(`nobody has said what ${line.id} lets in`);
  if (isAboutDeadLetters(line)) return unknown('nothing becomes a dead letter as long as the queue takes it');
  const way: Way = { probe: `queue ${queue}`, renewed: [], lanes: [`queue ${queue}`] };
  return fails(way, /NO_PERMISSIONS|is lost|AccessDenied/);
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
  TrailBucketPolicy: () => fails(TRAIL, /InsufficientS3BucketPolicyException/),
  DataKey: ({ sid, value }) => {
    if (sid?.startsWith('Trail')) return fails(TRAIL, /InsufficientEncryptionPolicyException/);
    if (value === 'kms:DescribeKey') return unknown('CloudWatch Logs does not ask for it here');
    return sid === 'AccountDecides'
      ? {
          kind: 'refused',
          ...DEPLOY,
          // What depends on the key waits for it.
          lanes: [
            'flow-logs',
            ...Object.values(FUNCTIONS).flatMap(({ lanes }) => lanes),
            'queue Mail',
            'queue Guardrail',
            'trail',
            'queue AttachmentProcessor',
          ],
          shows: /The new key policy will not allow you to update the key policy in the future/,
        }
      : fails({ probe: 'deploy', renewed: ['FlowLogGroup'], lanes: ['flow-logs'] }, /KMS key/);
  },
  TriageQueuePolicy: ofQueuePolicy,
  TicketViewQueuePolicy: ofQueuePolicy,
  NotificationsQueuePolicy: ofQueuePolicy,
  MailQueuePolicy: ofQueuePolicy,
  GuardrailQueuePolicy: ofQueuePolicy,
  AttachmentProcessorQueuePolicy: ofQueuePolicy,
  EventsEndpoint: ({ kind, value }) => {
    if (kind === 'endpoint-principal') return fails(warm(wayOf(value) ?? DEPLOY), ENDPOINT_POLICY);
    return kind === 'endpoint-statement' ? fails(warm(EVENTS), ENDPOINT_POLICY) : fails(EVENTS, TIMED_OUT);
  },
  DynamoDbEndpoint: ({ kind, sid, value }) => {
    if (kind === 'endpoint-principal') return fails(warm(wayOf(value) ?? DEPLOY), ENDPOINT_POLICY);
    if (sid === undefined) return fails(DONE_WORK, TIMED_OUT);
    return doneWork(value, fails(warm(sid === 'WhatTenantsWant' ? TRIAGE : DONE_WORK), ENDPOINT_POLICY));
  },
  S3Endpoint: ({ kind, sid }) => {
    if (sid === 'FilesThatArrived' || sid === 'ReportsOfImports')
      return fails(warm(ATTACHMENT_PROCESSOR), ENDPOINT_POLICY);
    if (kind !== 'endpoint-statement') return fails(S3, TIMED_OUT);
    return fails(warm(sid === 'AttachmentsOfTickets' ? ASSISTANT : SCHEMA), ENDPOINT_POLICY);
  },
  BedrockEndpoint: ({ kind, value }) => {
    if (kind === 'endpoint-principal') return fails(warm(wayOf(value) ?? DEPLOY), ENDPOINT_POLICY);
    return /^endpoint-(statement|resource)$/.test(kind) ? fails(warm(MODEL), ENDPOINT_POLICY) : fails(MODEL, TIMED_OUT);
  },
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
    if (/DynamoDB/.test(value)) return fails(DONE_WORK, TIMED_OUT);
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
  association: () => fails(GATEWAYS, TIMED_OUT),
  'lambda-permission': ({ value }) => {
    if (value === 'SearchTickets') return spare('the permission of GetTicket, for /tickets/*, covers it, on AWS too');
    return fails({ probe: `route ${value}`, renewed: [], lanes: [`route ${value}`] }, /Internal server error/);
  },
  vpc: ({ logicalId }) => fails(wayOf(logicalId) ?? DEPLOY, TIMED_OUT),
};
