/** The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html. */
import { buffer } from 'node:stream/consumers';
import { unchunked } from './aws-chunked.ts';
import { parseAuthorization } from './sigv4.ts';
import { chunkVerifier } from './sigv4-chunks.ts';
import { checkClaims, checkSignature, type SignedRequest } from './sigv4-verify.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const NOW = Date.UTC(2013, 4, 24);

interface Example {
  readonly payload: string;
  readonly trailer: boolean;
  readonly headers: Record<string, string>;
  readonly seed: string;
  readonly chunks: readonly string[];
  readonly trailers: string;
}

const PLAIN: Example = {
  payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  trailer: false,
  headers: { 'content-length': '66824' },
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  chunks: [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
  trailers: '',
};

const WITH_TRAILER: Example = {
  payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  trailer: true,
  headers: { 'x-amz-trailer': 'x-amz-checksum-crc32c' },
  seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  chunks: [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  trailers:
    'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
};

const RULES = { now: NOW, region: 'us-east-1', service: 's3' };

function requestOf({ payload, headers: own, seed }: Example): SignedRequest {
  const headers: Record<string, string> = {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'x-amz-content-sha256': payload,
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    ...own,
  };
  const names = Object.keys(headers).sort().join(';');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${seed}`;
  return { method: 'PUT', path: '/examplebucket/chunkObject.txt', query: [], headers };
}

const DATA = Buffer.alloc(66_560, 'a');

function bodyOf({ chunks, trailers }: Example, data = DATA): Buffer {
  const pieces = [data.subarray(0, 65_536), data.subarray(65_536)];
  return Buffer.concat([
    ...pieces.flatMap((piece, index) => [
      Buffer.from(`${piece.length.toString(16)};chunk-signature=${chunks[index]}\r\n`),
      piece,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`0;chunk-signature=${chunks[2]}\r\n${trailers}\r\n`),
  ]);
}

function decode(example: Example, body: Buffer, decodedLength = 66_560): Promise<Buffer> {
  const request = requestOf(example);
  const headers = request.headers as Record<string, string>;
  const authorization = parseAuthorization({ query: [], headers })!;
  const date = checkClaims(request, authorization, RULES);
  const { payload, seed, trailer } = example;
  const context = checkSignature(request, authorization, date, SECRET, payload, 'encoded-once');
  const verifier = chunkVerifier(context, seed, trailer);
  async function* inPieces() {
    for (let at = 0; at < body.length; at += 10_000) yield body.subarray(at, at + 10_000);
  }
  return buffer(unchunked(inPieces(), { verifier, decodedLength }));
}

describe.each([
  ['without trailers', PLAIN],
  ['with trailers', WITH_TRAILER],
])('a body signed in pieces %s', (_name, example) => {
  it("is what AWS's own example says", async () => {
    expect((await decode(example, bodyOf(example))).equals(DATA)).toBe(true);
  });

  it.each<[string, (text: string) => string]>([
    ['a changed byte', (text) => text.replace(/\r\naa/, '\r\nab')],
    ['a chunk left out', (text) => text.replace(/^10000;[^\r]*\r\na{65536}\r\n/, '')],
    ['a chunk twice', (text) => text.replace(/(^10000;[^\r]*\r\na{65536}\r\n)/, '$1$1')],
    ['a signature left out', (text) => text.replace(/;chunk-signature=[0-9a-f]+/, '')],
    ['an end without its signature', (text) => text.replace(/\r\n0;chunk-signature=[0-9a-f]+/, '\r\n0')],
  ])('is refused with %s', async (_change, change) => {
    const changed = Buffer.from(change(bodyOf(example).toString('latin1')), 'latin1');
    await expect(decode(example, changed)).rejects.toMatchObject({ identityFault: 'mismatch' });
  });

  it('is refused when it is broken off, or not as long as announced', async () => {
    const body = bodyOf(example);
    await expect(decode(example, body.subarray(0, 66_000))).rejects.toMatchObject({ code: 'IncompleteBody' });
    await expect(decode(example, body, 66_559)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});

test('trailers are signed too', async () => {
  const change = (from: string | RegExp, to: string) =>
    Buffer.from(bodyOf(WITH_TRAILER).toString('latin1').replace(from, to), 'latin1');
  for (const body of [
    change('sOO8/Q==', 'AAAAAA=='),
    change(/x-amz-checksum[^\r]*\r\n/, ''),
    change(/x-amz-trailer-signature[^\r]*\r\n/, ''),
    change('x-amz-trailer-signature', 'x-amz-checksum-sha1:AAAA\r\nx-amz-trailer-signature'),
  ]) {
    await expect(decode(WITH_TRAILER, body)).rejects.toMatchObject({ identityFault: 'mismatch' });
  }
});
