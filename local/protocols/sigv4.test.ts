import fc from 'fast-check';
import { parseAuthorization } from './sigv4.ts';

const SCOPE = '20261121/us-east-1/secretsmanager/aws4_request';
const HEADER = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${SCOPE}, SignedHeaders=host;x-amz-date, Signature=0a1b`;
const DATE = { 'x-amz-date': '20261121T120000Z' };

const parse = (headers: Record<string, string>, query: [string, string][] = []) =>
  parseAuthorization({ headers, query });

describe('the signature of a request', () => {
  it('says who signed, and for which service', () => {
    expect(parse({ authorization: HEADER, 'x-amz-security-token': 'session', ...DATE })).toEqual({
      algorithm: 'AWS4-HMAC-SHA256',
      accessKeyId: 'AKIDEXAMPLE',
      scope: { date: '20261121', region: 'us-east-1', service: 'secretsmanager' },
      signedHeaders: ['host', 'x-amz-date'],
      signature: '0a1b',
      sessionToken: 'session',
      presigned: false,
    });
  });

  it('needs no blanks after commas', () => {
    expect(parse({ authorization: HEADER.replaceAll(', ', ','), ...DATE })).toMatchObject({ signature: '0a1b' });
  });

  it('may stand in the query', () => {
    const presigned = parse({}, [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', `AKIDEXAMPLE/${SCOPE}`],
      ['X-Amz-Date', '20261121T120000Z'],
      ['X-Amz-Expires', '60'],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Security-Token', 'session'],
      ['X-Amz-Signature', 'ff'],
    ]);
    expect(presigned).toMatchObject({ accessKeyId: 'AKIDEXAMPLE', presigned: true, sessionToken: 'session' });
  });

  it('has no region with SigV4A', () => {
    const authorization =
      'AWS4-ECDSA-P256-SHA256 Credential=AKID/20261121/s3/aws4_request, SignedHeaders=host, Signature=0a';
    expect(parse({ authorization, ...DATE })!.scope).toEqual({ date: '20261121', region: '*', service: 's3' });
  });

  it('is not there for those who do not sign', () => {
    expect(parse({})).toBeUndefined();
    expect(parse({ authorization: 'Bearer token' })).toBeUndefined();
  });

  it.each([
    ['without a credential', HEADER.replace(/Credential=[^,]*, /, ''), /requires 'Credential' parameter/],
    ['without a signature', HEADER.replace(/, Signature.*/, ''), /requires 'Signature' parameter/],
    ['with a short scope', HEADER.replace('/us-east-1', ''), /must have exactly 5 slash-delimited elements/],
    ['for another term', HEADER.replace('aws4_request', 'aws5_request'), /slash-delimited elements/],
    ['with a strange date', HEADER.replace('20261121', '2026-11-21'), /not of the form YYYYMMDD/],
    ['by another algorithm', HEADER.replace('HMAC-SHA256', 'HMAC-MD5'), /Unsupported AWS 'algorithm'/],
  ])('is incomplete %s', (_name, authorization, expected) => {
    expect(() => parse({ authorization, ...DATE })).toThrow(expected);
    expect(() => parse({ authorization, ...DATE })).toThrow(expect.objectContaining({ code: 'IncompleteSignature' }));
  });

  it('is incomplete without a date', () => {
    expect(() => parse({ authorization: HEADER })).toThrow(/'X-Amz-Date' or a 'Date' header/);
  });

  it('is either read, or not there, or incomplete, whatever the header says', () => {
    const anything = fc.array(
      fc.constantFrom('Credential', '=', '/', ',', ' ', 'Signature', 'SignedHeaders', 'a', ';'),
    );
    fc.assert(
      fc.property(anything, (parts) => {
        try {
          parse({ authorization: `AWS4-HMAC-SHA256 ${parts.join('')}`, ...DATE });
        } catch (error) {
          expect(error).toMatchObject({ code: 'IncompleteSignature' });
        }
      }),
    );
  });
});
