/**
 * What a REST API is once its OpenAPI document, or its Resource and Method resources, are read: routes with what the
 * request path of API Gateway needs of each.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
import type { JsonObject } from '../../template/stack.ts';

export interface ApiDefinition {
  readonly routes: readonly RouteDefinition[];
  /** JSON Schema (draft 4) by model name. */
  readonly models: Readonly<Record<string, JsonObject>>;
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseDefinition>>;
  readonly binaryMediaTypes: readonly string[];
}

export interface RouteDefinition {
  /** As written, e.g. `/tickets/{id}` or `/{proxy+}`. */
  readonly resource: string;
  /** Upper case, or `ANY`. */
  readonly method: string;
  readonly operationName?: string;
  readonly integration: Integration;
  readonly validation: Validation;
}

export interface Validation {
  /** Checked when the validator asks for parameters. */
  readonly requiredParameters: readonly { readonly in: 'querystring' | 'header' | 'path'; readonly name: string }[];
  /** Schema by content type; checked when the validator asks for bodies. */
  readonly bodySchemas: Readonly<Record<string, JsonObject>>;
  readonly bodyRequired: boolean;
}

export type Integration =
  | {
      readonly kind: 'lambda-proxy';
      readonly functionArn: string;
      readonly timeoutMs: number;
      /** The role to invoke it in; absent: the function's policy decides. */
      readonly credentials?: string;
    }
  | { readonly kind: 'mock'; readonly responses: readonly MockResponse[]; readonly statusCode: number };

export interface MockResponse {
  /** Matches the integration's whole status; `default` is taken when nothing else does. */
  readonly selection: RegExp | 'default';
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Static text by content type. */
  readonly templates: Readonly<Record<string, string>>;
}

export interface GatewayResponseDefinition {
  readonly statusCode?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, string>>;
}

/** Something of the document that is not emulated, or that AWS would refuse. */
export interface DefinitionFinding {
  /** Path below the document. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}
