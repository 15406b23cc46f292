/**
 * Who signed a request to an API: SigV4 for `execute-api`, in the words of API Gateway.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
 */
import { hash } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import { inWordsOf, ProtocolError, parseAuthorization, payloadMismatch, sha256 } from '../../protocols/index.ts';
import type { Authenticate, HttpRequest, SignedBy } from '../../services/apigateway/index.ts';
import { type AuthenticatorDependencies, createAuthenticator } from '../aws-endpoint/authenticate.ts';

const WORDS = { protocol: 'rest-json', service: 'execute-api' } as const;
const NOTHING = Buffer.alloc(0);

export function createExecuteApiAuthenticator(dependencies: AuthenticatorDependencies): Authenticate {
  const authenticate = createAuthenticator(dependencies);

  async function signedBy(request: HttpRequest): Promise<SignedBy> {
    const [path = '', query = ''] = request.target.split(/\?(.*)/s);
    const { joined, lists } = headersOf(request.rawHeaders);
    const pairs = [...new URLSearchParams(query)];
    const authorization = parseAuthorization({ headers: joined, query: pairs });
    if (!authorization) throw notSigned(joined.authorization);
    const body = request.body ?? NOTHING;
    const { caller, principal, payload } = await authenticate({
      request: { method: request.method, path, query: pairs, headers: lists },
      authorization,
      service: 'execute-api',
      environmentId: undefined,
      rawBody: async () => body,
    });
    if (payload.kind === 'stated' && payload.sha256 !== sha256(body)) {
      throw payloadMismatch(payload.sha256, sha256(body));
    }
    return { caller, principal, accessKeyId: authorization.accessKeyId };
  }

  return (request) =>
    signedBy(request).catch((error: unknown) => {
      if (!(error instanceof AwsError || error instanceof ProtocolError)) throw error;
      const { code, message, statusCode } = inWordsOf(WORDS, error);
      throw new AwsError(code, message, { statusCode, cause: error });
    });
}

/** Another scheme is taken for a signature that is not whole. */
function notSigned(authorization: string | undefined): AwsError {
  if (authorization === undefined) {
    return new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { statusCode: 403 });
  }
  const message = `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hash('sha256', authorization, 'base64')}'.`;
  return new AwsError('IncompleteSignatureException', message, { statusCode: 403 });
}

function headersOf(rawHeaders: readonly string[]) {
  const lists: Record<string, string[]> = Object.create(null);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    lists[name] ??= [];
    lists[name].push(rawHeaders[index + 1] as string);
  }
  const joined: Record<string, string> = Object.create(null);
  for (const [name, values] of Object.entries(lists)) joined[name] = values.join(', ');
  return { lists, joined };
}
