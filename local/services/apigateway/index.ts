/**
 * API Gateway REST APIs as a service plugin, and the front that the door on port 3000 hands requests to.
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { AwsError } from '../../kernel/aws-error.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import { createAccessLog } from './access-log.ts';
import { createAccountSettings } from './account.ts';
import { createApiFacts } from './api-facts.ts';
import { type ApiStore, createApiStore } from './api-store.ts';
import {
  type Authenticate,
  INVOKE_METHOD,
  invokeMethodOperation,
  wordInvokeDenial,
} from './authorization/iam-authorizer.ts';
import type { ApiDefinition, RouteDefinition } from './definition.ts';
import { createFront, type StageFront } from './front.ts';
import type { RenderedResponse, StreamedResponse } from './gateway-responses.ts';
import { createPatience, type Patience } from './patience.ts';
import { createProviders } from './providers.ts';
import type { HttpRequest } from './request.ts';
import { createStageLogs } from './stage-logs.ts';
import { createStageMetrics } from './stage-metrics.ts';

export type { Authenticate, SignedBy } from './authorization/iam-authorizer.ts';
export type { RouteDefinition } from './definition.ts';
export { PAYLOAD_LIMIT } from './front.ts';
export { isStreamed, type RenderedResponse, type StreamedResponse } from './gateway-responses.ts';
export type { HttpRequest, Repeated } from './request.ts';
export { StreamFailed } from './streamed-answer.ts';

export interface ServedStage {
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly RouteDefinition[];
  readonly models: ApiDefinition['models'];
}

export interface RestApis {
  readonly definition: ServiceDefinition;
  /** Stage paths are accepted with and without the stage's name: `/v1/tickets` and `/tickets`. */
  handle(request: HttpRequest): Promise<RenderedResponse | StreamedResponse>;
  /** What is served, in the template's order. */
  stages(): readonly ServedStage[];
}

const RESOURCE_TYPES = [
  'RestApi',
  'Deployment',
  'Stage',
  'Resource',
  'Method',
  'Authorizer',
  'Model',
  'RequestValidator',
  'GatewayResponse',
  'Account',
];

export interface RestApiOptions {
  /** Default `amazonaws.com`. */
  readonly urlSuffix?: string;
  /** Who signed a request, for methods of authorization type AWS_IAM. Default: nobody is known, and all are refused. */
  readonly authenticate?: Authenticate;
  /** How integrations are waited for; default: by this machine's time. */
  readonly patience?: Patience;
}

const NOBODY_KNOWN: Authenticate = async () => {
  throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { statusCode: 403 });
};

export function restApis(options: RestApiOptions = {}): RestApis {
  const { urlSuffix = 'amazonaws.com', authenticate = NOBODY_KNOWN, patience = createPatience() } = options;
  let store: ApiStore | undefined;
  let front: StageFront | undefined;

  async function prepare(): Promise<void> {
    for (const stage of store?.stages.values() ?? []) {
      for (const _ of stage.prepare()) await othersFirst();
    }
  }

  return {
    definition: {
      name: 'apigateway',
      // What policies call the APIs themselves.
      aliases: ['execute-api'],
      resourceTypes: RESOURCE_TYPES.map((type) => `AWS::ApiGateway::${type}`),
      load: async (context) => {
        store = createApiStore(context);
        const account = createAccountSettings(context);
        const { accountId, region, clock, telemetry } = context;
        const metrics = createStageMetrics(telemetry, clock);
        const accessLog = createAccessLog({
          logs: createStageLogs(context, account),
          clock,
          account: { accountId, region, urlSuffix },
          metrics,
        });
        front = createFront(context, { urlSuffix, accessLog, authenticate, patience });
        return {
          operations: { [INVOKE_METHOD]: invokeMethodOperation },
          resourceFacts: createApiFacts(store),
          wordDenial: wordInvokeDenial,
          prepare,
          stop: async () => metrics.flush(),
          providers: { ...createProviders(store), 'AWS::ApiGateway::Account': account.provider },
        };
      },
    },
    handle(request) {
      const chosen = store && choose(store, request);
      if (!chosen || !front) return Promise.resolve(NOTHING_DEPLOYED);
      return front.handle(chosen.stage, request, chosen.path);
    },
    stages: () =>
      [...(store?.stages.values() ?? [])].map(({ settings, routes, models }) => ({
        apiId: settings.apiId,
        stage: settings.name,
        routes,
        models,
      })),
  };
}

/** As AWS answers for a host name behind which there is no API. */
const NOTHING_DEPLOYED: RenderedResponse = {
  statusCode: 403,
  headers: [
    ['Content-Type', 'application/json'],
    ['x-amzn-ErrorType', 'ForbiddenException'],
  ],
  body: '{"message":"Forbidden"}',
};

/**
 * With several APIs on one port, the host name decides (`API.execute-api.REGION.amazonaws.com`), else the first that has
 * a route for the request, else the first.
 */
function choose({ stages }: ApiStore, request: HttpRequest) {
  if (stages.size === 1) {
    for (const stage of stages.values()) return { stage, path: belowStage(stage.settings.name, request.target) };
  }
  const host = hostOf(request);
  const candidates = [...stages.values()];
  const named = candidates.filter(({ settings }) => host.startsWith(`${settings.apiId}.`));
  const tried = (named.length > 0 ? named : candidates).map((stage) => ({
    stage,
    path: belowStage(stage.settings.name, request.target),
  }));
  if (tried.length < 2) return tried[0];
  return tried.find(({ stage, path }) => stage.route(request.method, path.split('?', 1)[0] ?? '')) ?? tried[0];
}

function hostOf(request: HttpRequest): string {
  const at = request.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return at < 0 ? '' : (request.rawHeaders[at + 1] ?? '').toLowerCase();
}

/** `/v1/tickets?x` → `/tickets?x`; what does not start with the stage's name is below it already. */
function belowStage(stage: string, target: string): string {
  const prefix = `/${stage}`;
  if (!target.startsWith(prefix)) return target;
  const rest = target.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : target;
}
