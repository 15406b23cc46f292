/**
 * What a REST API is once its OpenAPI document, or its Resource and Method resources, are read: routes with what the
 * request path of API Gateway needs of each.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
import type { Json, JsonObject } from '../../template/stack.ts';
import type { RouteAuthorization } from './authorization/contract.ts';

export interface ApiDefinition {
  readonly routes: readonly RouteDefinition[];
  /** JSON Schema (draft 4) by model name. */
  readonly models: Readonly<Record<string, JsonObject>>;
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseDefinition>>;
  readonly binaryMediaTypes: readonly string[];
  /** Its own policy, as written; absent: it has none. */
  readonly policy?: Json;
}

export interface RouteDefinition {
  /** As written, e.g. `/tickets/{id}` or `/{proxy+}`. */
  readonly resource: string;
  /** Upper case, or `ANY`. */
  readonly method: string;
  readonly operationName?: string;
  readonly authorization: RouteAuthorization;
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
      /** `STREAM`: the client gets the answer while the function makes it. */
      readonly responseTransferMode: 'BUFFERED' | 'STREAM';
      /** Lambda's way of invoking that the uri names: what does not go with the transfer mode gives no answer. */
      readonly invocation: 'buffered' | 'streamed';
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
