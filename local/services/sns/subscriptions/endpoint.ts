/** Which endpoints a protocol takes. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
import { invalidParameter, notEmulated } from '../errors.ts';
import { isOfQueue, type SubscriptionProtocol, type Topic } from '../records.ts';

const PROTOCOLS: readonly SubscriptionProtocol[] = ['http', 'https', 'email', 'email-json', 'sms', 'sqs', 'lambda'];

/** AWS delivers to them, and nobody here. */
const ABSENT: Readonly<Record<string, string>> = {
  application: 'Delivery to mobile devices (protocol application)',
  firehose: 'Delivery to Firehose streams (protocol firehose)',
};

/** Throws InvalidParameter; OperationNotEmulated for what AWS has and nobody here. */
export function checkEndpoint(protocol: string, endpoint: string, topic: Topic): SubscriptionProtocol {
  const known = PROTOCOLS.find((each) => each === protocol);
  if (!known) {
    if (Object.hasOwn(ABSENT, protocol)) throw notEmulated(ABSENT[protocol]!);
    throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`);
  }
  checkForm(known, endpoint);
  if (topic.isFifo && known !== 'sqs') {
    throw invalidParameter(
      `Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only, not to ${known}`,
    );
  }
  if (!topic.isFifo && known === 'sqs' && endpoint.endsWith('.fifo')) {
    throw invalidParameter(
      'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    );
  }
  if (Number(topic.attributes['MaximumMessageSize'] ?? 0) > 262_144 && known !== 'sqs' && known !== 'lambda') {
    throw invalidParameter(`Protocol Reason: A topic with messages of more than 256 KiB cannot deliver to ${known}`);
  }
  return known;
}

function checkForm(protocol: SubscriptionProtocol, endpoint: string): void {
  switch (protocol) {
    case 'http':
    case 'https':
      if (!endpoint.startsWith(`${protocol}://`) || !URL.canParse(endpoint)) {
        throw invalidParameter('Endpoint must match the specified protocol');
      }
      return;
    case 'email':
    case 'email-json':
      if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(endpoint)) throw invalidParameter('Email address');
      return;
    case 'sms':
      if (!/^\+?[\d\s().-]{6,20}$/.test(endpoint)) throw invalidParameter(`Invalid SMS endpoint: ${endpoint}`);
      return;
    case 'sqs':
      if (!isOfQueue(endpoint)) throw invalidParameter('SQS endpoint ARN');
      return;
    case 'lambda':
      if (!/^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w$-]+(?::[\w$-]+)?$/.test(endpoint)) {
        throw invalidParameter('Lambda endpoint ARN');
      }
  }
}
