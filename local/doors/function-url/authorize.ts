/**
 * Auth type AWS_IAM: who signed the request, and is the signature theirs?
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { AccountPrincipal, Caller } from '../../kernel/caller.ts';
import { parseAuthorization, payloadMismatch, type SignedRequest, sha256 } from '../../protocols/index.ts';
import type { Authenticate } from '../aws-endpoint/authenticate.ts';
import type { IamAuthorizer } from './event.ts';

export interface Authorized {
  readonly caller: Caller;
  readonly signer: IamAuthorizer;
}

/** AWS's words, and where it sends people. */
export const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

/**
 * Rejects with AwsError, IdentityError or SignatureError: who signs here is known, or not, as at the AWS endpoint.
 *
 * @param environmentId of the function the request comes from, if it comes from one
 */
export async function authorize(
  request: SignedRequest,
  body: Uint8Array,
  environmentId: string | undefined,
  authenticate: Authenticate,
): Promise<Authorized> {
  const flat = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, joined(value)]));
  const authorization = parseAuthorization({ headers: flat, query: request.query });
  if (!authorization) throw new AwsError('AccessDeniedException', FORBIDDEN, { statusCode: 403 });
  const rawBody = async () => body;
  const signed = await authenticate({ request, authorization, service: 'lambda', environmentId, rawBody });
  const { caller, principal, payload } = signed;
  if (payload.kind === 'stated') {
    const computed = sha256(body);
    if (computed !== payload.sha256) throw payloadMismatch(payload.sha256, computed);
  }
  return { caller, signer: signerOf(principal, authorization.accessKeyId) };
}

function signerOf({ accountId, userId, arn }: AccountPrincipal, accessKey: string): IamAuthorizer {
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
