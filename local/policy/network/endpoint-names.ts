/**
 * How an AWS service is called by endpoints and by host names: `com.amazonaws.us-east-1.ecr.api` is
 * `api.ecr.us-east-1.amazonaws.com`.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */

/** Host prefixes that are not simply the endpoint's name with its labels turned round. */
const BY_HOST: Readonly<Record<string, string>> = {
  kinesis: 'kinesis-streams',
  firehose: 'kinesis-firehose',
  'streams.dynamodb': 'dynamodb-streams',
  ddb: 'dynamodb',
  'control.s3': 's3',
  's3-control': 's3',
  's3-accesspoint': 's3',
};

/** Services whose names a label of the customer's stands before: buckets, accounts, APIs. */
const WITH_OWN_LABELS = ['s3', 's3-accesspoint', 's3-control', 'ddb', 'execute-api', 'appsync-api', 'sqs'];

export interface AwsHost {
  /** The endpoint's short name: `secretsmanager`, `ecr.api`. */
  readonly service: string;
  /** Absent for the global names: `iam.amazonaws.com`. */
  readonly region?: string;
  /** Of an endpoint's own name. */
  readonly vpcEndpointId?: string;
}

/** `vpce-0a1b-c2d3.sqs.us-east-1.vpce.amazonaws.com`, of one zone too, with a bucket in front for S3. */
const ENDPOINTS_OWN =
  /(?:^|\.)(vpce-[0-9a-z]+)-[0-9a-z-]+\.([a-z0-9.-]+)\.([a-z]{2}(?:-[a-z]+)+-\d)\.vpce\.amazonaws\.com$/;

/** Undefined for a name that is no AWS service's. `hostname` is in lower case. */
export function awsHost(hostname: string): AwsHost | undefined {
  const own = ENDPOINTS_OWN.exec(hostname);
  if (own) {
    const [, vpcEndpointId, service, region] = own as unknown as [string, string, string, string];
    return { service, region, vpcEndpointId };
  }
  const match = /^(.+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(hostname);
  if (!match) return undefined;
  const labels = match[1]!.split('.').filter((label) => label !== 'dualstack');
  const at = labels.findIndex((label) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(label));
  const region = at > 0 ? labels[at] : undefined;
  const before = region === undefined ? labels : labels.slice(0, at);
  const customers = WITH_OWN_LABELS.find((name) => before.at(-1) === name);
  const prefix = customers ?? before.join('.').replace(/-fips$/, '');
  return { service: BY_HOST[prefix] ?? prefix.split('.').reverse().join('.'), ...(region && { region }) };
}

/** Whether an endpoint of this service name answers for the service. */
export function isEndpointOf(serviceName: string, service: string, region: string): boolean {
  return serviceName === endpointName(service, region) || serviceName === `com.amazonaws.${service}`;
}

export function endpointName(service: string, region: string): string {
  return `com.amazonaws.${region}.${service}`;
}

/** These have endpoints that are entries of route tables, free of charge. */
export function hasGatewayEndpoint(service: string): service is 's3' | 'dynamodb' {
  return service === 's3' || service === 'dynamodb';
}

/** Services whose calls are signed with another name than their endpoint's, or go to several. */
const BY_SIGNING_NAME: Readonly<Record<string, string | ((operation: string) => string)>> = {
  appconfig: (operation) =>
    /^(StartConfigurationSession|GetLatestConfiguration)$/.test(operation) ? 'appconfigdata' : 'appconfig',
  bedrock: (operation) => {
    if (
      /^(InvokeModel|Converse|ApplyGuardrail|CountTokens|StartAsyncInvoke|GetAsyncInvoke|ListAsyncInvokes)/.test(
        operation,
      )
    ) {
      return 'bedrock-runtime';
    }
    return /^(Retrieve|InvokeAgent|InvokeFlow|InvokeInlineAgent|Rerank)/.test(operation)
      ? 'bedrock-agent-runtime'
      : 'bedrock';
  },
  dynamodb: (operation) =>
    /^(DescribeStream|GetRecords|GetShardIterator|ListStreams)$/.test(operation) ? 'dynamodb-streams' : 'dynamodb',
  ecr: 'ecr.api',
  firehose: 'kinesis-firehose',
  iotdata: 'iot.data',
  kinesis: 'kinesis-streams',
  sagemaker: (operation) => (operation.startsWith('InvokeEndpoint') ? 'sagemaker.runtime' : 'sagemaker.api'),
  ses: 'email',
  states: (operation) => (/^(StartSyncExecution|TestState)$/.test(operation) ? 'sync-states' : 'states'),
};

/** The endpoint a call goes to, by the service's signing name, which is what `dispatch` knows it by. */
export function endpointOfCall(service: string, operation: string): string {
  const name = Object.hasOwn(BY_SIGNING_NAME, service) ? BY_SIGNING_NAME[service]! : service;
  return typeof name === 'string' ? name : name(operation);
}
