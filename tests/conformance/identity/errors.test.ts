/**
 * Who is not known is told so in each service's own words.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
import type { Signed } from '../../../local/doors/aws-endpoint/signatures.fixture.ts';
import { CONTENT, PROTOCOLS, type Protocol, type Refused, refused, sample, send } from './requests.ts';
import { startWitnessCloud, type WitnessCloud } from './witness.ts';

jest.setTimeout(60_000);

let cloud: WitnessCloud;

beforeEach(async () => {
  cloud = await startWitnessCloud();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const MINUTE = 60_000;
const ROLE = 'arn:aws:iam::123456789012:role/worker';

async function ask(protocol: Protocol, make: (endpoint: string) => Promise<Signed>): Promise<Refused> {
  const answer = await refused(await send(await make(cloud.endpoint.url)));
  expect(cloud.reached).toEqual([]);
  // S3 reads what it is sent while it comes, and learns only at its end that it was another body.
  const begun = cloud.kernel.telemetry.calls().filter(({ error }) => error !== 'SignatureDoesNotMatch');
  expect(begun).toEqual([]);
  return { ...answer, text: `${protocol}: ${answer.text}` };
}

function issued(durationSeconds = 900) {
  const { credentials } = cloud.kernel.identities.issue({ roleArn: ROLE, sessionName: 'me', durationSeconds });
  return {
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
  };
}

const without = (made: Signed, ...names: string[]): Signed => {
  const headers = { ...made.headers };
  for (const name of names) delete headers[name];
  return { ...made, headers };
};

test.each(PROTOCOLS)('what is signed right gets through (%s)', async (protocol) => {
  for (const credentials of [undefined, issued()]) {
    const response = await send(await sample(cloud.endpoint.url, protocol, credentials && { credentials }));
    expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
  }
  expect(cloud.reached.map(({ call }) => call.principal)).toMatchObject([
    { kind: 'administrator' },
    { kind: 'role-session', roleArn: ROLE },
  ]);
});

type Said = Readonly<Record<Protocol, readonly [status: number, code: string]>>;

/** What the four families have in common, and S3. */
const said = (query: Said['query'], json: string, ec2: Said['ec2'], s3: Said['s3']): Said => ({
  query,
  json: [400, json],
  cbor: [400, json],
  'rest-json': [403, json],
  ec2,
  s3,
});

const SIGNATURE = said(
  [403, 'SignatureDoesNotMatch'],
  'InvalidSignatureException',
  [401, 'AuthFailure'],
  [403, 'SignatureDoesNotMatch'],
);

const FAULTS: readonly (readonly [string, Said, RegExp, (protocol: Protocol, endpoint: string) => Promise<Signed>])[] =
  [
    [
      'a wrong secret',
      SIGNATURE,
      /signature we calculated does not match/,
      (protocol, endpoint) =>
        sample(endpoint, protocol, { credentials: { accessKeyId: 'test', secretAccessKey: 'guessed' } }),
    ],
    [
      'a session of here with a wrong secret',
      SIGNATURE,
      /signature we calculated does not match/,
      (protocol, endpoint) => sample(endpoint, protocol, { credentials: { ...issued(), secretAccessKey: 'guessed' } }),
    ],
    [
      'a session without its token',
      said([403, 'InvalidClientTokenId'], 'UnrecognizedClientException', [401, 'AuthFailure'], [400, 'InvalidToken']),
      /token included in the request is invalid/,
      (protocol, endpoint) => {
        const { sessionToken: _, ...credentials } = issued();
        return sample(endpoint, protocol, { credentials });
      },
    ],
    [
      "a session with another's token",
      said([403, 'InvalidClientTokenId'], 'UnrecognizedClientException', [401, 'AuthFailure'], [400, 'InvalidToken']),
      /token included in the request is invalid/,
      (protocol, endpoint) =>
        sample(endpoint, protocol, { credentials: { ...issued(), sessionToken: issued().sessionToken } }),
    ],
    [
      'a session whose time is over',
      said([403, 'ExpiredToken'], 'ExpiredTokenException', [400, 'RequestExpired'], [400, 'ExpiredToken']),
      /token included in the request is expired/,
      async (protocol, endpoint) => {
        const credentials = issued(900);
        await cloud.clock.advance(900_000);
        return sample(endpoint, protocol, { credentials });
      },
    ],
    [
      'a session of here that nobody remembers',
      said([403, 'ExpiredToken'], 'ExpiredTokenException', [400, 'RequestExpired'], [400, 'ExpiredToken']),
      /token included in the request is expired/,
      async (protocol, endpoint) => {
        const credentials = issued(900);
        await cloud.clock.advance(900_000 + 3_600_000);
        return sample(endpoint, protocol, { credentials });
      },
    ],
    [
      'a temporary key of elsewhere without a token',
      said([403, 'InvalidClientTokenId'], 'UnrecognizedClientException', [401, 'AuthFailure'], [400, 'InvalidToken']),
      /token included in the request is invalid/,
      (protocol, endpoint) =>
        sample(endpoint, protocol, { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' } }),
    ],
    [
      'a date of sixteen minutes ago',
      said(
        [403, 'SignatureDoesNotMatch'],
        'InvalidSignatureException',
        [400, 'RequestExpired'],
        [403, 'RequestTimeTooSkewed'],
      ),
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
      (protocol, endpoint) => sample(endpoint, protocol, { date: new Date(Date.now() - 16 * MINUTE) }),
    ],
    [
      'a date in sixteen minutes',
      said(
        [403, 'SignatureDoesNotMatch'],
        'InvalidSignatureException',
        [400, 'RequestExpired'],
        [403, 'RequestTimeTooSkewed'],
      ),
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)$/,
      (protocol, endpoint) => sample(endpoint, protocol, { date: new Date(Date.now() + 16 * MINUTE) }),
    ],
    [
      'another Region',
      { ...SIGNATURE, s3: [400, 'AuthorizationHeaderMalformed'] },
      /^Credential should be scoped to a valid region, not 'eu-west-1'\.$/,
      (protocol, endpoint) => sample(endpoint, protocol, { region: 'eu-west-1' }),
    ],
    [
      'half an Authorization header',
      said(
        [400, 'IncompleteSignature'],
        'IncompleteSignatureException',
        [400, 'IncompleteSignature'],
        [400, 'AuthorizationHeaderMalformed'],
      ),
      /Authorization header requires 'Signature' parameter\./,
      async (protocol, endpoint) => {
        const made = await sample(endpoint, protocol);
        const authorization = made.headers['authorization']!.replace(/, Signature=.*/, '');
        return { ...made, headers: { ...made.headers, authorization } };
      },
    ],
    [
      'no date',
      said(
        [400, 'IncompleteSignature'],
        'IncompleteSignatureException',
        [400, 'IncompleteSignature'],
        [400, 'AuthorizationHeaderMalformed'],
      ),
      /requires existence of either a 'X-Amz-Date' or a 'Date' header/,
      async (protocol, endpoint) => without(await sample(endpoint, protocol), 'x-amz-date'),
    ],
    [
      'a signature by two keys (SigV4A)',
      said(
        [400, 'IncompleteSignature'],
        'IncompleteSignatureException',
        [400, 'IncompleteSignature'],
        [400, 'InvalidRequest'],
      ),
      /asymmetric signatures \(SigV4A\) are not emulated here/,
      async (protocol, endpoint) => {
        const made = await sample(endpoint, protocol);
        const authorization = made.headers['authorization']!.replace(
          'AWS4-HMAC-SHA256',
          'AWS4-ECDSA-P256-SHA256',
        ).replace('/us-east-1/', '/');
        return { ...made, headers: { ...made.headers, authorization } };
      },
    ],
    [
      'a header of AWS that is not signed',
      { ...SIGNATURE, s3: [403, 'AccessDenied'] },
      /^'x-amz-own' must be a 'SignedHeader' in the AWS Authorization\.$/,
      async (protocol, endpoint) => {
        const made = await sample(endpoint, protocol);
        return { ...made, headers: { ...made.headers, 'x-amz-own': '1' } };
      },
    ],
    [
      'a body that is not the one that was signed',
      { ...SIGNATURE, s3: [400, 'XAmzContentSHA256Mismatch'] },
      /^The provided 'x-amz-content-sha256' header does not match what was computed\.$/,
      async (protocol, endpoint) => {
        const made = await sample(endpoint, protocol);
        return protocol === 'rest-json'
          ? {
              ...(await sample(
                endpoint,
                protocol,
                {},
                { method: 'POST', path: '/2015-03-31/functions/a/invocations' },
              )),
              body: new Uint8Array([49]),
            }
          : { ...made, body: new Uint8Array([...made.body!, 32]) };
      },
    ],
  ];

/** The sentence is EC2's or S3's own, where they have one. */
const OWN_WORDS: ReadonlySet<Protocol> = new Set(['ec2', 's3']);

describe.each(FAULTS)('%s', (_fault, words, sentence, make) => {
  test.each(PROTOCOLS)('is refused in the words of %s', async (protocol) => {
    const answer = await ask(protocol, (endpoint) => make(protocol, endpoint));
    expect([answer.status, answer.code]).toEqual(words[protocol]);
    if (!OWN_WORDS.has(protocol)) expect(answer.message).toMatch(sentence);
    else expect(answer.message).not.toBe('');
  });
});

test.each<[Protocol, number, string, string]>([
  ['query', 403, 'MissingAuthenticationToken', 'Request is missing Authentication Token'],
  ['json', 400, 'MissingAuthenticationTokenException', 'Request is missing Authentication Token'],
  ['cbor', 400, 'MissingAuthenticationTokenException', 'Request is missing Authentication Token'],
  ['rest-json', 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
])('what nobody signed is refused (%s)', async (protocol, status, code, message) => {
  const host = { query: 'sts', json: 'secretsmanager', cbor: 'monitoring', 'rest-json': 'lambda' }[protocol as 'query'];
  expect(host).toBeDefined();
  const answer = await ask(protocol, async (endpoint) => {
    const made = without(await sample(endpoint, protocol), 'authorization');
    if (protocol !== 'query') return made;
    // Nothing else names the service of a request of the query protocol.
    return { ...made, headers: { ...made.headers, 'x-amz-target': 'sts.x' } };
  });
  expect(answer).toMatchObject({ status, code, message });
});

test('SQS-like services that spoke the query protocol before answer its codes to those who ask for them', async () => {
  const made = await sample(cloud.endpoint.url, 'json', {
    credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'x' },
  });
  const response = await send({ ...made, headers: { ...made.headers, 'x-amzn-query-mode': 'true' } });
  expect(response.headers.get('x-amzn-query-error')).toBe('InvalidClientTokenId;Sender');
  expect((await refused(response)).code).toBe('UnrecognizedClientException');
});

describe('S3', () => {
  const xml = (name: string, text: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];

  test('tells which signature it would have made, but not the token', async () => {
    const credentials = issued();
    const { text, message } = await ask('s3', (endpoint) =>
      sample(endpoint, 's3', { credentials: { ...credentials, secretAccessKey: 'guessed' } }),
    );
    expect(message).toBe(
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
    expect(xml('AWSAccessKeyId', text)).toBe(credentials.accessKeyId);
    expect(xml('StringToSign', text)).toMatch(
      /^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/s3\/aws4_request\n[0-9a-f]{64}$/,
    );
    expect(xml('SignatureProvided', text)).toMatch(/^[0-9a-f]{64}$/);
    expect(xml('StringToSignBytes', text)).toMatch(/^41 57 53 34( [0-9a-f]{2})+$/);
    expect(xml('CanonicalRequest', text)).toMatch(/^PUT\n\/bucket\/a%20key\n\nhost:127\.0\.0\.1:/);
    expect(text).not.toContain(credentials.sessionToken);
    expect(text).not.toContain(
      Buffer.from(credentials.sessionToken)
        .toString('hex')
        .replace(/..(?!$)/g, '$& '),
    );
  });

  test('tells the times when they are apart', async () => {
    const { text, message } = await ask('s3', (endpoint) =>
      sample(endpoint, 's3', { date: new Date(Date.now() - 20 * MINUTE) }),
    );
    expect(message).toBe('The difference between the request time and the current time is too large.');
    expect(xml('RequestTime', text)).toMatch(/^\d{8}T\d{6}Z$/);
    expect(xml('ServerTime', text)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(xml('MaxAllowedSkewMilliseconds', text)).toBe('900000');
  });

  test('tells the Region that was expected', async () => {
    const { text, message } = await ask('s3', (endpoint) => sample(endpoint, 's3', { region: 'eu-west-1' }));
    expect(message).toBe(
      "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
    );
    expect(xml('Region', text)).toBe('us-east-1');
  });

  test('tells which headers were not signed', async () => {
    const { text } = await ask('s3', async (endpoint) => {
      const made = await sample(endpoint, 's3');
      return { ...made, headers: { ...made.headers, 'x-amz-acl': 'public-read', 'x-amz-tagging': 'a=b' } };
    });
    expect(xml('Message', text)).toBe('There were headers present in the request which were not signed');
    expect(xml('HeadersNotSigned', text)).toBe('x-amz-acl, x-amz-tagging');
  });

  test('wants to know the hash of the body', async () => {
    const answer = await ask('s3', async (endpoint) => without(await sample(endpoint, 's3'), 'x-amz-content-sha256'));
    expect(answer).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
      message: 'Missing required header for this request: x-amz-content-sha256',
    });
  });

  test.each<[string, string, number, string, string, number?]>([
    ['its time is over', '60', 403, 'AccessDenied', 'Request has expired', 61_000],
    ['it begins later', '60', 403, 'AccessDenied', 'Request is not yet valid', -16 * MINUTE],
    [
      'it is to be good for longer than a week',
      '604801',
      400,
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    ],
    ['its time is no number', 'soon', 400, 'AuthorizationQueryParametersError', 'X-Amz-Expires should be a number'],
  ])('a presigned URL is refused when %s', async (_when, expires, status, code, message, age = 0) => {
    const answer = await ask('s3', async (endpoint) => {
      const date = new Date(Date.now() - age);
      const made = await sample(
        endpoint,
        's3',
        { presigned: 60, date },
        { method: 'GET', body: undefined, headers: {} },
      );
      return { ...made, url: made.url.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`) };
    });
    expect(answer).toMatchObject({ status, code, message });
    if (message === 'Request has expired') {
      expect(xml('X-Amz-Expires', answer.text)).toBe('60');
      expect(xml('Expires', answer.text)).toMatch(/^\d{4}-/);
      expect(xml('ServerTime', answer.text)).toMatch(/^\d{4}-/);
    }
  });

  test('takes only one of header and query', async () => {
    const answer = await ask('s3', async (endpoint) => {
      const { headers } = await sample(endpoint, 's3');
      const made = await sample(endpoint, 's3', { presigned: 60 }, { headers: {} });
      return { ...made, headers };
    });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  test('lets bodies be unsigned, in one piece or in many', async () => {
    const path = '/bucket/key';
    const unsigned = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const whole = await send(await sample(cloud.endpoint.url, 's3', {}, { path, headers: unsigned }));
    const query = await send(await sample(cloud.endpoint.url, 's3', { presigned: 60 }, { path, headers: unsigned }));
    const coded = `${CONTENT.length.toString(16)}\r\n${CONTENT}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
    const pieces = await send(
      await sample(
        cloud.endpoint.url,
        's3',
        {},
        {
          path,
          body: coded,
          headers: {
            'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
            'content-encoding': 'aws-chunked',
            'x-amz-decoded-content-length': String(CONTENT.length),
            'x-amz-trailer': 'x-amz-checksum-crc32',
          },
        },
      ),
    );
    expect([whole.status, query.status, pieces.status]).toEqual([200, 200, 200]);
    expect(cloud.reached.map(({ input }) => input['Body'])).toEqual([CONTENT, CONTENT, CONTENT]);
  });

  test('lets somebody unsigned in as anybody', async () => {
    const made = without(await sample(cloud.endpoint.url, 's3'), 'authorization');
    const host = { 'x-amz-target': 's3.x' };
    const response = await send({ ...made, headers: { ...made.headers, ...host } });
    expect(response.status).toBe(200);
    expect(cloud.reached.map(({ call }) => call.principal)).toEqual([{ kind: 'anonymous' }]);
  });
});

test('services that do not take unsigned bodies want theirs signed', async () => {
  for (const value of [
    'UNSIGNED-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  ]) {
    const { headers } = {
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.ListSecrets' },
    };
    const answer = await ask('json', (endpoint) =>
      sample(endpoint, 'json', {}, { headers: { ...headers, 'x-amz-content-sha256': value } }),
    );
    expect(answer).toMatchObject({
      code: 'InvalidSignatureException',
      message: 'The payload of this request must be signed.',
    });
  }
});

test('what AWS lets be unsigned gets through as anybody, and nothing else of that service', async () => {
  const ask = async (Action: string) => {
    const response = await fetch(cloud.endpoint.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-amz-target': 'sts.x' },
      body: new URLSearchParams({
        Action,
        Version: '2011-06-15',
        RoleArn: ROLE,
        RoleSessionName: 'me',
        WebIdentityToken: 'abcd',
      }),
    });
    return response.status;
  };
  expect(await ask('AssumeRoleWithWebIdentity')).toBe(200);
  expect(await ask('AssumeRole')).toBe(403);
  expect(cloud.reached).toMatchObject([
    { operation: 'AssumeRoleWithWebIdentity', call: { principal: { kind: 'anonymous' }, origin: { kind: 'outside' } } },
  ]);
});

test("a developer's own keys are the administrator's, whatever profile they are from", async () => {
  for (const credentials of [
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'long-lived' },
    { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'of a login', sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE' },
    { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
    { accessKeyId: 'local', secretAccessKey: 'local' },
  ]) {
    expect((await send(await sample(cloud.endpoint.url, 'query', { credentials }))).status).toBe(200);
  }
  expect(new Set(cloud.reached.map(({ call }) => call.principal.kind))).toEqual(new Set(['administrator']));
});

test('the services that are in one Region for all are signed for that one too', async () => {
  const elsewhere = await startWitnessCloud({ region: 'eu-central-1' });
  const status = async (protocol: Protocol, region: string) =>
    (await send(await sample(elsewhere.endpoint.url, protocol, { region }))).status;
  expect(await status('query', 'us-east-1')).toBe(200);
  expect(await status('query', 'eu-central-1')).toBe(200);
  expect(await status('query', 'eu-west-1')).toBe(403);
  expect(await status('json', 'eu-central-1')).toBe(200);
  expect(await status('json', 'us-east-1')).toBe(400);
  await elsewhere[Symbol.asyncDispose]();
});
