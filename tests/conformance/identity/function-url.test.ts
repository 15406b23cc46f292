/**
 * Function URLs with AWS_IAM: the same signatures, the same refusals.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
import { GetFunctionUrlConfigCommand } from '@aws-sdk/client-lambda';
import { signed } from '../../../local/doors/aws-endpoint/signatures.fixture.ts';
import { functions, inHouse } from '../house.ts';
import { bytesOf, exchange, type Received, type Sent, sentOf } from './wire.ts';

jest.setTimeout(60_000);

const house = inHouse(
  functions({
    guarded: {
      code: 'exports.handler = async ({ rawPath, rawQueryString, body }) => ({ statusCode: 200, body: JSON.stringify({ rawPath, rawQueryString, body }) });',
      FunctionUrlConfig: { AuthType: 'AWS_IAM' },
    },
  }),
);

async function good(presigned?: number, date = new Date()): Promise<Sent> {
  const { FunctionUrl = '' } = await house().lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: 'guarded' }));
  const headers = { 'content-type': 'text/plain', 'x-amz-own': '1' };
  const plain = presigned === undefined ? { headers, body: 'hello' } : {};
  return sentOf(await signed(`${FunctionUrl}a/b?c=d&e=%C3%A4`, plain, { service: 'lambda', presigned, date }));
}

const send = (sent: Sent): Promise<Received> => exchange(house().cloud.endpoint, bytesOf(sent));
const setting = (sent: Sent, name: string, value: (old: string) => string): Sent => ({
  ...sent,
  headers: sent.headers.map(([own, old]) => [own, own === name ? value(old) : old]),
});

test.each([undefined, 60])('what is signed is let in (presigned: %s)', async (presigned) => {
  const { status, text } = await send(await good(presigned));
  expect([status, text]).toEqual([200, expect.stringContaining('"rawPath":"/a/b"')]);
});

test.each<[string, (sent: Sent) => Sent]>([
  ['the method', (sent) => ({ ...sent, method: 'PUT' })],
  ['the path', (sent) => ({ ...sent, target: sent.target.replace('/a/b', '/a/c') })],
  ['the path, that leads back', (sent) => ({ ...sent, target: sent.target.replace('/a/b', '/x/../a/b') })],
  ['the query', (sent) => ({ ...sent, target: sent.target.replace('c=d', 'c=e') })],
  ['the query, twice', (sent) => ({ ...sent, target: sent.target.replace('c=d', 'c=d&c=d') })],
  ['the host', (sent) => setting(sent, 'host', (host) => host.replace('.on.aws', '.localhost'))],
  ['a signed header', (sent) => setting(sent, 'x-amz-own', () => '2')],
  ['a header that is not signed', (sent) => ({ ...sent, headers: [...sent.headers, ['x-amz-other', '1']] })],
  ['the body', (sent) => ({ ...sent, body: Buffer.from('hallo') })],
  ['the hash of the body', (sent) => setting(sent, 'x-amz-content-sha256', () => 'UNSIGNED-PAYLOAD')],
  [
    'the date',
    (sent) => setting(sent, 'x-amz-date', (date) => date.replace(/.Z$/, (end) => (end === '0Z' ? '1Z' : '0Z'))),
  ],
  [
    'the signature',
    (sent) => setting(sent, 'authorization', (text) => text.replace(/.$/, (end) => (end === '0' ? '1' : '0'))),
  ],
  [
    'the key',
    (sent) => setting(sent, 'authorization', (text) => text.replace('Credential=test', 'Credential=ASIAEXAMPLE')),
  ],
])('with %s changed it is not', async (_part, change) => {
  const { status, text } = await send(change(await good()));
  expect([status, text]).toEqual([403, expect.not.stringContaining('rawPath')]);
});

test('a presigned one is let in as long as it says', async () => {
  const late = await send(await good(60, new Date(Date.now() - 61_000)));
  expect(late.status).toBe(403);
  expect(late.text).toMatch(/x-amzn-errortype: InvalidSignatureException/i);
  expect(late.text).toContain('Signature expired');
  const endless = await good(60);
  const { status } = await send({
    ...endless,
    target: endless.target.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'),
  });
  expect(status).toBe(403);
});
