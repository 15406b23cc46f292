/**
 * Signed requests to EC2's Query API. Two calls do not need EC2's client, which is the largest of the SDK.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/making-api-requests.html
 */
import { Sha256 } from '@app/shared/sha256';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SendQuery } from './security-group.ts';

const REQUEST_TIMEOUT_MS = 8_000;

/** @param environment Lambda's variables: region and the role's credentials */
export function ec2Query(environment: Readonly<Record<string, string | undefined>>): SendQuery {
  const region = environment.AWS_REGION ?? 'us-east-1';
  const url = new URL(environment.AWS_ENDPOINT_URL || `https://ec2.${region}.amazonaws.com`);
  const signer = new SignatureV4({
    service: 'ec2',
    region,
    sha256: Sha256,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
  });
  return async (parameters) => {
    const body = parameters.toString();
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: '/',
      headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
    });
    const { host: _host, ...sent } = headers;
    const response = await fetch(new URL('/', url), {
      method: 'POST',
      headers: sent,
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return { status: response.status, body: await response.text() };
  };
}
