/**
 * What API Gateway answers by itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
import type { JsonObject } from '../../template/stack.ts';
import type { GatewayResponseDefinition } from './definition.ts';
import { isObject, objectAt, textsOf } from './json.ts';

interface Kind {
  readonly statusCode: number;
  /** `x-amzn-ErrorType`. */
  readonly errorType: string;
}

/** Status and error type that AWS gives unless the API says otherwise. */
export const GATEWAY_RESPONSES = {
  ACCESS_DENIED: { statusCode: 403, errorType: 'AccessDeniedException' },
  AUTHORIZER_CONFIGURATION_ERROR: { statusCode: 500, errorType: 'AuthorizerConfigurationException' },
  AUTHORIZER_FAILURE: { statusCode: 500, errorType: 'AuthorizerConfigurationException' },
  EXPIRED_TOKEN: { statusCode: 403, errorType: 'ExpiredTokenException' },
  INVALID_SIGNATURE: { statusCode: 403, errorType: 'InvalidSignatureException' },
  UNAUTHORIZED: { statusCode: 401, errorType: 'UnauthorizedException' },
  API_CONFIGURATION_ERROR: { statusCode: 500, errorType: 'InternalServerErrorException' },
  BAD_REQUEST_BODY: { statusCode: 400, errorType: 'BadRequestException' },
  BAD_REQUEST_PARAMETERS: { statusCode: 400, errorType: 'BadRequestException' },
  INTEGRATION_TIMEOUT: { statusCode: 504, errorType: 'InternalServerErrorException' },
  MISSING_AUTHENTICATION_TOKEN: { statusCode: 403, errorType: 'MissingAuthenticationTokenException' },
  REQUEST_TOO_LARGE: { statusCode: 413, errorType: 'RequestTooLargeException' },
  RESOURCE_NOT_FOUND: { statusCode: 404, errorType: 'NotFoundException' },
  THROTTLED: { statusCode: 429, errorType: 'TooManyRequestsException' },
  /** A function that failed or answered what is no proxy response; it has no type of its own on AWS. */
  MALFORMED_PROXY_RESPONSE: { statusCode: 502, errorType: 'InternalServerErrorException' },
} as const satisfies Record<string, Kind>;

export type GatewayResponseType = keyof typeof GATEWAY_RESPONSES;

/** What a template of a gateway response may name. */
export interface GatewayError {
  readonly type: GatewayResponseType;
  /** Null where AWS has no words for it. */
  readonly message: string | null;
  /** `x-amzn-ErrorType`, where it is not the usual one of the type. */
  readonly errorType?: string;
  /** For the execution log alone. */
  readonly execution?: string;
  /** More about a failed validation. */
  readonly validationError?: string;
}

export interface RenderedResponse {
  readonly statusCode: number;
  /** Pairs, so that a name may come twice. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Buffer;
}

/** A response that reaches the client while the function makes it. */
export interface StreamedResponse {
  readonly statusCode: number;
  readonly headers: RenderedResponse['headers'];
  /**
   * For one reader, who calls `return` when it stops early. Throws where nothing is left but to cut the connection: the
   * client has the beginning already.
   */
  readonly body: AsyncGenerator<Uint8Array>;
}

export function isStreamed(response: RenderedResponse | StreamedResponse): response is StreamedResponse {
  const { body } = response;
  return typeof body !== 'string' && !Buffer.isBuffer(body);
}

const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}';
/** A denial has a capital letter as long as the API has no response of its own for it. */
const DENIED_TEMPLATE = '{"Message":$context.error.messageString}';

export function readGatewayResponses(responses: JsonObject): Record<string, GatewayResponseDefinition> {
  const read: Record<string, GatewayResponseDefinition> = {};
  for (const [type, response] of Object.entries(responses)) {
    if (isObject(response)) read[type] = readGatewayResponse(response);
  }
  return read;
}

function readGatewayResponse(response: JsonObject): GatewayResponseDefinition {
  const headers: Record<string, string> = {};
  const parameters = textsOf(objectAt(response, 'responseParameters'));
  for (const [target, value] of Object.entries(parameters)) {
    const header = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    const literal = /^'([\s\S]*)'$/.exec(value)?.[1];
    if (header && literal !== undefined) headers[header] = literal;
  }
  const statusCode = Number(response.statusCode);
  return {
    ...(Number.isInteger(statusCode) && { statusCode }),
    headers,
    templates: textsOf(objectAt(response, 'responseTemplates')),
  };
}

/** @param variables `$context` by path, e.g. `requestId`; the error's own are added here */
export function renderGatewayError(
  error: GatewayError,
  customised: Readonly<Record<string, GatewayResponseDefinition>>,
  variables: (name: string) => string | undefined,
): RenderedResponse {
  const kind: Kind = GATEWAY_RESPONSES[error.type];
  const own = customised[error.type];
  const fallback = customised[kind.statusCode >= 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX'];
  const template = (own ?? fallback)?.templates['application/json'] ?? usualTemplate(error.type, own ?? fallback);
  const values: Record<string, string> = {
    'error.message': error.message ?? '',
    'error.messageString': JSON.stringify(error.message),
    'error.responseType': error.type,
    'error.validationErrorString': error.validationError ?? '',
  };
  const chosen = own ?? fallback;
  return {
    statusCode: own?.statusCode ?? (own ? kind.statusCode : (fallback?.statusCode ?? kind.statusCode)),
    headers: [
      ['Content-Type', 'application/json'],
      ['x-amzn-ErrorType', error.errorType ?? kind.errorType],
      ...Object.entries(chosen?.headers ?? {}),
    ],
    body: renderContext(template, (name) => values[name] ?? variables(name)),
  };
}

function usualTemplate(type: GatewayResponseType, customised: GatewayResponseDefinition | undefined): string {
  return type === 'ACCESS_DENIED' && !customised ? DENIED_TEMPLATE : DEFAULT_TEMPLATE;
}

/** `$context.NAME` and `${context.NAME}` replaced; what is not known becomes `-`, as in access logs, or empty text. */
export function renderContext(template: string, value: (name: string) => string | undefined, unknown = ''): string {
  return template.replace(
    /\$(?:context\.([A-Za-z0-9_.-]*[A-Za-z0-9_])|\{context\.([^}]+)\})/g,
    (_match, plain, braced) => {
      return value((plain ?? braced) as string) ?? unknown;
    },
  );
}
