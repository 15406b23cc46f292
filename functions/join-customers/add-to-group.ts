/**
 * One signed request to Cognito. Its client would be many times the size of this function.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminAddUserToGroup.html
 */
import { Sha256 } from '@app/shared/sha256';
import { SignatureV4 } from '@smithy/signature-v4';

/** Adding somebody who is in the group already changes nothing. */
export type AddToGroup = (userPoolId: string, userName: string, group: string) => Promise<void>;

const OPERATION = 'AdminAddUserToGroup';

/** Cognito waits five seconds for a trigger. */
const REQUEST_TIMEOUT_MS = 3_000;

/** @param environment Lambda's variables: region and the role's credentials */
export function addToGroup(environment: Readonly<Record<string, string | undefined>>): AddToGroup {
  const region = environment['AWS_REGION'] ?? 'us-east-1';
  const url = new URL(environment['AWS_ENDPOINT_URL'] || `https://cognito-idp.${region}.amazonaws.com`);
  const signer = new SignatureV4({
    service: 'cognito-idp',
    region,
    sha256: Sha256,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: environment['AWS_SESSION_TOKEN'],
    },
  });
  return async (UserPoolId, Username, GroupName) => {
    const body = JSON.stringify({ UserPoolId, Username, GroupName });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: '/',
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${OPERATION}`,
      },
      body,
    });
    const { host: _host, ...sent } = headers;
    const response = await fetch(new URL('/', url), {
      method: 'POST',
      headers: sent,
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`Cognito answered ${response.status}: ${await response.text()}`);
  };
}
