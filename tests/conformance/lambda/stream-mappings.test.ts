/** A function that reads a table's stream: by template, in the role that SAM makes, and by the API. */

import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateEventSourceMappingCommand, GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { eventually, functions, inHouse, ROLE_OF_TEMPLATE } from '../house.ts';

const CODE = `exports.handler = async ({ Records }) => {
  const ids = Records.map(({ dynamodb }) => dynamodb.Keys.id.S);
  console.log('GOT ' + JSON.stringify(ids));
  if (ids.includes('poison')) throw new Error('as asked');
};`;
const STREAM = { 'Fn::GetAtt': ['Table', 'StreamArn'] };

const house = inHouse(
  functions(
    {
      reader: {
        code: CODE,
        Policies: [{ SQSSendMessagePolicy: { QueueName: 'given-up' } }],
        Events: {
          Changes: {
            Type: 'DynamoDB',
            Properties: {
              Stream: STREAM,
              StartingPosition: 'TRIM_HORIZON',
              MaximumRetryAttempts: 1,
              DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['GivenUp', 'Arn'] } } },
            },
          },
        },
      },
      later: { code: CODE, Role: ROLE_OF_TEMPLATE },
      poor: { code: CODE },
    },
    {
      GivenUp: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'given-up' } },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'things',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        },
      },
    },
  ),
);

const put = (id: string) =>
  house()
    .client(DynamoDBClient)
    .send(new PutItemCommand({ TableName: 'things', Item: { id: { S: id } } }));
const got = (name: string): string[] =>
  house()
    .messages(name)
    .flatMap((line) => JSON.parse(/GOT (\[.*\])/.exec(line)?.[1] ?? '[]') as string[]);
const streamArn = async (): Promise<string> => {
  const { Table } = (await house().call('dynamodb', 'DescribeTable', { TableName: 'things' })) as {
    Table: { LatestStreamArn: string };
  };
  return Table.LatestStreamArn;
};

describe('a mapping of a stream', () => {
  test('hands on changes, and gives up on what fails too often', async () => {
    await put('a');
    await eventually(() => got('reader').includes('a'));
    await put('poison');
    const QueueUrl = `${house().endpoint}/123456789012/given-up`;
    const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
    const { Messages: [message] = [] } = await house().client(SQSClient).send(asked);
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { streamArn: await streamArn(), batchSize: 1 },
    });
    await put('b');
    await eventually(() => got('reader').includes('b'));
    expect(got('reader').filter((id) => id === 'poison')).toHaveLength(2);
    await eventually(() => house().metric('AWS/Lambda', 'IteratorAge', { FunctionName: 'reader' }).length > 0);
  }, 30_000);

  test('is made by the API, where the role may read the stream', async () => {
    const EventSourceArn = await streamArn();
    const create = (FunctionName: string, arn: string) =>
      house().lambda.send(
        new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: arn, StartingPosition: 'TRIM_HORIZON' }),
      );
    const { UUID } = await create('later', EventSourceArn);
    await eventually(() => got('later').includes('a'));
    expect(await house().lambda.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({
      State: 'Enabled',
      StartingPosition: 'TRIM_HORIZON',
      ParallelizationFactor: 1,
      MaximumRetryAttempts: -1,
    });
    await expect(create('poor', EventSourceArn)).rejects.toThrow(
      `Cannot access stream ${EventSourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    );
    await expect(create('later', EventSourceArn.replace('things', 'nothing'))).rejects.toThrow('Stream not found');
    await expect(create('later', EventSourceArn)).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });
});
