/** Templates that AWS would deploy and that are refused here, or are deployed differently. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../local/kernel/manual-clock.ts';
import { functions, inHouse, openHouse } from '../conformance/house.ts';
import { sampan } from '../e2e/sampan.ts';

const clock = new ManualClock();
const mock = {
  'x-amazon-apigateway-integration': {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: { default: { statusCode: '200' } },
  },
};
const API = {
  Api: {
    Type: 'AWS::ApiGateway::RestApi',
    Properties: {
      Name: 'api',
      Body: { openapi: '3.0.1', info: { title: 'a', version: '1' }, paths: { '/': { get: mock } } },
    },
  },
  Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'v1' } },
};
/** One whose validation function fails as soon as there is a second version. */
const shop = (release: number) =>
  functions(
    {
      shop: {
        code: `exports.handler = async () => ${release};`,
        AutoPublishAlias: 'live',
        DeploymentPreference: {
          Type: 'Canary10Percent5Minutes',
          Hooks: { PreTraffic: { Ref: 'CodeDeployHookcheck' } },
        },
      },
      CodeDeployHook_check: `exports.handler = async () => { throw new Error('not good enough'); };`,
    },
    API,
  );
const house = inHouse({ clock, ...shop(1) });

const refused = async (resources: Record<string, unknown>, more: object = {}) => {
  const { template } = functions({}, resources);
  await openHouse({ template: { ...(template as object), ...more } }).then((opened) => opened.close());
};

test('T1: nested stacks and wait conditions are refused', async () => {
  const Nested = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://example.com/a.yaml' } };
  await expect(refused({ Nested })).rejects.toThrow(/Nested stacks are not emulated/);
  const Wait = { Type: 'AWS::CloudFormation::WaitCondition', Properties: {} };
  await expect(refused({ Wait })).rejects.toThrow(/Wait conditions are not emulated/);
});

test('T4: macros and Fn::ForEach are refused', async () => {
  const Topic = { Type: 'AWS::SNS::Topic', Properties: { 'Fn::Transform': { Name: 'Mine', Parameters: {} } } };
  await expect(refused({ Topic })).rejects.toThrow(/macros cannot run here, only AWS::Include/);
  const each = { 'Fn::ForEach::Topics': ['Name', ['A', 'B'], { 'T${Name}': { Type: 'AWS::SNS::Topic' } }] };
  await expect(refused(each)).rejects.toThrow(/ForEach/);
});

test('T6: five published templates are transformed differently', async () => {
  const file = join(process.cwd(), 'local/template/sam/fixtures/known-differences.json');
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toHaveLength(5);
  // One of them: AWS stops at the API's definition, and says nothing of the function.
  const put = {
    security: [[]],
    'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: 'any' },
  };
  const DefinitionBody = { openapi: '3.0.3', paths: { '/path': { put } } };
  const Properties = { StageName: 'demo', Auth: { ApiKeyRequired: true }, DefinitionBody };
  const resources = { Empty: { Type: 'AWS::Serverless::Function' }, Api: { Type: 'AWS::Serverless::Api', Properties } };
  await expect(refused(resources)).rejects.toThrow(/\[Empty\] is invalid/);
});

test('T7: a custom resource whose function fails is not tried again', async () => {
  const Custom = { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': ['fails', 'Arn'] } } };
  const failing = functions({ fails: "exports.handler = async () => { throw new Error('once'); };" }, { Custom });
  // No time passes here: AWS would try again after a minute.
  const opening = openHouse({ clock: new ManualClock(), ...failing });
  await expect(opening).rejects.toThrow(/failed before it answered: Error: once/);
}, 20_000);

test('C9: a validation function that fails ends its deployment at once', async () => {
  // CodeDeploy waits for its hour; no time passes here.
  await expect(house().apply(shop(2))).rejects.toThrow(/The validation function \S+ failed/);
}, 10_000);

test('C13: traffic shifts sixty times as fast, unless --deployment-speed says otherwise', async () => {
  const { stdout } = await sampan(['start', '--help']);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/--deployment-speed <n> .*?\(default: 60\)/);
}, 30_000);

test('G8: the account has no limit of requests a second', async () => {
  const url = `${house().apiUrl}/v1/`;
  const statuses = new Set<number>();
  for (let n = 0; n < 5100; n += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(url)));
    for (const answer of answers) {
      statuses.add(answer.status);
      await answer.arrayBuffer();
    }
  }
  // AWS: a burst of 5,000, and no time passes here.
  expect([...statuses]).toEqual([200]);
}, 30_000);

describe('a stage that logs', () => {
  const logging = (more: object = {}) => ({
    Api: API.Api,
    Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' } } },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: { Ref: 'Api' },
        DeploymentId: { Ref: 'Deployment' },
        StageName: 'v1',
        MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', LoggingLevel: 'INFO' }],
      },
    },
    ...more,
  });

  test('G11: is made without a role of the account', async () => {
    await expect(refused(logging())).resolves.toBeUndefined();
  });

  test('G12: has nothing in its execution log of what succeeds', async () => {
    const Role = {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
        ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
      },
    };
    const CloudWatchRoleArn = { 'Fn::GetAtt': ['Role', 'Arn'] };
    const Account = { Type: 'AWS::ApiGateway::Account', Properties: { CloudWatchRoleArn } };
    const opened = await openHouse(functions({}, logging({ Role, Account })));
    try {
      expect((await fetch(`${opened.apiUrl}/v1/`)).status).toBe(200);
      expect(opened.messages(`API-Gateway-Execution-Logs_${opened.physicalId('Api')}/v1`)).toEqual([]);
    } finally {
      await opened.close();
    }
  });
});
