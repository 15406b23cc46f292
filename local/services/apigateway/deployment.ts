/** A deployed stage, compiled once: what a request needs is found without searching. */
import type { Policy } from '../../policy/iam/index.ts';
import { readApiPolicy } from './authorization/api-policy.ts';
import type { ApiDefinition, GatewayResponseDefinition, RouteDefinition } from './definition.ts';
import { createRouter, type Router } from './router.ts';
import { createThrottle, type Throttle } from './throttle.ts';
import { createSchemaCompiler, createValidator, type Validator } from './validator.ts';

export interface StageSettings {
  readonly apiId: string;
  readonly name: string;
  readonly deploymentId: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly tracing: boolean;
  readonly accessLog?: { readonly logGroup: string; readonly format: string };
  /** Of MethodSettings that log errors, or no longer do. */
  readonly logging: readonly { readonly method: string; readonly resource: string; readonly logsErrors: boolean }[];
  /** Of MethodSettings that have metrics of their methods, or no longer do. */
  readonly metrics: readonly { readonly method: string; readonly resource: string; readonly isDetailed: boolean }[];
  /** By `METHOD /resource`, `*` for either part as in MethodSettings. */
  readonly throttles: readonly {
    readonly method: string;
    readonly resource: string;
    readonly rate: number;
    readonly burst: number;
  }[];
}

export interface CompiledRoute extends RouteDefinition {
  readonly validator: Validator | undefined;
  readonly throttle: Throttle | undefined;
  /** Whether its execution log has what failed. */
  readonly logsErrors: boolean;
  /** Whether it has metrics of its own. */
  readonly hasDetailedMetrics: boolean;
  /** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/RESOURCE`, what a function's permission is checked against. */
  readonly sourceArn: string;
}

export interface CompiledStage {
  readonly settings: StageSettings;
  readonly apiName: string;
  /** `EDGE`, `REGIONAL` or `PRIVATE`. */
  readonly endpointType: string;
  /** `arn:aws:execute-api:REGION:ACCOUNT:API` */
  readonly apiArn: string;
  /** The API's own; undefined: it has none. */
  readonly policy: Policy | undefined;
  readonly route: Router<CompiledRoute>;
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseDefinition>>;
  readonly binaryMediaTypes: readonly string[];
  /** For the table of URLs. */
  readonly routes: readonly RouteDefinition[];
  readonly models: ApiDefinition['models'];
  /** Does ahead, step by step, what the first request of each route would wait for; leaves to it what fails. */
  prepare(): Generator<void>;
}

export async function compileStage(
  definition: ApiDefinition & Pick<CompiledStage, 'apiName' | 'endpointType'>,
  settings: StageSettings,
  account: {
    readonly accountId: string;
    readonly region: string;
    readonly partition: string;
    readonly now: () => number;
  },
): Promise<CompiledStage> {
  const hasSchemas = definition.routes.some(({ validation }) => Object.keys(validation.bodySchemas).length > 0);
  const compile = hasSchemas
    ? await createSchemaCompiler(definition.models)
    : () => {
        throw new Error('no route of this API has a model');
      };
  const { apiId } = settings;
  const apiArn = `arn:${account.partition}:execute-api:${account.region}:${account.accountId}:${apiId}`;
  const arn = `${apiArn}/${settings.name}`;
  const { policy, apiName, endpointType } = definition;
  const compiled = definition.routes.map((route) => {
    const applies = ({ method, resource }: { readonly method: string; readonly resource: string }) =>
      (method === '*' || method === route.method) &&
      (resource === '/*' || resource === '*' || resource === route.resource);
    const limit = settings.throttles.findLast(applies);
    return {
      ...route,
      validator: createValidator(route.validation, compile),
      logsErrors: settings.logging.findLast(applies)?.logsErrors ?? false,
      hasDetailedMetrics: settings.metrics.findLast(applies)?.isDetailed ?? false,
      throttle: limit && createThrottle(limit.rate, limit.burst, account.now),
      sourceArn: `${arn}/${route.method}${route.resource}`,
    };
  });
  return {
    settings,
    apiName,
    endpointType,
    apiArn,
    policy: policy === undefined ? undefined : readApiPolicy(policy, { apiId, apiArn }),
    route: createRouter(compiled.map((route) => ({ resource: route.resource, method: route.method, route }))),
    gatewayResponses: definition.gatewayResponses,
    binaryMediaTypes: definition.binaryMediaTypes,
    routes: definition.routes,
    models: definition.models,
    *prepare() {
      for (const { validator } of compiled) {
        try {
          if (validator) yield* validator.prepare();
        } catch {
          // A schema that is none: requests are told.
        }
      }
    },
  };
}
