/**
 * `requestContext` of a REST proxy event.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Signer } from './authorization/contract.ts';

export interface ContextInput {
  readonly accountId: string;
  readonly apiId: string;
  readonly region: string;
  readonly urlSuffix: string;
  readonly stage: string;
  readonly deploymentId: string;
  readonly resource: string;
  readonly operationName: string | undefined;
  readonly method: string;
  /** With the stage, as requested. */
  readonly path: string;
  readonly protocol: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** What the route's authorizer said of the caller; absent on routes without one. */
  readonly authorizer?: unknown;
  /** Who signed the request, where that was asked. */
  readonly signer?: Signer;
  /** ms since 1970 */
  readonly now: number;
}

export type RequestContext = ReturnType<typeof requestContext>;

export function requestContext(input: ContextInput) {
  const domainName = `${input.apiId}.execute-api.${input.region}.${input.urlSuffix}`;
  return {
    resourceId: resourceId(input.apiId, input.resource),
    ...(input.authorizer !== undefined && { authorizer: input.authorizer }),
    resourcePath: input.resource,
    ...(input.operationName && { operationName: input.operationName }),
    httpMethod: input.method,
    extendedRequestId: input.extendedRequestId,
    requestTime: commonLogTime(input.now),
    path: input.path,
    accountId: input.accountId,
    protocol: input.protocol,
    stage: input.stage,
    domainPrefix: input.apiId,
    requestTimeEpoch: input.now,
    requestId: input.requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: input.signer?.accountId ?? null,
      cognitoIdentityId: null,
      caller: input.signer?.caller ?? null,
      sourceIp: input.sourceIp,
      principalOrgId: null,
      accessKey: input.signer?.accessKey ?? null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: input.signer?.userArn ?? null,
      userAgent: input.userAgent ?? null,
      user: input.signer?.user ?? null,
    },
    domainName,
    deploymentId: input.deploymentId,
    apiId: input.apiId,
  };
}

const resourceIds = new Map<string, string>();

/** Six characters that stay the same for a resource, as AWS's do. */
export function resourceId(apiId: string, resource: string): string {
  const key = `${apiId} ${resource}`;
  let id = resourceIds.get(key);
  if (id === undefined) {
    id = createHash('sha256').update(key).digest('hex').slice(0, 6);
    resourceIds.set(key, id);
  }
  return id;
}

/** The form of `x-amz-apigw-id`. Random bytes are drawn in bulk: this runs for every request. */
export function newExtendedRequestId(): string {
  if (spent + 11 > pool.length) {
    pool = randomBytes(11 * 256);
    spent = 0;
  }
  const id = pool.toString('base64', spent, spent + 11);
  spent += 11;
  return id;
}
let pool = Buffer.alloc(0);
let spent = 0;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
let lastSecond = -1;
let lastText = '';

/** `21/Nov/2026:04:02:15 +0000` */
export function commonLogTime(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lastSecond) {
    const date = new Date(now);
    const two = (value: number) => String(value).padStart(2, '0');
    const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
    lastText = `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
    lastSecond = second;
  }
  return lastText;
}
