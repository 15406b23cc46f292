import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attachmentNamed, createFiles, type SignedRequest } from './files.ts';

const KEY = 'tickets/019a0b1c-7d2e-7f00-8a1b-2c3d4e5f6071/019a0b1c-9a41-7c3e-8f10-5d6e7f809102';
const environment = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'a+b/c=',
};

const filesOf = (changes: Record<string, string> = {}) =>
  createFiles({
    bucket: 'files-of-ada',
    validSeconds: 300,
    environment: { ...environment, ...changes },
    now: () => new Date('2026-11-21T03:00:00.900Z'),
  });

/** The signature that S3 computes of such a request, by AWS's own description of it and nothing else. */
function expectedSignature({ method, url, headers }: SignedRequest): string {
  const { host, pathname, searchParams } = new URL(url);
  const strict = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .sort();
  const sent = Object.entries({ host, ...headers }).sort(([one], [other]) => (one < other ? -1 : 1));
  const canonical = [
    method,
    pathname,
    query.join('&'),
    ...sent.map(([name, value]) => `${name}:${value}`),
    '',
    sent.map(([name]) => name).join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const [, date, region, service, end] = searchParams.get('X-Amz-Credential')!.split('/') as string[];
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', searchParams.get('X-Amz-Date'), `${date}/${region}/${service}/${end}`, digest];
  const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();
  const secret = `AWS4${environment.AWS_SECRET_ACCESS_KEY}`;
  return hmac([date!, region!, service!, end!].reduce<string | Buffer>(hmac, secret), text.join('\n')).toString('hex');
}

describe('an upload', () => {
  test('is one PUT of that type and size to a place where nothing is yet', async () => {
    const request = await filesOf().uploadRequest({ key: KEY, contentType: 'image/jpeg', size: 20_971_520 });
    expect(request).toEqual({
      method: 'PUT',
      url: expect.any(String),
      headers: { 'content-type': 'image/jpeg', 'content-length': '20971520', 'if-none-match': '*' },
      expiresAt: '2026-11-21T03:05:00.000Z',
    });
    const { origin, pathname, searchParams } = new URL(request.url);
    expect(`${origin}${pathname}`).toBe(`https://files-of-ada.s3.eu-central-1.amazonaws.com/${KEY}`);
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host;if-none-match');
    expect(searchParams.get('X-Amz-Expires')).toBe('300');
    expect(searchParams.get('X-Amz-Security-Token')).toBe('a+b/c=');
    expect(searchParams.get('X-Amz-Signature')).toBe(expectedSignature(request));
  });

  test('goes to the endpoint that is configured, with the bucket in the path', async () => {
    const upload = { key: KEY, contentType: 'image/jpeg', size: 1 };
    const choices: Record<string, string>[] = [
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4566/' },
    ];
    for (const endpoints of choices) {
      const request = await filesOf(endpoints).uploadRequest(upload);
      expect(request.url).toMatch(`http://127.0.0.1:4566/files-of-ada/${KEY}?`);
      expect(new URL(request.url).searchParams.get('X-Amz-Signature')).toBe(expectedSignature(request));
    }
  });

  test("goes to China's own S3 there", async () => {
    const { url } = await filesOf({ AWS_REGION: 'cn-north-1' }).uploadRequest({ key: KEY, contentType: 'x', size: 1 });
    expect(new URL(url).hostname).toBe('files-of-ada.s3.cn-north-1.amazonaws.com.cn');
  });
});

describe('a download', () => {
  test('is saved under its name and as its type, and kept by no cache', async () => {
    const request = await filesOf().downloadRequest({
      key: KEY,
      contentType: 'application/pdf',
      fileName: 'Übersicht (1).pdf',
    });
    expect(request).toMatchObject({ method: 'GET', headers: {} });
    const { searchParams } = new URL(request.url);
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(searchParams.get('response-content-type')).toBe('application/pdf');
    expect(searchParams.get('response-cache-control')).toBe('private, no-store');
    expect(searchParams.get('response-content-disposition')).toBe(
      `attachment; filename="_bersicht (1).pdf"; filename*=UTF-8''%C3%9Cbersicht%20%281%29.pdf`,
    );
    expect(searchParams.get('X-Amz-Signature')).toBe(expectedSignature(request));
  });

  test('whatever the name, it is one header value, whose second form is that name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        fc.pre(name.isWellFormed());
        const value = attachmentNamed(name);
        expect(value).toMatch(/^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]*"; filename\*=UTF-8''[\w%.~-]*$/);
        expect(decodeURIComponent(value.slice(value.indexOf("''") + 2))).toBe(name);
      }),
    );
  });
});

test('credentials are those of the time of signing', async () => {
  const changing: Record<string, string> = { ...environment };
  const files = createFiles({ bucket: 'b', validSeconds: 1, environment: changing, now: () => new Date(0) });
  changing['AWS_ACCESS_KEY_ID'] = 'ASIALATER';
  const { url } = await files.downloadRequest({ key: 'k', contentType: 'text/plain', fileName: 'k.txt' });
  expect(url).toContain('X-Amz-Credential=ASIALATER%2F');
});
