/** Differences of a template that `sampan start` names with file and line: each at the resource and property it is about. */

import {
  GetFunctionCommand,
  InvokeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { functions, inHouse } from '../conformance/house.ts';

const CODE = 'exports.handler = async () => 1;';
const DEPLOYMENT_ROLE = { 'Fn::GetAtt': ['DeploymentRole', 'Arn'] };
const ARN = (resource: string) => ({ 'Fn::GetAtt': [resource, 'Arn'] });
const PATH = {
  'Fn::Sub': 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${plain.Arn}/invocations',
};
const proxy = { type: 'aws_proxy', httpMethod: 'POST', uri: PATH };
const streaming = {
  type: 'aws_proxy',
  httpMethod: 'POST',
  responseTransferMode: 'STREAM',
  uri: {
    'Fn::Sub':
      'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${large.Arn}/response-streaming-invocations',
  },
};
const OTHER_ARCHITECTURE = process.arch === 'arm64' ? 'x86_64' : 'arm64';

const API = {
  openapi: '3.0.1',
  info: { title: 'differences', version: '1' },
  paths: {
    '/open': { get: { 'x-amazon-apigateway-integration': proxy } },
    '/elsewhere': {
      get: { 'x-amazon-apigateway-integration': { type: 'http_proxy', httpMethod: 'GET', uri: 'https://example.com' } },
    },
    '/logic': {
      get: {
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: {
            'application/json': '#if($input.params("fail"))\n{"statusCode": 500}\n#else\n{"statusCode": 201}\n#end',
          },
          responses: { default: { statusCode: '200' }, '500': { statusCode: '500' }, '201': { statusCode: '201' } },
        },
      },
    },
    '/streamed': { get: { 'x-amazon-apigateway-integration': streaming } },
  },
};

const THEIR_LAYER = 'arn:aws:lambda:us-east-1:094274105915:layer:AWSLambdaPowertoolsTypeScriptV2:30';
const THEIR_VPC = 'vpc-0123456789abcdef0';

const RESOURCES = {
  InTheirVpc: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: THEIR_VPC, CidrBlock: '10.9.0.0/24' } },
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  Subnet: {
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/24', Ipv6CidrBlock: '2001:db8::/64' },
  },
  FlowLog: {
    Type: 'AWS::EC2::FlowLog',
    Properties: {
      ResourceId: { Ref: 'Vpc' },
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogGroupName: 'flows',
      DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/any',
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'plain' },
      EventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/jobs',
    },
  },
  Jobs: { Type: 'AWS::SQS::Queue' },
  Provisioned: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'plain' },
      EventSourceArn: { 'Fn::GetAtt': ['Jobs', 'Arn'] },
      ProvisionedPollerConfig: { MinimumPollers: 2 },
    },
  },
  Signing: {
    Type: 'AWS::Lambda::CodeSigningConfig',
    Properties: {
      AllowedPublishers: { SigningProfileVersionArns: ['arn:aws:signer:us-east-1:123456789012:/signing-profiles/a/b'] },
    },
  },
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'api', Body: API } },
  Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' } } },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: {
      RestApiId: { Ref: 'Api' },
      DeploymentId: { Ref: 'Deployment' },
      StageName: 'v1',
      CacheClusterEnabled: true,
      ClientCertificateId: 'abc',
    },
  },
  ApiMayInvoke: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { Ref: 'plain' },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    },
  },
  ApiMayStream: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { Ref: 'large' },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    },
  },
  HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'http', ProtocolType: 'HTTP' } },
  Plan: { Type: 'AWS::ApiGateway::UsagePlan', Properties: { UsagePlanName: 'plan' } },
  Domain: { Type: 'AWS::ApiGateway::DomainName', Properties: { DomainName: 'api.example.com' } },
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Replica: {
    Type: 'AWS::KMS::ReplicaKey',
    Properties: { PrimaryKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1', KeyPolicy: {} },
  },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { SecretString: 'a', ReplicaRegions: [{ Region: 'eu-central-1' }] },
  },
  Rotation: {
    Type: 'AWS::SecretsManager::RotationSchedule',
    Properties: {
      SecretId: { Ref: 'Secret' },
      RotationRules: { AutomaticallyAfterDays: 30 },
      HostedRotationLambda: { RotationType: 'MySQLSingleUser' },
    },
  },
  Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'masked', DataProtectionPolicy: { Name: 'p' } } },
  BandAlarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanUpperThreshold',
      ThresholdMetricId: 'band',
      Metrics: [{ Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(m, 2)' }],
    },
  },
  StoppingAlarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      Namespace: 'AWS/Lambda',
      MetricName: 'Duration',
      ExtendedStatistic: 'p99',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'],
    },
  },
  DeploymentRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'codedeploy.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    },
  },
  Application: { Type: 'AWS::CodeDeploy::Application', Properties: { ComputePlatform: 'Lambda' } },
  Deployments: {
    Type: 'AWS::CodeDeploy::DeploymentGroup',
    Properties: {
      ApplicationName: { Ref: 'Application' },
      ServiceRoleArn: DEPLOYMENT_ROLE,
      TriggerConfigurations: [
        {
          TriggerEvents: ['DeploymentFailure'],
          TriggerName: 't',
          TriggerTargetArn: 'arn:aws:sns:us-east-1:123456789012:t',
        },
      ],
    },
  },
  Odd: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '123456789012' },
            Action: 'sts:AssumeRole',
            Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } },
          },
        ],
      },
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/NobodyHasWrittenThis'],
    },
  },
  Nobody: { Type: 'AWS::Example::Thing', Properties: {} },
  Reads: {
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: { 'Fn::Sub': ['/x/$' + '{name}', { name: { 'Fn::GetAtt': ['Nobody', 'Name'] } }] } },
  },
};

const house = inHouse(
  functions(
    {
      plain: { code: CODE, Policies: [{ Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] }] },
      large: {
        // A busy machine takes its time for 20 MB.
        Timeout: 30,
        code: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const body = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
          const piece = Buffer.alloc(1048576, 'x');
          for (let n = 0; n < 20; n += 1) if (!body.write(piece)) await new Promise((resolve) => body.once('drain', resolve));
          body.end();
        });`,
      },
      python: { code: CODE, Runtime: 'python3.13' },
      extended: { code: CODE, Layers: [THEIR_LAYER] },
      signed: {
        code: CODE,
        CodeSigningConfigArn: { Ref: 'Signing' },
        RuntimeManagementConfig: { UpdateRuntimeOn: 'FunctionUpdate' },
      },
      other: { code: CODE, Architectures: [OTHER_ARCHITECTURE] },
      rest: {
        code: CODE,
        KmsKeyArn: ARN('Key'),
        FileSystemConfigs: [
          { Arn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1', LocalMountPath: '/mnt/a' },
        ],
      },
      tenants: { code: CODE, TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } },
      wrapped: { code: CODE, Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrapper' } } },
    },
    RESOURCES,
  ),
);

/** All that was said of a resource, or of one property of it and what is inside. */
function said(resource: string, property?: string): string {
  return house()
    .diagnostics()
    .filter(
      (one) =>
        one.resource === resource && (property === undefined || one.property?.startsWith(`Properties.${property}`)),
    )
    .map(({ message }) => message)
    .join('\n');
}

test.each([
  ['N7: IPv6 blocks mean nothing', 'Subnet', 'Ipv6CidrBlock', 'the network is IPv4 only'],
  ['N6: what AWS added later is not there', 'Odd', 'ManagedPolicyArns', 'AWS had no policy NobodyHasWrittenThis on 20'],
  [
    'N12: a key that nobody fills counts as absent',
    'Odd',
    'AssumeRolePolicyDocument',
    'condition key aws:MultiFactorAuthAge is not known here',
  ],
  ['N8: flow logs are not written', 'FlowLog', undefined, 'is not logged as flow logs'],
  ['P13: another architecture is this machine’s', 'other', 'Architectures', "runs on this machine's"],
  [
    'L7: signatures are not checked, runtimes not managed',
    'signed',
    'CodeSigningConfigArn',
    'signatures are not checked',
  ],
  ['G3: API keys and usage plans are names', 'Plan', undefined, 'it exists in name only'],
  ['G4: custom domains are names', 'Domain', undefined, 'it exists in name only'],
  ['G9: caches and client certificates are not acted on', 'Stage', 'CacheClusterEnabled', 'is not emulated'],
  ['C15: replica keys are names', 'Replica', undefined, 'it exists in name only'],
  ['C8: actions nobody can take have no effect', 'StoppingAlarm', 'AlarmActions', 'the action has no effect'],
  ['C10: nobody is told of the course of a deployment', 'Deployments', 'TriggerConfigurations', 'nobody is told'],
  ['C11: nothing is masked in logs', 'Group', 'DataProtectionPolicy', 'nothing is masked in logs'],
])('%s', (_, resource, property, message) => {
  expect(said(resource, property)).toContain(message);
});

test('L3: a runtime AWS has and this machine has not: the function is there, and does not run', async () => {
  expect(said('python', 'Runtime')).toContain('python3.13 does not run here');
  await expect(house().lambda.send(new GetFunctionCommand({ FunctionName: 'python' }))).resolves.toBeDefined();
  await expect(house().lambda.send(new InvokeCommand({ FunctionName: 'python' }))).rejects.toMatchObject({
    name: 'InvalidRuntimeException',
  });
});

test('L25: a layer of another account is not there, and the function runs without', async () => {
  expect(said('extended', 'Layers.0')).toContain(`layer ${THEIR_LAYER} is of another account and not here`);
  await expect(house().invoke('extended')).resolves.toMatchObject({ value: 1 });
  const update = (input: UpdateFunctionConfigurationCommandInput) =>
    house().lambda.send(new UpdateFunctionConfigurationCommand(input));
  await expect(update({ FunctionName: 'extended', Timeout: 9 })).resolves.toMatchObject({ Timeout: 9 });
  await expect(update({ FunctionName: 'plain', Layers: [THEIR_LAYER] })).rejects.toThrow('lambda:GetLayerVersion');
});

test('N16: whatever stands in a VPC that no stack here has reaches everything', async () => {
  await house().log('/sampan', new RegExp(`InTheirVpc: VPC ${THEIR_VPC} is of no stack here: .* so it passes`));
  const From = { kind: 'vpc', subnetIds: [house().physicalId('InTheirVpc')], securityGroupIds: [] };
  const To = { kind: 'aws-service', service: 'sqs', port: 443 };
  expect(await house().call('ec2', 'CanReach', { From, To, Name: 'any' })).toMatchObject({ kind: 'unknown' });
});

test('G1: HTTP APIs exist in name only', () => {
  expect(said('HttpApi')).toContain('AWS::ApiGatewayV2::Api is not emulated');
});

test('G7: a streamed response is not slowed down after 10 MB', async () => {
  await house().invoke('large');
  const from = performance.now();
  const response = await fetch(`${house().apiUrl}/v1/streamed`);
  expect((await response.arrayBuffer()).byteLength).toBe(20 * 2 ** 20);
  // AWS: 10 MB at 2 MB/s.
  expect(performance.now() - from).toBeLessThan(5000);
});

test('G5: methods with other integrations are not served', async () => {
  expect(said('Api', 'Body.paths./elsewhere')).toContain('integrations of type http_proxy are not emulated');
  expect((await fetch(`${house().apiUrl}/v1/elsewhere`)).status).toBe(403);
});

test('G6: mapping templates are not run', async () => {
  expect(said('Api', 'Body.paths./logic')).toContain('mapping templates with logic are not emulated');
  // AWS answers 201.
  expect((await fetch(`${house().apiUrl}/v1/logic`)).status).toBe(500);
});

test('G10: the stage may be left out of the URL', async () => {
  expect((await fetch(`${house().apiUrl}/open`)).status).toBe((await fetch(`${house().apiUrl}/v1/open`)).status);
  expect((await fetch(`${house().apiUrl}/nowhere`)).status).not.toBe((await fetch(`${house().apiUrl}/open`)).status);
});

test('C6: alarms on bands never ring', () => {
  expect(said('BandAlarm', 'ThresholdMetricId')).toContain('the alarm never rings');
});

test('T2: a type nobody emulates is a name, and its attributes are made up', () => {
  expect(said('Nobody')).toContain('AWS::Example::Thing is not emulated: it exists in name only');
  expect(
    house()
      .diagnostics()
      .map(({ message }) => message)
      .join('\n'),
  ).toContain('Name of AWS::Example::Thing is made up, since that type is not emulated');
});

test('L18: EFS, tenants and wrapper scripts are not acted on', () => {
  expect(said('wrapped', 'Environment')).toContain('AWS_LAMBDA_EXEC_WRAPPER is not acted on');
  expect(said('rest', 'FileSystemConfigs')).toContain('EFS file systems are not mounted');
  expect(said('tenants', 'TenancyConfig')).toContain('tenants share environments here');
});

test('L26: a mapping of a template to a stream of Kinesis reads nothing', () => {
  expect(said('Mapping', 'EventSourceArn')).toContain('Kinesis is not emulated: nothing is read for the function');
});

test('L27: pollers of a template are not provisioned', () => {
  expect(said('Provisioned', 'ProvisionedPollerConfig')).toContain('pollers are not provisioned here');
});

test('C2: a hosted rotation function is not made, and replicas are not', () => {
  expect(said('Rotation', 'HostedRotationLambda')).toContain('the secret is not rotated here');
  expect(said('Secret', 'ReplicaRegions')).toContain('replication is not emulated');
});
