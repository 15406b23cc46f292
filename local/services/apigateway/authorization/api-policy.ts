/**
 * An API's own policy, and what an authorizer's function answers with it: one evaluation, as AWS's tables combine them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
import {
  type Decision,
  decide,
  MalformedPolicy,
  type Policy,
  type RequestKeys,
  readPolicy,
} from '../../../policy/iam/index.ts';
import type { Json } from '../../../template/stack.ts';
import type { GatewayError } from '../gateway-responses.ts';
import { isObject } from '../json.ts';

/** Of an API's document. */
export const API_POLICY = 'x-amazon-apigateway-policy';
export const INVOKE = 'execute-api:Invoke';

/** Where the API is, for what its policy leaves out of its resources. */
export interface ApiPlace {
  readonly apiId: string;
  /** `arn:aws:execute-api:REGION:ACCOUNT:API` */
  readonly apiArn: string;
}

/**
 * The policy as it is kept: `execute-api:/STAGE/METHOD/PATH` in it means this API's.
 *
 * @throws MalformedPolicy
 */
export function readApiPolicy(document: Json, { apiId, apiArn }: ApiPlace): Policy {
  const read = readPolicy(document, 'endpoint');
  const whole = (resource: string) => resource.replace(/^execute-api:\/?/, `${apiArn}/`);
  return {
    document: {
      ...read,
      Statement: read.Statement.map((statement) => ({
        ...statement,
        ...(statement.Resource && { Resource: statement.Resource.map(whole) }),
        ...(statement.NotResource && { NotResource: statement.NotResource.map(whole) }),
      })),
    },
    source: { kind: 'resource', name: `the policy of API ${apiId}`, arn: apiArn },
  };
}

/** What is wrong with the document of an API's policy; undefined when nothing is, or when there is none. */
export function faultInPolicy(document: Json | undefined): MalformedPolicy | undefined {
  if (!hasPolicy(document)) return undefined;
  try {
    readPolicy(document, 'endpoint');
    return undefined;
  } catch (error) {
    if (error instanceof MalformedPolicy) return error;
    throw error;
  }
}

/** An empty document takes a policy away. */
export function hasPolicy(document: Json | undefined): document is Json {
  return typeof document === 'string' ? document.trim() !== '' : isObject(document) && Object.keys(document).length > 0;
}

export interface Invocation {
  /** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH` */
  readonly methodArn: string;
  readonly accountId: string;
  readonly keys: RequestKeys;
}

/** Nobody in particular, who needs a policy that says everybody may. */
export function decideFor({ methodArn, accountId, keys }: Invocation, policies: readonly Policy[]): Decision {
  return decide(
    { requester: { kind: 'anonymous' }, action: INVOKE, resource: methodArn, resourceAccountId: accountId, keys },
    { identity: [], resource: policies },
  );
}

type Denied = Extract<Decision, { kind: 'denied' }>;

/** @param who `User: anonymous`, or `User` where an authorizer has said who it is */
export function accessDenied(denied: Denied, by: 'identity' | 'resource', what: string): GatewayError {
  const why = denied.explicit
    ? `with an explicit deny in ${by === 'identity' ? 'an' : 'a'} ${by}-based policy`
    : `because no ${by}-based policy allows the ${INVOKE} action`;
  return { type: 'ACCESS_DENIED', message: `${what} ${why}`, execution: denied.because };
}

/** Of the account only the last digits are told to whoever calls. */
export function maskedArn(arn: string): string {
  return arn.replace(/:(\d{8})(\d{4}):/, ':********$2:');
}
