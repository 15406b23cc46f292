/**
 * Auth type AWS_IAM: who signed the request, and is the signature theirs?
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import { arnOf, type Caller, isOfAccount, type Principal } from '../../kernel/caller.ts';
import type { Identities } from '../../kernel/identity.ts';
import { parseAuthorization, SignatureError, type SignedRequest, verifySignature } from '../../protocols/index.ts';
import type { IamAuthorizer } from './event.ts';

export interface Authorized {
  readonly caller: Caller;
  readonly signer: IamAuthorizer;
}

export interface AuthorizationRules {
  readonly identities: Identities;
  readonly region: string;
  /** ms since 1970 */
  readonly now: number;
}

/** AWS's words, and where it sends people. */
export const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

/** The key whose secret everyone knows. */
const TEST_KEY = 'test';

/**
 * Throws AwsError or ProtocolError, status 403. Keys not issued here stand for the account's administrator, as they do
 * everywhere from outside; their secret is not known here, so that of their signatures only scope and time are checked.
 *
 * @param environmentId of the function the request comes from, if it comes from one
 */
export function authorize(
  request: SignedRequest,
  body: Uint8Array,
  environmentId: string | undefined,
  { identities, region, now }: AuthorizationRules,
): Authorized {
  const flat = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, joined(value)]));
  const authorization = parseAuthorization({ headers: flat, query: request.query });
  if (!authorization) throw new AwsError('AccessDeniedException', FORBIDDEN, { statusCode: 403 });
  const { accessKeyId, sessionToken } = authorization;
  const caller: Caller =
    environmentId === undefined
      ? { kind: 'client', accessKeyId, sessionToken }
      : { kind: 'environment', environmentId, accessKeyId, sessionToken };
  const { principal } = identities.identify(caller);
  const secret = identities.secretOf(accessKeyId) ?? (accessKeyId === TEST_KEY ? TEST_KEY : undefined);
  try {
    verifySignature(request, authorization, secret ?? '', body, { now, region, service: 'lambda' });
  } catch (error) {
    const unknowable = secret === undefined && error instanceof SignatureError && error.why === 'mismatch';
    if (!unknowable) throw asLambdaSays(error);
  }
  return { caller, signer: signerOf(principal, accessKeyId) };
}

/** A REST service's names for what the query protocols call SignatureDoesNotMatch and RequestExpired. */
function asLambdaSays(error: unknown): unknown {
  if (!(error instanceof SignatureError)) return error;
  return new AwsError('InvalidSignatureException', error.message, { statusCode: 403, cause: error });
}

function signerOf(principal: Principal, accessKey: string): IamAuthorizer {
  if (!isOfAccount(principal)) throw new TypeError(`${arnOf(principal)} does not sign requests`);
  const { accountId, userId, arn } = principal;
  return {
    accessKey,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  };
}

function joined(value: string | readonly string[] | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : value.join(', ');
}
