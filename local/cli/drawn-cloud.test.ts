import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TemplateError } from '../template/stack.ts';
import { type DrawnCloud, drawCloud } from './drawn-cloud.ts';
import { findProject } from './project.ts';

let directory: string;
let drawn: DrawnCloud | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-drawn-'));
});

afterEach(async () => {
  await drawn?.close();
  drawn = undefined;
  rmSync(directory, { recursive: true });
});

async function draw(resources: string): Promise<DrawnCloud> {
  const template = join(directory, 'template.yaml');
  writeFileSync(template, `Transform: AWS::Serverless-2016-10-31\nResources:\n${resources}`);
  drawn = await drawCloud(findProject({ template }, process.cwd()));
  return drawn;
}

const NETWORK = `
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  A: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: us-east-1a } }
  B: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1b } }
  Subnets:
    Type: AWS::RDS::DBSubnetGroup
    Properties: { DBSubnetGroupDescription: both, SubnetIds: [!Ref A, !Ref B] }
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: mariadb
      DBInstanceClass: db.t4g.micro
      AllocatedStorage: 20
      MasterUsername: administrator
      ManageMasterUserPassword: true
      DBSubnetGroupName: !Ref Subnets
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: handler.handler
      Runtime: nodejs24.x
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 }
      Environment:
        Variables: { HOST: !GetAtt Database.Endpoint.Address, SECRET: !GetAtt Database.MasterUserSecret.SecretArn }
`;

test('a database and a function are there to be asked about, and nothing was built, started or kept', async () => {
  const { report, kernel, code, resources } = await draw(NETWORK);
  expect(report.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(code.map(({ logicalId }) => logicalId)).toEqual(['Function']);
  const made = resources().find(({ logicalId }) => logicalId === 'Function')!;
  const { HOST, SECRET } = (made.properties.Environment as { Variables: Record<string, string> }).Variables;
  expect(kernel.addresses.lookup(HOST!, 3306)).toMatchObject({ target: { kind: 'tcp', port: 0 } });
  expect(SECRET).toMatch(/^arn:aws:secretsmanager:/);
  expect(readdirSync(directory)).toEqual(['template.yaml']);
});

test('every resource that AWS would refuse is found in one go', async () => {
  const { report } = await draw(`
  Wrong: { Type: AWS::EC2::Subnet, Properties: { VpcId: vpc-0, CidrBlock: 10.0.0.0/24 } }
  AlsoWrong: { Type: AWS::Lambda::Permission, Properties: { FunctionName: nobody, Action: lambda:InvokeFunction, Principal: s3.amazonaws.com } }
  Needs: { Type: AWS::RDS::DBSubnetGroup, Properties: { DBSubnetGroupDescription: x, SubnetIds: [!Ref Wrong] } }
  Custom: { Type: Custom::Thing, Properties: { ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:f' } }
`);
  expect(report.outcome).toBe('failed');
  const found = report.diagnostics.map(({ code, resource, at }) => `${code} ${resource} ${at?.line}`);
  expect(found.toSorted()).toEqual([
    'create-failed AlsoWrong 5',
    'create-failed Wrong 4',
    'not-emulated Custom 7',
    'not-looked-at Needs 6',
  ]);
});

test('a template that cannot be read is refused, and leaves nothing open', async () => {
  await expect(draw('  Broken: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Nobody } }')).rejects.toThrow(
    TemplateError,
  );
  expect(existsSync(join(directory, '.sampan'))).toBe(false);
});

test('what comes into a queue stays there: nobody reads it for a function that nothing runs', async () => {
  const { kernel, resources } = await draw(`
  Queue: { Type: AWS::SQS::Queue }
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: handler.handler
      Runtime: nodejs24.x
      Events: { Come: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } } }
`);
  const QueueUrl = resources().find(({ logicalId }) => logicalId === 'Queue')?.physicalId ?? '';
  const ask = (operation: string, input: object) =>
    kernel.dispatch({ caller: { kind: 'internal', service: 'sampan' }, service: 'sqs', operation, input });
  await ask('SendMessage', { QueueUrl, MessageBody: 'hello' });
  expect(await ask('ReceiveMessage', { QueueUrl })).toMatchObject({ Messages: [{ Body: 'hello' }] });
});
