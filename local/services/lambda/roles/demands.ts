/**
 * What Lambda makes sure of before a function gets its settings: that the role may do what they will have Lambda do in
 * it. It asks for everything at the resource `*`, or at the very queue or topic.
 */
import type { Requirement } from '../../../kernel/service.ts';
import type { FunctionVersion } from '../records.ts';

/** The property that asks for it, what is asked, and Lambda's sentence for a no. */
export interface Demand extends Requirement {
  readonly property: string;
  readonly refusal: string;
}

type Settings = Pick<FunctionVersion, 'vpc' | 'tracing' | 'deadLetterArn'>;

/**
 * Of the six actions a function in a VPC is documented to need, Lambda tries these three when it gets its network; the
 * others it needs when it makes or removes interfaces, and no invocation fails for want of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const TRIED_AT_ONCE = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'];
const NEEDED_LATER = ['DescribeSubnets', 'AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses'];

export function demandsOf({ vpc, tracing, deadLetterArn }: Settings): readonly Demand[] {
  return [
    ...(vpc ? TRIED_AT_ONCE.map((action) => demand('VpcConfig', `ec2:${action}`, '*', 'EC2')) : []),
    ...(tracing === 'Active' ? [demand('TracingConfig', 'xray:PutTraceSegments', '*', 'XRAY')] : []),
    ...(deadLetterArn === undefined ? [] : [deadLetterDemand(deadLetterArn)]),
  ];
}

/** What Lambda does not try, and AWS documents all the same. */
export function laterDemandsOf({ vpc }: Pick<Settings, 'vpc'>): readonly Demand[] {
  return vpc ? NEEDED_LATER.map((action) => demand('VpcConfig', `ec2:${action}`, '*', 'EC2')) : [];
}

function deadLetterDemand(arn: string): Demand {
  return arn.split(':')[2] === 'sns'
    ? demand('DeadLetterConfig', 'sns:Publish', arn, 'SNS')
    : demand('DeadLetterConfig', 'sqs:SendMessage', arn, 'SQS');
}

function demand(property: string, action: string, resource: string, service: string): Demand {
  const operation = action.slice(action.indexOf(':') + 1);
  const refusal = `The provided execution role does not have permissions to call ${operation} on ${service}`;
  return { property, action, resource, refusal };
}

/** What a destination takes. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const DESTINATION_ACTIONS: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  s3: 's3:PutObject',
};

export function destinationDemand(arn: string): Demand | undefined {
  const service = arn.split(':')[2] ?? '';
  const action = DESTINATION_ACTIONS[service];
  if (action === undefined) return undefined;
  const resource = service === 's3' ? `${arn}/*` : arn;
  const operation = action.slice(action.indexOf(':') + 1);
  const refusal = `The function's execution role does not have permissions to call ${operation} on ${arn}`;
  return { property: 'DestinationConfig', action, resource, refusal };
}
