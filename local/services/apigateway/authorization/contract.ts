/**
 * Who may call a route: what the API's definition asks for, and what comes of asking.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
 */
import type { GatewayError } from '../gateway-responses.ts';

/** What a method asks of its callers, apart from the API's own policy. */
export type RouteAuthorization =
  | { readonly kind: 'none' }
  /** Its authorizer is none that can be asked. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'iam' }
  | { readonly kind: 'cognito'; readonly authorizer: CognitoAuthorizer; readonly scopes: readonly string[] }
  | { readonly kind: 'lambda'; readonly authorizer: LambdaAuthorizer };

export interface CognitoAuthorizer {
  readonly type: 'COGNITO_USER_POOLS';
  readonly id: string;
  readonly name: string;
  /** User pools by ARN. */
  readonly providerArns: readonly string[];
  /** The header with the token. */
  readonly source: IdentitySource;
  /** What a token's `aud` has to match as a whole. */
  readonly audience?: RegExp;
}

export interface LambdaAuthorizer {
  readonly type: 'TOKEN' | 'REQUEST';
  readonly id: string;
  readonly name: string;
  readonly functionArn: string;
  /** The role to invoke it in; absent: the function's policy decides. */
  readonly credentials?: string;
  /** Of a TOKEN authorizer exactly one, a header. Each must be there, and not empty, before the function is asked. */
  readonly sources: readonly IdentitySource[];
  /** Of TOKEN authorizers: what the token has to match as a whole before the function is asked. */
  readonly validation?: RegExp;
  /** How long an answer holds; 0: for its own request alone. */
  readonly ttlSeconds: number;
}

export type Authorizer = CognitoAuthorizer | LambdaAuthorizer;

/** Where a part of the caller's identity is found. Header names in lower case. */
export interface IdentitySource {
  readonly in: 'header' | 'querystring' | 'stageVariables' | 'context';
  readonly name: string;
}

/** Of a request that may go on: what the integration is told of its caller. */
export interface Granted {
  readonly kind: 'granted';
  /** `requestContext.authorizer`; absent on routes without an authorizer. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  /** `requestContext.identity`, as far as a signature tells. */
  readonly signer?: Signer;
}

export interface Refused {
  readonly kind: 'refused';
  readonly error: GatewayError;
}

export type Verdict = Granted | Refused;

export const GRANTED: Granted = { kind: 'granted' };

export function refused(error: GatewayError): Refused {
  return { kind: 'refused', error };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html */
export interface Signer {
  readonly accessKey: string;
  readonly accountId: string;
  /** The principal's id, as `user`. */
  readonly caller: string;
  readonly user: string;
  readonly userArn: string;
}

/** The same words for whatever is wrong with a token: whoever forges one learns nothing of it. */
export const UNAUTHORIZED: GatewayError = { type: 'UNAUTHORIZED', message: 'Unauthorized' };
