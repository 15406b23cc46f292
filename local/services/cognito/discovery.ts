/**
 * What a pool tells everybody: its public keys, and where its things are (OpenID Connect Discovery 1.0).
 * https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Dispatch } from '../../kernel/service.ts';
import type { SigningKeysOutput } from './operations/internal.ts';

/** A route of the AWS endpoint. */
export interface DiscoveryRoute {
  readonly method: string;
  readonly path: RegExp;
  /** Open to pages of anywhere, as on AWS. */
  readonly isPublic: true;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const JWKS = '/.well-known/jwks.json';
const CONFIGURATION = '/.well-known/openid-configuration';

export function discoveryRoutes(dispatch: Dispatch): readonly DiscoveryRoute[] {
  const route = (document: string, tell: (keys: SigningKeysOutput) => object): DiscoveryRoute => ({
    method: 'GET',
    path: new RegExp(`^/[\\w-]+_[0-9a-zA-Z]+${document.replaceAll('.', '\\.')}$`),
    isPublic: true,
    async handle({ url = '' }, response) {
      const UserPoolId = url.split('/')[1] ?? '';
      try {
        const keys = await signingKeys(dispatch, UserPoolId);
        answer(response, 200, tell(keys));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        answer(response, error.statusCode, { code: 'BadRequest', message: error.message });
      }
    },
  });
  return [
    route(JWKS, ({ Keys }) => ({ keys: Keys })),
    route(CONFIGURATION, ({ Issuer }) => ({
      id_token_signing_alg_values_supported: ['RS256'],
      issuer: Issuer,
      jwks_uri: `${Issuer}${JWKS}`,
      response_types_supported: ['code', 'token'],
      scopes_supported: ['openid', 'email', 'phone', 'profile'],
      subject_types_supported: ['public'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    })),
  ];
}

async function signingKeys(dispatch: Dispatch, UserPoolId: string) {
  return (await dispatch({
    caller: { kind: 'internal', service: 'cognito-idp.amazonaws.com' },
    service: 'cognito-idp',
    operation: 'GetSigningKeys',
    input: { UserPoolId },
  })) as SigningKeysOutput;
}

function answer(response: ServerResponse, statusCode: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(statusCode, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=86400',
    })
    .end(text);
}
