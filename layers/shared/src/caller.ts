/**
 * Who calls, by the claims of the token that API Gateway's Cognito authorizer has verified. Headers and bodies say
 * nothing about it: the claims stand where only API Gateway writes, and without an authorizer there are none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
 */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { HttpError } from './http.ts';

/** The groups of the user pool that mean something here; who is in both works as an agent. */
const ROLES = ['agent', 'customer'] as const;

export interface Caller {
  readonly role: (typeof ROLES)[number];
  readonly email: string;
}

/** @throws HttpError 401 where nobody was verified, 403 for somebody who is nobody here */
export function callerOf(event: APIGatewayProxyEvent): Caller {
  const claims = (event.requestContext.authorizer?.['claims'] ?? {}) as Readonly<Record<string, unknown>>;
  // Only ID tokens tell who somebody is. That it is one for us, the authorizer has seen: api/openapi.yaml names the client.
  if (claims['token_use'] !== 'id') throw new HttpError(401, 'UNAUTHORIZED', 'A token of this help desk is needed');
  const groups = text(claims['cognito:groups']).split(',');
  const role = ROLES.find((name) => groups.includes(name));
  const email = text(claims['email']);
  if (!role || email === '') throw new HttpError(403, 'ACCESS_DENIED', 'This user is neither agent nor customer');
  // Whoever could name any address would be shown the tickets of its owner.
  if (role === 'customer' && text(claims['email_verified']) !== 'true') {
    throw new HttpError(403, 'ACCESS_DENIED', 'The e-mail address has to be verified first');
  }
  return { role, email };
}

function text(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}
