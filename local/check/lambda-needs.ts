/**
 * What Lambda itself does in a function's role, before, beside and after the handler.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
 */
import type { Requirement } from '../kernel/service.ts';
import type { Json, JsonObject } from '../template/stack.ts';
import type { Facts, FunctionFacts } from './contract.ts';
import { isNamed } from './functions.ts';
import { below, isObject } from './json.ts';

export interface LambdaNeed extends Requirement {
  /** For what, one clause. */
  readonly purpose: string;
  /** What happens without it. `worse`: it works, with less. */
  readonly without: string;
  readonly isEssential: boolean;
}

export function lambdaNeeds(facts: Facts, { logicalId, arn, properties }: FunctionFacts): LambdaNeed[] {
  return [
    ...logs(facts, properties, arn),
    ...traces(properties),
    ...network(properties),
    ...variables(facts, properties),
    ...failures(facts, logicalId, properties, arn),
    ...sources(facts, logicalId, arn),
  ];
}

function logs({ stack }: Facts, { LoggingConfig }: JsonObject, arn: string): LambdaNeed[] {
  const { partition, region, accountId } = stack.pseudo;
  const named = isObject(LoggingConfig) ? LoggingConfig['LogGroup'] : undefined;
  const group = typeof named === 'string' ? named : `/aws/lambda/${arn.split(':')[6]}`;
  const resource = `arn:${partition}:logs:${region}:${accountId}:log-group:${group}:log-stream:x`;
  const rest = { purpose: 'to write its log', without: 'nothing it says is kept', isEssential: false };
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({ action, resource, ...rest }));
}

function traces({ TracingConfig }: JsonObject): LambdaNeed[] {
  if (!isObject(TracingConfig) || TracingConfig['Mode'] !== 'Active') return [];
  const rest = { resource: '*', purpose: 'for Tracing: Active', without: 'there are no traces', isEssential: false };
  return ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) => ({ action, ...rest }));
}

function network({ VpcConfig }: JsonObject): LambdaNeed[] {
  const subnets = isObject(VpcConfig) ? VpcConfig['SubnetIds'] : undefined;
  if (!Array.isArray(subnets) || subnets.length === 0) return [];
  const need = (name: string, isEssential: boolean): LambdaNeed => ({
    action: `ec2:${name}`,
    resource: '*',
    purpose: 'for its network interfaces in the VPC',
    without: isEssential ? 'it cannot be created' : 'AWS advises it',
    isEssential,
  });
  return [
    ...['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'].map((name) =>
      need(name, true),
    ),
    ...['DescribeSubnets', 'AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses'].map((name) => need(name, false)),
  ];
}

function variables(facts: Facts, { KmsKeyArn, Environment }: JsonObject): LambdaNeed[] {
  const values = isObject(Environment) ? Environment['Variables'] : undefined;
  if (typeof KmsKeyArn !== 'string' || !isObject(values) || Object.keys(values).length === 0) return [];
  const isOurs = [...facts.resources.values()].some(({ attributes }) => attributes['Arn'] === KmsKeyArn);
  if (!isOurs) return [];
  const rest = { purpose: 'to decrypt its variables', without: 'it cannot be started', isEssential: true };
  return [{ action: 'kms:Decrypt', resource: KmsKeyArn, ...rest }];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const SENDING: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  s3: 's3:PutObject',
};

function failures(facts: Facts, logicalId: string, { DeadLetterConfig }: JsonObject, arn: string): LambdaNeed[] {
  const targets = [isObject(DeadLetterConfig) ? DeadLetterConfig['TargetArn'] : undefined];
  for (const { type, properties } of facts.resources.values()) {
    if (type !== 'AWS::Lambda::EventInvokeConfig' || !isNamed(properties['FunctionName'], { logicalId, arn }, facts))
      continue;
    const destinations = properties['DestinationConfig'];
    if (!isObject(destinations)) continue;
    for (const each of Object.values(destinations)) if (isObject(each)) targets.push(each['Destination']);
  }
  return targets.flatMap((target) => sending(target, arn));
}

function sending(target: Json | undefined, arn: string): LambdaNeed[] {
  if (typeof target !== 'string') return [];
  const service = target.split(':')[2] ?? '';
  const action = SENDING[service];
  if (action === undefined) return [];
  const rest = { purpose: 'for its destination', without: 'what fails is lost', isEssential: true };
  // The bucket is named, an object is written.
  const resource = service === 's3' ? `${target}/aws/lambda/async/${arn.split(':')[6]}/record` : target;
  return [{ action, resource, ...rest }];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and its neighbours */
const POLLING: Readonly<Record<string, readonly string[]>> = {
  sqs: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  dynamodb: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream', 'dynamodb:ListStreams'],
  kinesis: ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStreamSummary', 'kinesis:ListShards'],
};

/** Documented, but many a role has `DescribeStream` of earlier days alone, and its function gets its records. */
const NOT_ALWAYS_NEEDED = new Set(['dynamodb:ListStreams', 'kinesis:DescribeStreamSummary', 'kinesis:ListShards']);

function sources(facts: Facts, logicalId: string, arn: string): LambdaNeed[] {
  return [...facts.resources.values()].flatMap(({ type, properties, logicalId: mapping }) => {
    if (type !== 'AWS::Lambda::EventSourceMapping' || !isNamed(properties['FunctionName'], { logicalId, arn }, facts))
      return [];
    const source = String(properties['EventSourceArn'] ?? '');
    const rest = {
      resource: source,
      purpose: `to poll for ${mapping}`,
      without: 'it gets no events',
    };
    const actions = POLLING[source.split(':')[2] ?? ''] ?? [];
    return [
      ...actions.map((action) => ({ action, ...rest, isEssential: !NOT_ALWAYS_NEEDED.has(action) })),
      ...sending(below(properties, 'DestinationConfig', 'OnFailure', 'Destination'), arn),
    ];
  });
}
