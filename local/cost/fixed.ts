/** What is paid for being there, type by type. Pure. */
import type { Json, JsonObject } from '../template/stack.ts';
import type { CostedResource, Line } from './contract.ts';
import { HOURS_A_MONTH, line, SECONDS_A_MONTH } from './line.ts';
import { knownPrice, priceOf } from './prices.ts';

export type Priced =
  | { readonly kind: 'lines'; readonly lines: readonly Line[] }
  | { readonly kind: 'unknown'; readonly why: string };

type Pricer = (resource: CostedResource, all: readonly CostedResource[]) => Priced;

const lines = (...priced: readonly Line[]): Priced => ({ kind: 'lines', lines: priced });
const unknown = (why: string): Priced => ({ kind: 'unknown', why });
const nothing: Pricer = () => lines();

const isTrue = (value: Json | undefined): boolean => String(value) === 'true';
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const numberOf = (value: Json | undefined, fallback: number): number =>
  value === undefined ? fallback : Number(value);

const PRICERS: Readonly<Record<string, Pricer>> = {
  'AWS::EC2::NatGateway': ({ logicalId }) =>
    lines(line('fixed', [logicalId], 'NAT gateway', HOURS_A_MONTH, 'nat.hour')),
  'AWS::EC2::EIP': ({ logicalId }) =>
    lines(line('fixed', [logicalId], 'public IPv4 address', HOURS_A_MONTH, 'address.hour')),
  'AWS::EC2::VPCEndpoint': ({ logicalId, properties }) => {
    const type = properties['VpcEndpointType'] ?? 'Gateway';
    if (type === 'Gateway') return lines();
    if (type !== 'Interface') return unknown(`endpoints of type ${String(type)} are not priced here`);
    const zones = Math.max(1, listOf(properties['SubnetIds']).length);
    const what = `interface endpoint ${serviceOf(properties)}, ${zones} zone${zones === 1 ? '' : 's'}`;
    return lines(line('fixed', [logicalId], what, HOURS_A_MONTH * zones, 'endpoint.hour'));
  },
  'AWS::DynamoDB::Table': table,
  'AWS::RDS::DBInstance': database,
  'AWS::RDS::DBProxy': proxy,
  'AWS::KMS::Key': ({ logicalId }) => lines(line('fixed', [logicalId], 'KMS key', 1, 'kms.key')),
  'AWS::SecretsManager::Secret': ({ logicalId }) => lines(line('fixed', [logicalId], 'secret', 1, 'secret')),
  'AWS::CloudTrail::Trail': trail,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': ({ logicalId }) =>
    lines(line('fixed', [logicalId], 'composite alarm', 1, 'alarm.composite')),
  'AWS::CloudWatch::Dashboard': ({ logicalId }) => lines(line('fixed', [logicalId], 'dashboard', 1, 'dashboard')),
  'AWS::Logs::MetricFilter': ({ logicalId }) =>
    lines(line('fixed', [logicalId], 'custom metric of a filter', 1, 'metric.custom')),
  'AWS::Lambda::Alias': provisioned,
  'AWS::Lambda::Version': provisioned,
  'AWS::Lambda::Function': nothing,
  'AWS::ApiGateway::RestApi': nothing,
  'AWS::ApiGatewayV2::Api': ({ properties }) =>
    properties['ProtocolType'] === 'WEBSOCKET'
      ? unknown('messages and minutes of WebSocket APIs are not priced here')
      : lines(),
  'AWS::ApiGateway::Stage': ({ properties }) =>
    isTrue(properties['CacheClusterEnabled']) ? unknown('the price of its cache is not known here') : lines(),
  'AWS::Logs::LogGroup': nothing,
  'AWS::S3::Bucket': nothing,
  'AWS::Cognito::UserPool': nothing,
  'AWS::EC2::FlowLog': nothing,
  'AWS::EC2::TransitGateway': () => unknown('transit gateways are not priced here'),
};

/** Types that cost nothing themselves; what they cause is priced where it happens. */
const FREE: readonly RegExp[] = [
  /^AWS::IAM::/,
  /^AWS::EC2::(?:VPC|Subnet|RouteTable|Route|SubnetRouteTableAssociation|SecurityGroup(?:Ingress|Egress)?|InternetGateway|EgressOnlyInternetGateway|VPCGatewayAttachment|NetworkAcl(?:Entry)?|SubnetNetworkAclAssociation|PrefixList|VPCCidrBlock|SubnetCidrBlock|DHCPOptions|VPCDHCPOptionsAssociation)$/,
  /^AWS::Lambda::(?:Permission|LayerVersion|LayerVersionPermission|Url|EventInvokeConfig|EventSourceMapping|CodeSigningConfig)$/,
  /^AWS::ApiGateway::(?:Account|Authorizer|BasePathMapping|Deployment|GatewayResponse|Method|Model|RequestValidator|Resource)$/,
  /^AWS::ApiGatewayV2::(?:Authorizer|Deployment|Integration|IntegrationResponse|Model|Route|RouteResponse|Stage)$/,
  /^AWS::RDS::(?:DBSubnetGroup|DBParameterGroup|DBProxyTargetGroup|OptionGroup)$/,
  /^AWS::SecretsManager::(?:SecretTargetAttachment|RotationSchedule|ResourcePolicy)$/,
  /^AWS::KMS::Alias$/,
  /^AWS::S3::BucketPolicy$/,
  /^AWS::S(?:QS|NS)::(?:QueuePolicy|QueueInlinePolicy|TopicPolicy|TopicInlinePolicy|Subscription)$/,
  /^AWS::Cognito::(?:UserPoolClient|UserPoolDomain|UserPoolGroup|UserPoolResourceServer|UserPoolUser|UserPoolUserToGroupAttachment)$/,
  /^AWS::Logs::(?:LogStream|ResourcePolicy|SubscriptionFilter)$/,
  /^AWS::Events::(?:Rule|EventBus|EventBusPolicy)$/,
  /^AWS::CodeDeploy::/,
  /^AWS::CloudFormation::/,
  /^Custom::/,
];

/** Paid by use alone, and of these uses nothing is known unless somebody says so: the price of one is all there is to say. */
const BY_USE: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'sqs.requests',
  'AWS::SNS::Topic': 'sns.requests',
  'AWS::StepFunctions::StateMachine': 'states.transitions',
};

export function fixedCost(resource: CostedResource, all: readonly CostedResource[]): Priced {
  const { type } = resource;
  if (Object.hasOwn(PRICERS, type)) return PRICERS[type]!(resource, all);
  if (FREE.some((pattern) => pattern.test(type))) return lines();
  if (Object.hasOwn(BY_USE, type)) return byUse(BY_USE[type]!);
  return unknown('its price is not known here');
}

function byUse(id: string): Priced {
  const { usd, per } = knownPrice(id);
  return unknown(`paid by use, ${usd} USD a ${per}; how many there are is not in the load`);
}

/** The first copy of management events costs nothing. https://aws.amazon.com/cloudtrail/pricing/ */
function trail({ properties }: CostedResource): Priced {
  const { EventSelectors, AdvancedEventSelectors, InsightSelectors } = properties;
  const selectors = JSON.stringify([EventSelectors ?? [], AdvancedEventSelectors ?? []]);
  if (InsightSelectors === undefined && !/"DataResources"|"resources\.type"/.test(selectors)) return lines();
  return unknown('data events and Insights are paid by the event; how many there are is not in the load');
}

/** Capacity that is provisioned is paid by the hour, used or not, of the table and of each of its indexes. */
function table({ logicalId, properties }: CostedResource): Priced {
  if (properties['BillingMode'] === 'PAY_PER_REQUEST') return byUse('dynamodb.writes');
  const provisioned = [properties, ...(listOf(properties['GlobalSecondaryIndexes']) as JsonObject[])].map(
    ({ ProvisionedThroughput }) => (ProvisionedThroughput ?? {}) as JsonObject,
  );
  const hoursOf = (units: string): number =>
    HOURS_A_MONTH * provisioned.reduce((sum, throughput) => sum + numberOf(throughput[units], 0), 0);
  return lines(
    line('fixed', [logicalId], 'read capacity', hoursOf('ReadCapacityUnits'), 'dynamodb.read-capacity'),
    line('fixed', [logicalId], 'write capacity', hoursOf('WriteCapacityUnits'), 'dynamodb.write-capacity'),
  );
}

function serviceOf(properties: JsonObject): string {
  return String(properties['ServiceName'] ?? '').replace(/^com\.amazonaws\.[^.]+\./, '');
}

function database({ logicalId, properties }: CostedResource): Priced {
  const instanceClass = String(properties['DBInstanceClass'] ?? '');
  const engine = String(properties['Engine'] ?? '');
  const price = priceOf(`rds.${instanceClass}`);
  if (!price || !/^(?:mariadb|mysql|postgres)$/.test(engine)) {
    return unknown(`the price of ${instanceClass || 'its class'} for ${engine || 'its engine'} is not known here`);
  }
  const storageType = String(properties['StorageType'] ?? 'gp2');
  const storage = priceOf(`rds.${storageType}`);
  if (!storage) return unknown(`the price of storage of type ${storageType} is not known here`);
  const copies = isTrue(properties['MultiAZ']) ? 2 : 1;
  const where = copies === 2 ? 'with a standby' : 'one zone';
  const gb = numberOf(properties['AllocatedStorage'], 20);
  return lines(
    line('fixed', [logicalId], `${engine} on ${instanceClass}, ${where}`, HOURS_A_MONTH * copies, price),
    line('fixed', [logicalId], `${storageType} storage, ${gb} GB, ${where}`, gb * copies, storage),
    ...(isTrue(properties['ManageMasterUserPassword'])
      ? [line('fixed', [logicalId], 'master secret', 1, 'secret')]
      : []),
  );
}

/** Processors by class size; the smallest burstable ones have two as well. */
const VCPUS: Readonly<Record<string, number>> = {
  micro: 2,
  small: 2,
  medium: 2,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
};

function proxy({ logicalId, physicalId }: CostedResource, all: readonly CostedResource[]): Priced {
  const targets = all.find(
    ({ type, properties }) => type === 'AWS::RDS::DBProxyTargetGroup' && properties['DBProxyName'] === physicalId,
  );
  const identifiers = listOf(targets?.properties['DBInstanceIdentifiers']);
  const instance = all.find(({ type, physicalId: id }) => type === 'AWS::RDS::DBInstance' && identifiers.includes(id));
  const instanceClass = String(instance?.properties['DBInstanceClass'] ?? '');
  const vcpus = VCPUS[instanceClass.split('.').at(-1) ?? ''];
  if (vcpus === undefined)
    return unknown('it is paid by the processors of its database, whose number is not known here');
  return lines(
    line('fixed', [logicalId], `RDS Proxy, ${vcpus} vCPUs of ${instanceClass}`, HOURS_A_MONTH * vcpus, 'rds.proxy'),
  );
}

function alarm({ logicalId, properties }: CostedResource): Priced {
  const queries = listOf(properties['Metrics']).filter((query) => (query as JsonObject)['MetricStat'] !== undefined);
  const metrics = Math.max(1, queries.length);
  const periods = [
    properties['Period'],
    ...queries.map((query) => ((query as JsonObject)['MetricStat'] as JsonObject)['Period']),
  ];
  const isFine = periods.some((period) => period !== undefined && Number(period) < 60);
  return lines(line('fixed', [logicalId], 'alarm', metrics, isFine ? 'alarm.high-resolution' : 'alarm'));
}

function provisioned({ logicalId, properties }: CostedResource, all: readonly CostedResource[]): Priced {
  const configured = (properties['ProvisionedConcurrencyConfig'] ?? {}) as JsonObject;
  const environments = numberOf(configured['ProvisionedConcurrentExecutions'], 0);
  if (environments === 0) return lines();
  const target = all.find(
    ({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId === properties['FunctionName'],
  );
  if (!target) return unknown('it has provisioned concurrency of a function that is not in this stack');
  const gbSeconds = environments * memoryGb(target) * SECONDS_A_MONTH;
  const what = `provisioned concurrency of ${target.logicalId}, ${environments}`;
  return lines(line('fixed', [logicalId], what, gbSeconds, `lambda.provisioned.${architectureOf(target)}`));
}

/** Of a function. */
export const memoryGb = ({ properties }: Pick<CostedResource, 'properties'>): number =>
  numberOf(properties['MemorySize'], 128) / 1024;

export const architectureOf = ({ properties }: Pick<CostedResource, 'properties'>): 'arm64' | 'x86_64' =>
  listOf(properties['Architectures'])[0] === 'arm64' ? 'arm64' : 'x86_64';
