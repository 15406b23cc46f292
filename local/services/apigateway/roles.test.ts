/** As whom API Gateway calls and logs, with IAM and the may door there. */
import { resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, createReconciler, type Kernel, type Reconciler } from '../../kernel/index.ts';
import { readPolicy } from '../../policy/iam/index.ts';
import type { JsonObject } from '../../template/stack.ts';
import { type Authorization, createAuthorization } from '../iam/authorization/index.ts';
import { iamService } from '../iam/index.ts';
import { type RestApis, restApis } from './index.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
const ROLE = 'arn:aws:iam::123456789012:role/gateway';
const LOGGING = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const REFUSED =
  'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.';

let kernel: Kernel;
let apis: RestApis;
let functionPolicy: JsonObject | undefined;

beforeEach(async () => {
  let authorization: Authorization | undefined;
  let reconciler: Reconciler | undefined;
  functionPolicy = undefined;
  kernel = createKernel({
    stateDirectory: 'memory',
    accountId: '123456789012',
    region: 'us-east-1',
    doors: (parts) => {
      authorization = createAuthorization({ ...parts, places: () => (reconciler as Reconciler).places });
      return { may: authorization.may };
    },
  });
  reconciler = createReconciler({ kernel });
  apis = restApis();
  kernel.registry.add(iamService({ authorization: () => authorization as Authorization }));
  kernel.registry.add(apis.definition);
  kernel.registry.add({
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      resourceFacts: () =>
        functionPolicy && {
          policies: [
            {
              document: readPolicy(functionPolicy, 'resource'),
              source: { kind: 'resource', name: 'the policy of the function' },
            },
          ],
        },
      operations: {
        Invoke: {
          requires: () => [{ action: 'lambda:InvokeFunction', resource: FUNCTION }],
          handle: () => ({ StatusCode: 200, Payload: JSON.stringify({ statusCode: 200, body: 'hello' }) }),
        },
      },
    }),
  });
});

afterEach(() => kernel.stop());

async function make(type: string, properties: JsonObject): Promise<string> {
  const service = kernel.registry.forResourceType(type)!;
  const { providers } = await kernel.registry.service(service.name);
  return (await providers[type]!.create(resourceRequest(type, properties))).physicalId;
}

/** The role `gateway`. */
const role = (actions: readonly string[], service = 'apigateway.amazonaws.com') =>
  make('AWS::IAM::Role', {
    RoleName: 'gateway',
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

const account = () => make('AWS::ApiGateway::Account', { CloudWatchRoleArn: ROLE });

/** An API with one route to the function, and the way to call it. */
async function serve(integration: JsonObject = {}): Promise<() => ReturnType<RestApis['handle']>> {
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;
  const Body = {
    openapi: '3.0.1',
    info: { title: 'test', version: '1' },
    paths: {
      '/hello': {
        get: { 'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri, ...integration } },
      },
    },
  };
  const RestApiId = await make('AWS::ApiGateway::RestApi', { Name: 'test', Body });
  const DeploymentId = await make('AWS::ApiGateway::Deployment', { RestApiId });
  await make('AWS::ApiGateway::Stage', {
    RestApiId,
    DeploymentId,
    StageName: 'v1',
    MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', LoggingLevel: 'ERROR' }],
    AccessLogSetting: {
      DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access',
      Format: '$context.status',
    },
  });
  return () =>
    apis.handle({
      method: 'GET',
      target: '/hello',
      protocol: 'HTTP/1.1',
      sourceIp: '127.0.0.1',
      rawHeaders: [],
    } as unknown as Parameters<RestApis['handle']>[0]);
}

const lines = (group: string) => (kernel.telemetry.logs.filter({ group })?.events ?? []).map(({ message }) => message);
const executionLog = () => {
  const [stage] = apis.stages();
  return lines(`API-Gateway-Execution-Logs_${stage!.apiId}/v1`);
};
/** What comes a moment after the response. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

const permission = (SourceArn: string): JsonObject => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: FUNCTION,
      Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
    },
  ],
});

test('a function must let API Gateway invoke it', async () => {
  await role(LOGGING);
  await account();
  const call = await serve();
  const denied = await call();
  expect([denied.statusCode, String(denied.body)]).toEqual([500, '{"message":"Internal server error"}']);
  await soon();
  expect(executionLog()).toEqual([
    expect.stringMatching(
      /^\([0-9a-f-]{36}\) Execution failed due to configuration error: Invalid permissions on Lambda function$/,
    ),
    expect.stringMatching(/Method completed with status: 500$/),
  ]);
  expect(lines('/sampan').join('\n')).toMatch(/lambda:InvokeFunction/);

  functionPolicy = permission('arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/other');
  expect((await call()).statusCode).toBe(500);
  functionPolicy = permission('arn:aws:execute-api:us-east-1:123456789012:*/*/GET/hello');
  expect((await call()).statusCode).toBe(200);
});

test('an integration with credentials invokes the function in that role', async () => {
  const call = await serve({ credentials: ROLE });
  functionPolicy = permission('arn:aws:execute-api:us-east-1:123456789012:*/*/GET/hello');
  expect((await call()).statusCode).toBe(500);
  functionPolicy = undefined;
  await role(['lambda:InvokeFunction']);
  expect((await call()).statusCode).toBe(200);
});

test.each<[string, readonly string[], string | undefined]>([
  ['another service only', LOGGING, 'lambda.amazonaws.com'],
  ...LOGGING.map((action): [string, readonly string[], undefined] => [
    `no ${action}`,
    LOGGING.filter((one) => one !== action),
    undefined,
  ]),
])('an account’s role that allows %s is refused', async (_, actions, service) => {
  await role(actions, service);
  await expect(account()).rejects.toMatchObject({ code: 'BadRequestException', message: REFUSED });
  expect(lines('/sampan').join('\n')).toContain(`${ROLE} cannot be the role API Gateway logs in`);
});

test('an account’s role of no stack here is told of once, and nothing is refused', async () => {
  await account();
  expect(lines('/sampan')).toEqual([expect.stringContaining(`role ${ROLE} is of no stack here`)]);
});

test('an account’s role welcomes', async () => {
  await role(LOGGING);
  await account();
  expect(lines('/sampan')).toEqual([]);
  expect(lines('/aws/apigateway/welcome')).toEqual(['Cloudwatch logs enabled for API Gateway']);
});

test('a stage logs in the account’s role, and without one nothing is kept', async () => {
  functionPolicy = permission('arn:aws:execute-api:us-east-1:123456789012:*/*/GET/hello');
  const call = await serve();
  const shown: string[] = [];
  kernel.telemetry.onLog(({ logGroup }, { message }) => void (logGroup === 'access' && shown.push(message)));
  await call();
  await soon();
  expect([shown, lines('access')]).toEqual([['200'], []]);
  expect(lines('/sampan').join('\n')).toContain('add an AWS::ApiGateway::Account with a CloudWatchRoleArn');
  await role(LOGGING);
  await account();
  await call();
  await soon();
  expect(lines('access')).toEqual(['200']);
});
