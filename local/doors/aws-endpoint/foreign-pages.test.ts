import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { refusalOfPage } from './foreign-pages.ts';
import { startTestCloud, type TestCloud } from './testing.ts';

describe('what browsers say of the page a request comes from', () => {
  const here = '127.0.0.1:4566';

  it.each([
    ['a program', {}],
    ['a program that names no host', { host: '' }],
    ['a page of localhost', { host: here, origin: 'http://localhost:5173', 'sec-fetch-site': 'cross-site' }],
    ['a page of 127.0.0.1', { host: here, origin: 'https://127.0.0.1' }],
    ['a page of the IPv6 loopback', { host: '[::1]:4566', origin: 'http://[::1]:3000' }],
    ['a page below localhost', { host: 'localhost:4566', origin: 'http://app.localhost:5173' }],
    [
      'a link on a page of localhost',
      { host: here, referer: 'http://localhost:5173/', 'sec-fetch-site': 'cross-site' },
    ],
    ['an address typed into a browser', { host: here, 'sec-fetch-site': 'none' }],
    ['a container', { host: 'host.docker.internal:4566' }],
    ['a container, by the bridge', { host: '172.17.0.1:4566' }],
    ['a container, by the name of another', { host: 'sampan:4566' }],
    ['a name of AWS', { host: 'sqs.us-east-1.amazonaws.com' }],
    ['a name of AWS in China', { host: 'sqs.cn-north-1.amazonaws.com.cn.' }],
    ['a dual-stack name of AWS', { host: 'lambda.us-east-1.api.aws' }],
    ['a bucket below localhost', { host: 'bucket.s3.localhost:4566' }],
  ])('lets %s pass', (_, headers) => {
    expect(refusalOfPage({ host: here, ...headers })).toBeUndefined();
  });

  it.each([
    ['a page of elsewhere', { origin: 'https://evil.example' }],
    ['a page that hides where it is from', { origin: 'null' }],
    ['a page whose name begins as ours', { origin: 'http://localhost.evil.example' }],
    ['a page whose name ends as ours', { origin: 'http://127.0.0.1.evil.example' }],
    ['a page in an extension', { origin: 'chrome-extension://localhost' }],
    ['a page on AWS', { origin: 'https://evil.s3.amazonaws.com' }],
    ['an image in a page of elsewhere', { 'sec-fetch-site': 'cross-site' }],
    ['a link on a page of elsewhere', { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }],
    ['a name that was made to lead here', { host: 'evil.example:4566', 'sec-fetch-site': 'same-origin' }],
    ['a name that looks like AWS', { host: 'evilamazonaws.com' }],
    ['a name that looks like an address', { host: '127.0.0.1.nip.io:4566' }],
  ])('refuses %s', (_, headers) => {
    expect(refusalOfPage({ host: here, ...headers })).toMatch(/is not answered/);
  });
});

describe('the AWS endpoint and web pages', () => {
  let cloud: TestCloud;
  const said: string[] = [];

  beforeEach(async () => {
    said.length = 0;
    cloud = await startTestCloud([], {
      routes: [
        {
          path: '/',
          host: (host) => host === 'anybodys.localhost',
          isPublic: true,
          handle: (_, to) => void to.end('hi'),
        },
        { path: '/_sampan/logs', handle: (_, response) => void response.end('secrets') },
      ],
    });
    cloud.kernel.telemetry.onLog((_, { message }) => said.push(message));
  });

  afterEach(() => cloud[Symbol.asyncDispose]());

  const send = async (path: string, headers: Record<string, string>, method = 'POST') => {
    const sent = request({ host: '127.0.0.1', port: cloud.endpoint.port, path, method, headers, agent: false });
    sent.end(method === 'POST' ? 'Action=CreateUser&UserName=mallory' : undefined);
    const [incoming] = await once(sent, 'response');
    return { status: incoming.statusCode as number, body: await text(incoming) };
  };

  it('answers no form of a page of elsewhere, and says so once', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' };
    const { status, body } = await send('/?X-Amz-Credential=any', form);
    const message = expect.stringMatching(/^a request of the web page https:\/\/evil\.example is not answered/);
    expect([status, JSON.parse(body)]).toEqual([403, { __type: 'AccessDeniedException', message }]);
    expect(said).toEqual([message]);
  });

  it('shows its logs to no name that was made to lead here', async () => {
    expect(await send('/_sampan/logs', { host: 'evil.example:4566' }, 'GET')).toMatchObject({ status: 403 });
    expect(await send('/_sampan/logs', {}, 'GET')).toEqual({ status: 200, body: 'secrets' });
  });

  it('leaves what is public to its own rules', async () => {
    const answer = await send('/', { host: 'anybodys.localhost', origin: 'https://shop.example' });
    expect(answer).toEqual({ status: 200, body: 'hi' });
  });
});
