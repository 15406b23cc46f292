/** DynamoDB from inside functions: through the VPC's gateway endpoint, and as far as the role's conditions go. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { inHouse } from './house.ts';
import { sdkBundle } from './sdk-bundle.ts';

const PUTS = `
const { DynamoDBClient, PutItemCommand } = require('./sdk.js');
const client = new DynamoDBClient({ maxAttempts: 1 });
exports.handler = async ({ id }) => {
  try {
    await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: id } } }));
    return { written: id };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
};`;

const ref = (Ref: string) => ({ Ref });
const vpc = (name: string, more: object = {}) => ({
  [`${name}Vpc`]: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  [`${name}Subnet`]: {
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: ref(`${name}Vpc`), CidrBlock: '10.0.1.0/24' },
  },
  [`${name}Routes`]: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref(`${name}Vpc`) } },
  [`${name}Association`]: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref(`${name}Subnet`), RouteTableId: ref(`${name}Routes`) },
  },
  [`${name}Group`]: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: { GroupDescription: 'functions', VpcId: ref(`${name}Vpc`) },
  },
  [`${name}Function`]: {
    Type: 'AWS::Serverless::Function',
    Properties: {
      FunctionName: name.toLowerCase(),
      CodeUri: 'puts',
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Environment: { Variables: { TABLE: ref('Table') } },
      VpcConfig: { SubnetIds: [ref(`${name}Subnet`)], SecurityGroupIds: [ref(`${name}Group`)] },
      Policies: [
        {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'dynamodb:PutItem',
              Resource: { 'Fn::GetAtt': ['Table', 'Arn'] },
              Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['acme-*'] } },
            },
          ],
        },
      ],
    },
  },
  ...more,
});

const house = inHouse({
  failFastNetwork: true,
  files: { 'puts/index.js': PUTS, 'puts/sdk.js': sdkBundle('@aws-sdk/client-dynamodb') },
  template: {
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: {
      Table: { Type: 'AWS::Serverless::SimpleTable' },
      ...vpc('Connected', {
        Endpoint: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: {
            VpcId: ref('ConnectedVpc'),
            ServiceName: { 'Fn::Sub': 'com.amazonaws.${AWS::Region}.dynamodb' },
            RouteTableIds: [ref('ConnectedRoutes')],
          },
        },
      }),
      ...vpc('Alone'),
    },
  },
});

test('through the gateway endpoint a function writes what its role lets it, and the item is there', async () => {
  expect((await house().invoke('connected', { id: 'acme-1' })).value).toEqual({ written: 'acme-1' });
  const TableName = house().cloud.physicalIds()['Table'];
  const Key = { id: { S: 'acme-1' } };
  const { Item } = await house().client(DynamoDBClient).send(new GetItemCommand({ TableName, Key }));
  expect(Item).toEqual(Key);
});

test("another tenant's keys are refused in IAM's words", async () => {
  expect((await house().invoke('connected', { id: 'other-1' })).value).toEqual({
    error: 'AccessDeniedException',
    message: expect.stringMatching(/is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:/),
  });
});

test('without the endpoint nothing answers', async () => {
  const { error, message } = (await house().invoke('alone', { id: 'acme-1' })).value;
  expect(`${error}: ${message}`).toMatch(/dynamodb|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|unreachable/i);
  expect(error).not.toBe('AccessDeniedException');
});
