import { awsHost, destinationOf, endpointName, endpointOfCall } from './index.ts';

describe('the endpoint of an AWS service', () => {
  it.each([
    ['secretsmanager.us-east-1.amazonaws.com', 'secretsmanager', 'us-east-1'],
    ['sqs.eu-central-1.api.aws', 'sqs', 'eu-central-1'],
    ['my.bucket.s3.eu-west-1.amazonaws.com', 's3', 'eu-west-1'],
    ['bucket.s3.dualstack.us-east-1.amazonaws.com', 's3', 'us-east-1'],
    ['123456789012.ddb.us-east-1.amazonaws.com', 'dynamodb', 'us-east-1'],
    ['streams.dynamodb.us-east-1.amazonaws.com', 'dynamodb-streams', 'us-east-1'],
    ['bedrock-runtime.us-east-1.amazonaws.com', 'bedrock-runtime', 'us-east-1'],
    ['kinesis.us-east-1.amazonaws.com', 'kinesis-streams', 'us-east-1'],
    ['api.ecr.us-east-1.amazonaws.com', 'ecr.api', 'us-east-1'],
    ['abc123.execute-api.us-east-1.amazonaws.com', 'execute-api', 'us-east-1'],
    ['kms-fips.us-gov-west-1.amazonaws.com', 'kms', 'us-gov-west-1'],
    ['states.cn-north-1.amazonaws.com.cn', 'states', 'cn-north-1'],
    ['iam.amazonaws.com', 'iam', undefined],
    ['bucket.s3.amazonaws.com', 's3', undefined],
  ])('is read from %s', (hostname, service, region) => {
    expect(awsHost(hostname)).toEqual({ service, ...(region && { region }) });
  });

  it('is not read from names that merely look like it', () => {
    for (const name of [
      'example.com',
      'amazonaws.com',
      'sqs.us-east-1.amazonaws.com.evil.example',
      'notamazonaws.com',
    ]) {
      expect(awsHost(name)).toBeUndefined();
    }
    expect(destinationOf({ hostname: 'my-lb-1.us-east-1.elb.amazonaws.com', port: 80 }).kind).toBe('internet');
    expect(destinationOf({ hostname: 'sqs.us-east-1.amazonaws.com', port: 443, protocol: 'udp' }).kind).toBe(
      'internet',
    );
  });

  it.each([
    ['secretsmanager', 'GetSecretValue', 'secretsmanager'],
    ['monitoring', 'PutMetricData', 'monitoring'],
    ['bedrock', 'ConverseStream', 'bedrock-runtime'],
    ['bedrock', 'RetrieveAndGenerate', 'bedrock-agent-runtime'],
    ['bedrock', 'ListFoundationModels', 'bedrock'],
    ['dynamodb', 'GetRecords', 'dynamodb-streams'],
    ['states', 'StartSyncExecution', 'sync-states'],
    ['kinesis', 'PutRecord', 'kinesis-streams'],
    ['constructor', 'Any', 'constructor'],
  ])('of a call to %s:%s is %s', (service, operation, endpoint) => {
    expect(endpointOfCall(service, operation)).toBe(endpoint);
  });

  it('is the same for a connection by name and for the call over it', () => {
    const services = [
      'secretsmanager',
      'sts',
      'iam',
      'logs',
      'monitoring',
      'lambda',
      'kms',
      'sqs',
      'sns',
      'events',
      's3',
      'dynamodb',
      'kinesis',
    ];
    for (const service of services) {
      expect([service, awsHost(`${service}.us-east-1.amazonaws.com`)?.service]).toEqual([
        service,
        endpointOfCall(service, 'AnyOperation'),
      ]);
    }
    expect(endpointName('sqs', 'eu-west-1')).toBe('com.amazonaws.eu-west-1.sqs');
  });
});
