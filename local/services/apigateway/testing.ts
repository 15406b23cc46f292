/** An API for tests: a kernel with API Gateway, and Lambda and Cognito that do what a test says. */
import { resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { AwsError, type CallContext, createKernel, type Kernel } from '../../kernel/index.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { JsonObject } from '../../template/stack.ts';
import { isStreamed, type RestApiOptions, type RestApis, restApis } from './index.ts';

export const ACCOUNT_ID = '123456789012';
export const FUNCTION = functionArn('hello');

export function functionArn(name: string): string {
  return `arn:aws:lambda:us-east-1:${ACCOUNT_ID}:function:${name}`;
}

/** An integration with a function, or an authorizer's uri of one. */
export function uriOf(arn: string): string {
  return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

export function streamingUriOf(arn: string): string {
  return `arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${arn}/response-streaming-invocations`;
}

export const proxy = { type: 'aws_proxy', httpMethod: 'POST', uri: uriOf(FUNCTION) };

export interface Invoked {
  readonly FunctionName: string;
  readonly Payload: string;
}

export interface LambdaDouble {
  /** What functions answer, by ARN; default: 200 with `hello`. */
  readonly functions: Map<string, (event: Record<string, unknown>, call: CallContext) => unknown>;
  /** What streaming functions answer. */
  stream: () => AsyncGenerator<object>;
  /** Every event, with the function it was for. */
  readonly invoked: { readonly functionArn: string; readonly event: Record<string, unknown> }[];
  readonly callers: CallContext['principal'][];
}

/** What a function throws to fail as Lambda's would. */
export class FunctionFailed extends Error {}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly json: unknown;
}

export interface ApiUnderTest {
  readonly kernel: Kernel;
  readonly clock: ManualClock;
  readonly apis: RestApis;
  readonly lambda: LambdaDouble;
  readonly apiId: string;
  make(type: string, properties: JsonObject): Promise<string>;
  /** Lines of an execution or access log that are there. */
  logged(): string[];
  ask(target: string, headers?: Readonly<Record<string, string>>, method?: string, body?: string): Promise<Answered>;
  stop(): Promise<void>;
}

export interface ApiOptions {
  /** The API's document; `paths` alone will do. */
  readonly body?: JsonObject;
  readonly restApi?: JsonObject;
  readonly stage?: JsonObject;
  /** Keys of user pools, by id. */
  readonly pools?: (poolId: string) => { Issuer: string; Keys: readonly object[] } | undefined;
  readonly options?: RestApiOptions;
  /** Called with the API's and its root resource's id before it is deployed. */
  readonly parts?: (make: ApiUnderTest['make'], apiId: string, rootId: string) => Promise<void>;
  readonly kernel?: (clock: ManualClock) => Kernel;
}

export async function openApi(setup: ApiOptions): Promise<ApiUnderTest> {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
  const kernel = setup.kernel?.(clock) ?? createKernel({ ...PLACE, clock });
  const apis = restApis(setup.options);
  kernel.registry.add(apis.definition);
  const lambda = addLambda(kernel);
  if (setup.pools) addCognito(kernel, setup.pools);
  const attributes = new Map<string, Readonly<Record<string, unknown>> | undefined>();
  const make = async (type: string, properties: JsonObject): Promise<string> => {
    const service = kernel.registry.forResourceType(type);
    if (!service) throw new TypeError(`nobody makes ${type}`);
    const { providers } = await kernel.registry.service(service.name);
    const made = await providers[type]!.create(resourceRequest(type, properties));
    attributes.set(made.physicalId, made.attributes);
    return made.physicalId;
  };
  const Body = { openapi: '3.0.1', info: { title: 'test', version: '1' }, ...setup.body };
  const RestApiId = await make('AWS::ApiGateway::RestApi', { Name: 'test', Body, ...setup.restApi });
  await setup.parts?.(make, RestApiId, String(attributes.get(RestApiId)?.RootResourceId));
  const DeploymentId = await make('AWS::ApiGateway::Deployment', { RestApiId });
  await make('AWS::ApiGateway::Stage', { RestApiId, DeploymentId, StageName: 'v1', ...setup.stage });
  const shown: string[] = [];
  kernel.telemetry.onLog(({ label }, { message }) => {
    if (label === 'execution' || label === 'access' || label === 'sampan') shown.push(message);
  });
  return {
    kernel,
    clock,
    apis,
    lambda,
    apiId: RestApiId,
    make,
    logged: () => shown,
    async ask(target, headers = {}, method = 'GET', body) {
      const response = await apis.handle({
        method,
        target,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        port: 3000,
        rawHeaders: Object.entries(headers).flat(),
        body: body === undefined ? undefined : Buffer.from(body),
      });
      const text = isStreamed(response) ? await textOf(response.body) : String(response.body);
      return {
        status: response.statusCode,
        headers: Object.fromEntries(response.headers.map(([name, value]) => [name.toLowerCase(), value])),
        body: text,
        json: text.startsWith('{') ? JSON.parse(text) : undefined,
      };
    },
    stop: kernel.stop,
  };
}

export const PLACE = { stateDirectory: 'memory', accountId: ACCOUNT_ID, region: 'us-east-1' } as const;

function addLambda(kernel: Kernel): LambdaDouble {
  const double: LambdaDouble = {
    functions: new Map(),
    stream: async function* () {},
    invoked: [],
    callers: [],
  };
  const record = ({ FunctionName, Payload }: Invoked, call: CallContext) => {
    const event = JSON.parse(Payload) as Record<string, unknown>;
    double.invoked.push({ functionArn: FunctionName, event });
    double.callers.push(call.principal);
    return event;
  };
  kernel.registry.add({
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        Invoke: {
          requires: () => [],
          async handle(input: never, call: CallContext) {
            const event = record(input, call);
            const answer = double.functions.get((input as Invoked).FunctionName) ?? (() => HELLO);
            try {
              return { StatusCode: 200, Payload: JSON.stringify(await answer(event, call)) };
            } catch (error) {
              if (!(error instanceof FunctionFailed)) throw error;
              const Payload = JSON.stringify({ errorType: 'Error', errorMessage: error.message, trace: [] });
              return { StatusCode: 200, FunctionError: 'Unhandled', Payload };
            }
          },
        },
        InvokeWithResponseStream: {
          requires: () => [],
          handle(input: never, call: CallContext) {
            record(input, call);
            return { StatusCode: 200, EventStream: double.stream() };
          },
        },
      },
    }),
  });
  return double;
}

const HELLO = { statusCode: 200, body: 'hello' };

function addCognito(kernel: Kernel, pools: NonNullable<ApiOptions['pools']>): void {
  kernel.registry.add({
    name: 'cognito-idp',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        GetSigningKeys: {
          requires: () => [],
          handle({ UserPoolId }: never, { principal }: CallContext) {
            expectInternal(principal);
            const found = pools(UserPoolId);
            if (found) return found;
            throw new AwsError('ResourceNotFoundException', `User pool ${UserPoolId} does not exist.`);
          },
        },
      },
    }),
  });
}

function expectInternal({ kind }: CallContext['principal']): void {
  if (kind !== 'internal') throw new AwsError('AccessDeniedException', 'not for you', { statusCode: 403 });
}

async function textOf(body: AsyncGenerator<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
