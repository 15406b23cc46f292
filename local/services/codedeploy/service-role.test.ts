/** As whom CodeDeploy and CloudWatch's alarms call, with IAM and the may door there. */
import { resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, createReconciler, type Kernel, ManualClock, type Reconciler } from '../../kernel/index.ts';
import { readPolicy } from '../../policy/iam/index.ts';
import type { JsonObject } from '../../template/stack.ts';
import { cloudWatchService } from '../cloudwatch/index.ts';
import { type Authorization, createAuthorization } from '../iam/authorization/index.ts';
import { iamService } from '../iam/index.ts';
import { codeDeployService } from './index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/deployer';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function';
const ACTIONS = ['lambda:UpdateAlias', 'lambda:InvokeFunction', 'cloudwatch:DescribeAlarms'];

let kernel: Kernel;
let functionPolicy: JsonObject | undefined;
let invoked: number;

beforeEach(() => {
  let authorization: Authorization | undefined;
  let reconciler: Reconciler | undefined;
  functionPolicy = undefined;
  invoked = 0;
  kernel = createKernel({
    stateDirectory: 'memory',
    accountId: '123456789012',
    region: 'us-east-1',
    clock: new ManualClock(Date.UTC(2026, 10, 21)),
    doors: (parts) => {
      authorization = createAuthorization({ ...parts, places: () => (reconciler as Reconciler).places });
      return { may: authorization.may };
    },
  });
  reconciler = createReconciler({ kernel });
  kernel.registry.add(iamService({ authorization: () => authorization as Authorization }));
  kernel.registry.add(codeDeployService());
  kernel.registry.add(cloudWatchService());
  kernel.registry.add({
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      resourceFacts: () =>
        functionPolicy && {
          policies: [
            { document: readPolicy(functionPolicy, 'resource'), source: { kind: 'resource', name: 'the policy of f' } },
          ],
        },
      operations: {
        UpdateAlias: {
          requires: ({ FunctionName, Name }: { FunctionName: string; Name: string }) => [
            { action: 'lambda:UpdateAlias', resource: `${FUNCTION}:${FunctionName}:${Name}` },
          ],
          handle: () => ({}),
        },
        Invoke: {
          requires: () => [{ action: 'lambda:InvokeFunction', resource: `${FUNCTION}:f` }],
          async handle({ Payload, InvocationType }: { Payload: string; InvocationType?: string }) {
            invoked += 1;
            if (InvocationType === 'Event') return { StatusCode: 202 };
            const { DeploymentId, LifecycleEventHookExecutionId } = JSON.parse(Payload) as Record<string, string>;
            await client('codedeploy', 'PutLifecycleEventHookExecutionStatus', {
              deploymentId: DeploymentId,
              lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
              status: 'Succeeded',
            });
            return { StatusCode: 200, Payload: '{}' };
          },
        },
      },
    }),
  });
});

afterEach(() => kernel.stop());

const client = (service: string, operation: string, input: object) =>
  kernel.dispatch({ caller: { kind: 'client' }, service, operation, input });

async function make(type: string, properties: JsonObject): Promise<string> {
  const { providers } = await kernel.registry.service(kernel.registry.forResourceType(type)!.name);
  return (await providers[type]!.create(resourceRequest(type, properties))).physicalId;
}

const role = (actions: readonly string[], service = 'codedeploy.amazonaws.com') =>
  make('AWS::IAM::Role', {
    RoleName: 'deployer',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
    Policies: [
      {
        PolicyName: 'P',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: [...actions], Resource: '*' }],
        },
      },
    ],
  });

async function group(): Promise<void> {
  await make('AWS::CodeDeploy::Application', { ApplicationName: 'app', ComputePlatform: 'Lambda' });
  await make('AWS::CodeDeploy::DeploymentGroup', {
    ApplicationName: 'app',
    DeploymentGroupName: 'group',
    DeploymentConfigName: 'CodeDeployDefault.LambdaAllAtOnce',
    ServiceRoleArn: ROLE,
    AlarmConfiguration: { Enabled: true, Alarms: [{ Name: 'errors' }] },
  });
}

async function deploy(): Promise<{ status: string; error?: { code: string; message: string } }> {
  const Properties = { Name: 'shop', Alias: 'live', CurrentVersion: '1', TargetVersion: '2' };
  const content = JSON.stringify({
    version: 0,
    Resources: [{ shop: { Type: 'AWS::Lambda::Function', Properties } }],
    Hooks: [{ BeforeAllowTraffic: 'f' }],
  });
  const revision = { revisionType: 'AppSpecContent', appSpecContent: { content } };
  const input = { applicationName: 'app', deploymentGroupName: 'group', revision };
  const { deploymentId } = (await client('codedeploy', 'CreateDeployment', input)) as { deploymentId: string };
  return (await client('codedeploy', 'AwaitDeployment', { deploymentId })) as Awaited<ReturnType<typeof deploy>>;
}

test('a deployment is made in the role of its group', async () => {
  await role(ACTIONS);
  await group();
  expect(await deploy()).toMatchObject({ status: 'Succeeded' });
  expect(invoked).toBe(1);
});

test.each(ACTIONS)('a role without %s ends its deployment', async (action) => {
  await role(ACTIONS.filter((one) => one !== action));
  await group();
  const service = action.startsWith('cloudwatch:') ? 'AmazonCloudWatch' : 'AWSLambda';
  expect(await deploy()).toMatchObject({
    status: 'Failed',
    error: {
      code: 'IAM_ROLE_PERMISSIONS',
      message: expect.stringContaining(
        `The IAM role ${ROLE} does not give you permission to perform operations in the following AWS service: ${service}.`,
      ),
    },
  });
});

test('a group gets no role that CodeDeploy cannot have', async () => {
  const refused = {
    code: 'InvalidRoleException',
    message: `AWS CodeDeploy does not have the permissions required to assume the role ${ROLE}.`,
  };
  await role(ACTIONS, 'lambda.amazonaws.com');
  await expect(group()).rejects.toMatchObject(refused);
});

test('a group may have a role of the account that no stack here has', async () => {
  await group();
  expect(kernel.telemetry.logs.filter({ group: '/sampan' })?.events.map(({ message }) => message)).toEqual([
    `role ${ROLE} is of no stack here: what it may is not known, so CodeDeploy may everything in it here`,
  ]);
  expect(await deploy()).toMatchObject({ status: 'Succeeded' });
});

test('an alarm invokes a function whose policy lets alarms', async () => {
  await client('monitoring', 'PutMetricAlarm', {
    AlarmName: 'errors',
    Statistic: 'Sum',
    AlarmActions: [`${FUNCTION}:f`],
    Namespace: 'N',
    MetricName: 'M',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  const ring = async () => {
    for (const StateValue of ['OK', 'ALARM']) {
      await client('monitoring', 'SetAlarmState', { AlarmName: 'errors', StateValue, StateReason: 'test' });
    }
    await kernel.outbox.idle();
  };
  const allow = (Service: string): JsonObject => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service },
        Action: 'lambda:InvokeFunction',
        Resource: `${FUNCTION}:f`,
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors' },
          StringEquals: { 'aws:SourceAccount': '123456789012' },
        },
      },
    ],
  });
  await ring();
  functionPolicy = allow('cloudwatch.amazonaws.com');
  await ring();
  expect(invoked).toBe(0);
  functionPolicy = allow('lambda.alarms.cloudwatch.amazonaws.com');
  await ring();
  expect(invoked).toBe(1);
});
