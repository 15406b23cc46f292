import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Finding } from '../check/index.ts';
import { createKernel } from '../kernel/index.ts';
import { checkProject } from './check.ts';
import { findProject } from './project.ts';

const FIXTURES = join(process.cwd(), 'local/check/fixtures');

// On a machine that may be busy with other tests.
jest.setTimeout(60_000);

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-check-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function esbuildBinary(): string {
  const esbuild = createRequire(join(process.cwd(), 'local/package.json')).resolve('esbuild/package.json');
  const platform = `@esbuild/${process.platform}-${process.arch}`;
  return join(dirname(createRequire(esbuild).resolve(`${platform}/package.json`)), 'bin', 'esbuild');
}

async function findingsOf(folder: string): Promise<readonly Finding[]> {
  const project = findProject({ template: join(folder, 'template.yaml'), state: 'memory' }, process.cwd());
  return (await checkProject(project, { esbuildBinary })).findings;
}

const proved = ({ severity, certainty }: Finding): boolean => severity === 'error' && certainty !== 'unknown';

describe('public samples, which work on AWS', () => {
  const samples = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it('are ten at least', () => expect(samples.length).toBeGreaterThanOrEqual(10));

  it.each(samples.map(({ name }) => name))('%s: nothing is proved to fail', async (name) => {
    const found = await findingsOf(join(FIXTURES, name));
    expect(found.filter(proved).map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });
});

type Replacement = readonly [from: string | RegExp, to: string];

async function mistaken(name: string, ...replacements: readonly Replacement[]): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(directory, `${name}-`));
  cpSync(join(FIXTURES, name), folder, { recursive: true });
  const file = join(folder, 'template.yaml');
  for (const [from, to] of replacements) {
    const before = readFileSync(file, 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(file, after);
  }
  return findingsOf(folder);
}

describe('a sample with a mistake', () => {
  const summary = (found: readonly Finding[]) =>
    found
      .filter(({ severity }) => severity === 'error')
      .map(({ code, certainty, resource }) => [code, certainty, resource]);

  it('a policy that allows less than the code calls, by a constant', async () => {
    const found = await mistaken('apigw-lambda-dynamodb', ['DynamoDBCrudPolicy', 'DynamoDBReadPolicy']);
    expect(summary(found)).toEqual([['permission-missing', 'proved', 'WeatherFunction']]);
    expect(found.find(proved)).toMatchObject({
      message: expect.stringContaining('dynamodb:PutItem on arn:aws:dynamodb:us-east-1:123456789012:table/Weather'),
      remedy: expect.stringContaining('Action: dynamodb:PutItem'),
    });
  });

  it('a policy for another table, by a variable', async () => {
    const found = await mistaken('lambda-dynamodb', ['table/${table}', 'table/${table}-old']);
    expect(summary(found)).toEqual([['permission-missing', 'proved', 'WriterRole']]);
    expect(found.find(proved)?.message).toContain('the variable DatabaseTable');
  });

  it('a private subnet without its route to the NAT gateway', async () => {
    const found = await mistaken('vpc-with-nat', [/ {2}PrivateAssociation: .*\n/, '']);
    expect(summary(found)).toEqual([
      ['host-unreachable', 'proved', 'Function'],
      ['service-unreachable', 'proved', 'Function'],
    ]);
  });

  it('a queue that is shorter hidden than its function may take', async () => {
    const found = await mistaken('sqs-lambda', ['Timeout: 3', 'Timeout: 60']);
    expect(summary(found)).toEqual([['visibility-timeout', 'proved', 'Queue']]);
  });
});

describe('waivers', () => {
  const waived = (waivers: string) =>
    mistaken('sqs-lambda', [
      '  Queue: { Type: AWS::SQS::Queue }',
      `  Queue:\n    Type: AWS::SQS::Queue\n    Metadata: { sampan: { waivers: [${waivers}] } }`,
    ]);
  const of = (found: readonly Finding[], code: string) => found.filter((finding) => finding.code === code);

  it('keep a finding, with the reason', async () => {
    const found = await waived("{ code: no-failure-destination, reason: 'Nothing of it matters.' }");
    expect(of(found, 'no-failure-destination')).toMatchObject([
      { resource: 'Queue', waived: 'Nothing of it matters.' },
    ]);
    expect(found.filter(({ code }) => code.startsWith('waiver-'))).toEqual([]);
  });

  it('of what the code calls stand at the function, whose role it is that falls short', async () => {
    const change =
      "$&\n    Metadata: { sampan: { waivers: [{ code: permission-missing, reason: 'Never written.' }] } }";
    const found = await mistaken(
      'lambda-dynamodb',
      ['table/${table}', 'table/${table}-old'],
      [/ {2}Writer:\n {4}Type: AWS::Serverless::Function/, change],
    );
    expect(found.filter(({ code }) => code.startsWith('waiver-'))).toEqual([]);
    expect(of(found, 'permission-missing')).toMatchObject([
      { resource: 'WriterRole', neededBy: 'Writer', waived: 'Never written.' },
    ]);
  });

  it('without a reason are errors themselves, and waive nothing', async () => {
    const found = await waived('{ code: no-failure-destination }');
    expect(of(found, 'waiver-without-reason')).toMatchObject([
      { severity: 'error', certainty: 'proved', resource: 'Queue' },
    ]);
    expect(of(found, 'no-failure-destination')[0]).not.toHaveProperty('waived');
  });

  it('may be about one of several findings', async () => {
    const about = (text: string) =>
      mistaken(
        'lambda-dynamodb',
        ['table/${table}', 'table/${table}-old'],
        [
          / {2}Writer:\n {4}Type: AWS::Serverless::Function/,
          `$&\n    Metadata: { sampan: { waivers: [{ code: permission-missing, about: ${text}, reason: 'Never written.' }] } }`,
        ],
      );
    expect(of(await about('DatabaseTable'), 'permission-missing')).toMatchObject([{ waived: 'Never written.' }]);
    const another = await about('ANOTHER_TABLE');
    expect(of(another, 'permission-missing')[0]).not.toHaveProperty('waived');
    expect(of(another, 'waiver-unused')).toHaveLength(1);
    expect(of(await about('[1]'), 'waiver-without-reason')).toMatchObject([{ severity: 'error' }]);
  });

  it('for what is not found are named', async () => {
    const found = await waived("{ code: not-encrypted, reason: 'It was once.' }, { code: nothing-such, reason: 'x' }");
    expect(of(found, 'waiver-unused')).toMatchObject([{ severity: 'warning', resource: 'Queue' }]);
    expect(of(found, 'waiver-without-reason')[0]?.message).toContain('nothing-such');
  });
});

describe('what is right on AWS', () => {
  async function provedIn(resources: string): Promise<string[]> {
    const folder = mkdtempSync(join(directory, 'right-'));
    writeFileSync(join(folder, 'index.js'), 'exports.handler = async () => {};');
    const file = join(folder, 'template.yaml');
    writeFileSync(file, `Transform: AWS::Serverless-2016-10-31\nResources:\n${resources}`);
    const project = findProject({ template: file, state: 'memory' }, process.cwd());
    const { findings } = await checkProject(project, { esbuildBinary });
    return findings.filter(proved).map(({ code, message }) => `${code}: ${message}`);
  }

  const FUNCTION = 'Type: AWS::Serverless::Function, Properties: { Handler: index.handler, Runtime: nodejs24.x';

  it('may name roles and exports of the account', async () => {
    const found = await provedIn(`
  A: { ${FUNCTION}, Role: 'arn:aws:iam::123456789012:role/of-another-stack' } }
  B: { ${FUNCTION}, AutoPublishAlias: live, DeploymentPreference: { Type: AllAtOnce, Role: 'arn:aws:iam::123456789012:role/deployer' } } }
  C: { ${FUNCTION}, Role: !ImportValue shared-role } }
`);
    expect(found).toEqual([]);
  });

  it('reads every attribute that other types have', async () => {
    const found = await provedIn(`
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: orders } }
  Bucket: { Type: AWS::S3::Bucket }
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: on } }
  Machine: { Type: AWS::Serverless::StateMachine, Properties: { AutoPublishAlias: live, Definition: { StartAt: A, States: { A: { Type: Succeed } } } } }
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      Environment:
        Variables:
          BUS: !GetAtt Bus.Name
          SITE: !GetAtt Bucket.WebsiteURL
          HOST: !GetAtt Bucket.DualStackDomainName
          SETTING: !GetAtt Setting.Value
`);
    expect(found).toEqual([]);
  });

  it('lets Lambda write the objects of a bucket that takes what failed', async () => {
    const found = await provedIn(`
  Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: failures } }
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: S3Bucket, Destination: !GetAtt Bucket.Arn } } }
      Policies: [{ Statement: [{ Effect: Allow, Action: s3:PutObject, Resource: 'arn:aws:s3:::failures/*' }] }]
`);
    expect(found).toEqual([]);
  });

  it('polls a stream with the actions that roles had before there were others', async () => {
    const stream = (action: string) => `
  Stream: { Type: AWS::Kinesis::Stream, Properties: { ShardCount: 1 } }
  F: { ${FUNCTION}, Policies: [{ Statement: [{ Effect: Allow, Action: [kinesis:GetRecords, ${action}, kinesis:DescribeStream], Resource: '*' }] }] } }
  Mapping: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref F, EventSourceArn: !GetAtt Stream.Arn, StartingPosition: LATEST } }
`;
    expect(await provedIn(stream('kinesis:GetShardIterator'))).toEqual([]);
    expect(await provedIn(stream('kinesis:PutRecord'))).toEqual([expect.stringContaining('kinesis:GetShardIterator')]);
  });

  const api = (allowed: string) => `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: apigateway.amazonaws.com }, Action: sts:AssumeRole }] }
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: '${allowed}', Resource: '*' }] } }]
  F: { ${FUNCTION} } }
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      DefinitionBody:
        openapi: 3.0.1
        paths:
          /one:
            get:
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                credentials: !GetAtt Role.Arn
                uri: !Sub arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${F.Arn}/invocations
`;

  it('gives API Gateway a role instead of a permission; what the role may not is found', async () => {
    expect(await provedIn(api('lambda:InvokeFunction'))).toEqual([]);
    expect(await provedIn(api('lambda:GetFunction'))).toEqual([expect.stringContaining('invocation-refused')]);
  });

  describe('an API whose authorizer is a function', () => {
    const api = (permission: string) => `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: apigateway.amazonaws.com }, Action: sts:AssumeRole }] }
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: lambda:InvokeFunction, Resource: '*' }] } }]
  F: { ${FUNCTION} } }
  ${permission}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      DefinitionBody:
        openapi: 3.0.1
        components:
          securitySchemes:
            asked:
              type: apiKey
              name: Authorization
              in: header
              x-amazon-apigateway-authorizer:
                type: token
                authorizerUri: !Sub arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${F.Arn}/invocations
        paths:
          /one:
            get:
              security: [{ asked: [] }]
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                credentials: !GetAtt Role.Arn
                uri: !Sub arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${F.Arn}/invocations
`;
    const MAY =
      'P: { Type: AWS::Lambda::Permission, Properties: { FunctionName: !Ref F, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com } }';

    it('needs that function’s permission', async () => {
      expect(await provedIn(api(MAY))).toEqual([]);
      expect(await provedIn(api(''))).toEqual([
        expect.stringMatching(/invocation-refused.*authorizer asked of API Gateway/s),
      ]);
    });
  });
});

it('what is wrong with a template itself is found with its lines, all of it', async () => {
  const folder = mkdtempSync(join(directory, 'broken-'));
  writeFileSync(
    join(folder, 'template.yaml'),
    'Resources:\n  A: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Nobody } }\n  B: { Type: AWS::SNS::Topic, DependsOn: Nobody2 }\n',
  );
  const project = findProject({ template: join(folder, 'template.yaml'), state: 'memory' }, process.cwd());
  const { findings, isReadable } = await checkProject(project, { esbuildBinary });
  expect(isReadable).toBe(false);
  expect(findings.map(({ code, at }) => [code, at?.line])).toEqual([
    ['template-invalid', 2],
    ['template-invalid', 3],
  ]);
});

describe('a template of 500 resources', () => {
  function large(): string {
    const functions = Array.from(
      { length: 65 },
      (_, n) => `
  F${n}:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: 'exports.handler = async () => 1'
      Handler: index.handler
      Runtime: nodejs24.x
      Environment: { Variables: { TABLE: !Ref T${n} } }
      VpcConfig: { SubnetIds: [!Ref A, !Ref B], SecurityGroupIds: [!Ref G${n}] }
      Policies: [DynamoDBCrudPolicy: { TableName: !Ref T${n} }]
      Events: { Get: { Type: Api, Properties: { Path: /f${n}, Method: GET } } }
  G${n}: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: g, VpcId: !Ref Vpc } }
  T${n}: { Type: AWS::Serverless::SimpleTable }
  L${n}: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: !Sub '/aws/lambda/\${F${n}}', RetentionInDays: 7 } }
  S${n}: { Type: AWS::SecretsManager::Secret, Properties: { Description: s, GenerateSecretString: {} } }
  Q${n}: { Type: AWS::SQS::Queue }`,
    );
    return `Transform: AWS::Serverless-2016-10-31
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  A: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  B: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }${functions.join('')}
`;
  }

  it('is checked in less than ten seconds', async () => {
    const folder = mkdtempSync(join(directory, 'large-'));
    writeFileSync(join(folder, 'template.yaml'), large());
    const startedAt = process.cpuUsage();
    const project = findProject({ template: join(folder, 'template.yaml'), state: 'memory' }, process.cwd());
    const { findings, resources } = await checkProject(project, { esbuildBinary });
    const { user, system } = process.cpuUsage(startedAt);
    expect(resources).toBeGreaterThanOrEqual(500);
    expect(findings.filter(proved)).toEqual([]);
    // Of processor time: others may be busy here.
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});

describe('recorded runs', () => {
  it('count as evidence, by the names of this drawing; what was denied and would be again is an error', async () => {
    const folder = mkdtempSync(join(directory, 'ran-'));
    cpSync(join(FIXTURES, 'lambda-dynamodb'), folder, { recursive: true });
    const state = join(folder, '.sampan');
    const project = findProject({ template: join(folder, 'template.yaml'), stackName: 'ran', state }, process.cwd());
    const kernel = createKernel({ stateDirectory: state, accountId: '123456789012', region: 'us-east-1' });
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:ran-Writer-OLDNAME12345';
    const made = { logicalId: 'Writer', physicalId: 'ran-Writer-OLDNAME12345', attributes: { Arn: arn } };
    kernel.store.collection('kernel', 'resources').put('ran/Writer', made);
    const denied = { functionArn: arn, action: 'dynamodb:Scan', resource: '*', allowed: false };
    kernel.usage.permission(denied);
    kernel.usage.permission({ ...denied, action: 'logs:CreateLogStream', functionArn: 'arn:of:another' });
    // The kernel still holds the state: it is read beside it.
    const { findings } = await checkProject(project, { esbuildBinary });
    await kernel.stop();
    expect(findings.filter(proved)).toMatchObject([
      {
        code: 'denied-in-run',
        certainty: 'observed',
        resource: 'Writer',
        remedy: expect.stringContaining('dynamodb:Scan'),
      },
    ]);
  });
});
