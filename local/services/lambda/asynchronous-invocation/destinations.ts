/** Where asynchronous invocations end: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
import type { Call } from '../../../kernel/service.ts';
import type { InvocationRecord } from './invocation-record.ts';

type Sent = Omit<Call, 'signal' | 'caller'>;

/** The call that hands `record` to the queue, topic, bus, bucket or function at `arn`. */
export function destinationCall(arn: string, record: InvocationRecord): Sent {
  const text = JSON.stringify(record);
  const [, , service = '', , , ...rest] = arn.split(':');
  switch (service) {
    case 'sqs':
      return { service, operation: 'SendMessage', input: { QueueUrl: queueUrl(arn), MessageBody: text } };
    case 'sns':
      return { service, operation: 'Publish', input: { TopicArn: arn, Message: text } };
    case 'lambda':
      return { service, operation: 'Invoke', input: { FunctionName: arn, InvocationType: 'Event', Payload: text } };
    case 'events':
      return { service, operation: 'PutEvents', input: { Entries: [busEntry(arn, record, text)] } };
    case 's3': {
      const { functionArn, requestId } = record.requestContext;
      const [date = '', time = ''] = record.timestamp.replace(/\.\d+Z$/, '').split('T');
      const key = `aws/lambda/async/${functionArn.split(':')[6]}/${date.replaceAll('-', '/')}/${date}T${time.replaceAll(':', '.')}-${requestId}`;
      return { service, operation: 'PutObject', input: { Bucket: rest[0], Key: key, Body: Buffer.from(text) } };
    }
    default:
      return { service, operation: 'unknown', input: { arn } };
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq */
export function deadLetterCall(
  arn: string,
  payload: string,
  requestId: string,
  reason: { readonly code: number; readonly message: string },
): Sent {
  const attribute = (StringValue: string, DataType = 'String') => ({ StringValue, DataType });
  const attributes = {
    RequestID: attribute(requestId),
    ErrorCode: attribute(String(reason.code), 'Number'),
    ...(reason.message !== '' && { ErrorMessage: attribute(firstKilobyte(reason.message)) }),
  };
  if (arn.split(':')[2] === 'sns') {
    return {
      service: 'sns',
      operation: 'Publish',
      input: { TopicArn: arn, Message: payload, MessageAttributes: attributes },
    };
  }
  return {
    service: 'sqs',
    operation: 'SendMessage',
    input: { QueueUrl: queueUrl(arn), MessageBody: payload, MessageAttributes: attributes },
  };
}

function busEntry(arn: string, record: InvocationRecord, detail: string): object {
  const { functionArn, condition } = record.requestContext;
  return {
    EventBusName: arn,
    Source: 'lambda',
    DetailType: `Lambda Function Invocation Result - ${condition === 'Success' ? 'Success' : 'Failure'}`,
    Detail: detail,
    Resources: [arn, functionArn],
  };
}

function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

function firstKilobyte(text: string): string {
  const bytes = Buffer.from(text);
  // A character that is cut in two is left out.
  return bytes.length <= 1024
    ? text
    : bytes
        .subarray(0, 1024)
        .toString('utf8')
        .replace(/\uFFFD$/, '');
}
