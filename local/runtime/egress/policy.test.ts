import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { createAddressBook } from '../../kernel/addresses.ts';
import { awsName, canonicalHostname, isLoopback } from './hostnames.ts';
import { createOwnAddresses } from './own-addresses.ts';
import { createEgressPolicy, type EgressPolicyOptions } from './policy.ts';

const DATABASE = 'help-desk.proxy-abc.us-east-1.rds.amazonaws.com';

function rules(options: Partial<EgressPolicyOptions> = {}) {
  const addresses = createAddressBook();
  const target = { kind: 'tcp', host: '127.0.0.1', port: 41234 } as const;
  addresses.register({ hostname: DATABASE, port: 3306, target, resourceArn: 'arn:aws:rds:us-east-1:1:db-proxy:p' });
  const policy = createEgressPolicy({
    addresses,
    awsEndpoint: { host: '127.0.0.1', port: 4566 },
    xrayDaemon: { host: '127.0.0.1', port: 2000, target: { host: '127.0.0.1', port: 52000 } },
    ...options,
  });
  const ask = (hostname: string, port: number, transport: 'tcp' | 'udp' = 'tcp') =>
    policy.connect({ environmentId: 'e', hostname, port, transport });
  return { ask, resolve: (hostname: string) => policy.resolve({ environmentId: 'e', hostname }).kind };
}

it.each([
  ['127.0.0.1', 4566, { kind: 'connect', target: { kind: 'aws-door', tls: false }, ours: true }],
  ['localhost', 4566, { kind: 'connect', target: { kind: 'aws-door', tls: false }, ours: true }],
  ['bucket.localhost', 4566, { kind: 'connect', target: { kind: 'aws-door', tls: false }, ours: true }],
  [
    'secretsmanager.us-east-1.amazonaws.com',
    443,
    { kind: 'connect', target: { kind: 'aws-door', tls: true }, ours: true },
  ],
  ['SQS.us-east-1.amazonaws.com.', 443, { kind: 'connect', target: { kind: 'aws-door', tls: true }, ours: true }],
  [
    'my.bucket.s3.eu-west-1.amazonaws.com',
    80,
    { kind: 'connect', target: { kind: 'aws-door', tls: false }, ours: true },
  ],
  ['sqs.us-east-1.api.aws', 443, { kind: 'connect', target: { kind: 'aws-door', tls: true }, ours: true }],
  ['rds.us-east-1.amazonaws.com', 443, { kind: 'connect', target: { kind: 'aws-door', tls: true }, ours: true }],
  ['sqs.us-east-1.amazonaws.com', 8443, { kind: 'hang' }],
  [DATABASE, 3306, { kind: 'connect', target: { kind: 'tcp', host: '127.0.0.1', port: 41234 }, ours: true }],
  [DATABASE.toUpperCase(), 3306, { kind: 'connect', ours: true }],
  [DATABASE, 22, { kind: 'hang' }],
  ['other.abc.us-east-1.rds.amazonaws.com', 3306, { kind: 'refuse', errno: 'ENOTFOUND' }],
  ['169.254.169.254', 80, { kind: 'refuse', errno: 'ECONNREFUSED' }],
  ['169.254.170.2', 80, { kind: 'refuse', errno: 'ECONNREFUSED' }],
  ['127.0.0.1', 5432, { kind: 'own' }],
  ['::1', 5432, { kind: 'own' }],
  ['example.com', 443, { kind: 'connect', target: { kind: 'tcp', host: 'example.com', port: 443 } }],
  ['ec2-1-2-3-4.compute-1.amazonaws.com', 22, { kind: 'connect', target: { kind: 'tcp' } }],
  ['my-lb-1.us-east-1.elb.amazonaws.com', 80, { kind: 'connect', target: { kind: 'tcp' } }],
] as const)('leads %s:%i where it belongs', async (hostname, port, answer) => {
  expect(await rules().ask(hostname, port)).toMatchObject(answer);
});

it.each([
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:FFFF:7f00:1', '0:0:0:0:0:0:0:1', '0::1', '::1%lo', '[0::1]'],
  ...['0', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '127.0.0.1.', '::'],
])('knows loopback by the name of %s', async (name) => {
  expect(await rules().ask(name, 5432)).toEqual({ kind: 'own' });
  expect(await rules().ask(name, 4566)).toMatchObject({ target: { kind: 'aws-door' } });
  expect(await rules().ask(name, 5432, 'udp')).toEqual({ kind: 'own' });
});

it.each(['169.254.169.254', '::ffff:a9fe:a9fe', '2852039166', '0xa9fea9fe', 'fe80::1%eth0'])(
  'knows that %s is of the link',
  async (name) => {
    expect(await rules().ask(name, 80)).toMatchObject({ kind: 'refuse' });
  },
);

it('leads nobody to an address of the machine it runs on', async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const elsewhere = addresses.filter(({ internal, scopeid }) => !internal && !scopeid);
  for (const { address, family } of elsewhere) {
    for (const name of family === 'IPv4' ? [address, `::ffff:${address}`] : [address]) {
      expect(await rules().ask(name, 22)).toMatchObject({
        kind: 'hang',
        reason: expect.stringContaining('this machine'),
      });
      expect(await rules().ask(name, 53, 'udp')).toMatchObject({ kind: 'hang' });
    }
  }
});

it('writes an address in one way, and leaves names alone', () => {
  fc.assert(
    fc.property(fc.ipV4Extended(), (address) => {
      expect(canonicalHostname(address)).toBe(new URL(`http://${address}`).hostname);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const canonical = canonicalHostname(address);
      expect(canonicalHostname(canonical)).toBe(canonical);
    }),
  );
  for (const name of ['1.2.3.4.example', '0x7f.example', 'a.1', '1.2.3.4.5', '256.256.256.256']) {
    expect(canonicalHostname(name)).toBe(name);
  }
  expect(canonicalHostname('::ffff:8.8.8.8')).toBe('8.8.8.8');
});

it('says of nothing but its own side that it is ours', async () => {
  expect(await rules().ask('example.com', 443)).not.toHaveProperty('ours', true);
});

it('leads datagrams to the X-Ray daemon, to the program itself, and out', async () => {
  const { ask } = rules();
  expect(await ask('127.0.0.1', 2000, 'udp')).toMatchObject({ target: { kind: 'udp', port: 52000 } });
  expect(await ask('127.0.0.1', 8125, 'udp')).toEqual({ kind: 'own' });
  expect(await ask('8.8.8.8', 53, 'udp')).toMatchObject({ target: { kind: 'udp', host: '8.8.8.8', port: 53 } });
  expect(await ask('169.254.169.123', 123, 'udp')).toMatchObject({ kind: 'refuse' });
});

it('hangs where the network does not reach, and says why and what would mend it; fails at once when asked to', async () => {
  const refused: string[] = [];
  const canReach = () => ({ kind: 'no', reason: 'no route', remedy: 'add one' }) as const;
  const onRefusal: EgressPolicyOptions['onRefusal'] = (_, { reason }) => refused.push(reason);
  const { ask } = rules({ canReach, onRefusal });
  for (const [hostname, port] of [
    [DATABASE, 3306],
    ['sqs.us-east-1.amazonaws.com', 443],
    ['example.com', 80],
  ] as const) {
    expect(await ask(hostname, port)).toEqual({ kind: 'hang', reason: 'no route; add one' });
  }
  expect(refused).toEqual(['no route; add one', 'no route; add one', 'no route; add one']);
  // The endpoint itself is no place in the network: who may call what is decided behind it.
  expect(await ask('127.0.0.1', 4566)).toMatchObject({ kind: 'connect' });
  const fast = rules({ canReach, failFast: true });
  expect(await fast.ask(DATABASE, 3306)).toMatchObject({ kind: 'refuse', errno: 'ETIMEDOUT' });
});

it('tells the network policy what a name leads to, and lets pass what nobody knows, which it says once', async () => {
  const asked: unknown[] = [];
  const doubts: string[] = [];
  const connections: string[] = [];
  const { ask } = rules({
    canReach(_environmentId, to) {
      asked.push(to);
      return { kind: 'unknown', reason: 'not looked at' };
    },
    onDoubt: ({ hostname }, reason) => doubts.push(`${hostname} ${reason}`),
    onConnection: ({ hostname }, reached) => connections.push(`${hostname} ${reached}`),
  });
  expect(await ask(DATABASE, 3306)).toMatchObject({ kind: 'connect' });
  expect(await ask(DATABASE, 3306)).toMatchObject({ kind: 'connect' });
  await ask('bucket.s3.eu-west-1.amazonaws.com', 443);
  await ask('10.0.0.5', 53, 'udp');
  expect(asked.slice(1)).toEqual([
    { kind: 'placed', name: 'help-desk', port: 3306, placement: { kind: 'public' } },
    { kind: 'aws-service', service: 's3', region: 'eu-west-1', port: 443 },
    { kind: 'address', ip: '10.0.0.5', port: 53, protocol: 'udp' },
  ]);
  expect(doubts).toEqual([
    `${DATABASE} not looked at`,
    'bucket.s3.eu-west-1.amazonaws.com not looked at',
    '10.0.0.5 not looked at',
  ]);
  expect(connections).toHaveLength(4);
});

it('tells of a refusal once, however often a program tries', async () => {
  const refused: string[] = [];
  const { ask } = rules({
    canReach: () => ({ kind: 'no', reason: 'no route' }),
    onRefusal: ({ hostname, port }) => refused.push(`${hostname}:${port}`),
  });
  for (let tries = 0; tries < 3; tries += 1) await ask('example.com', 443);
  await ask('example.com', 80);
  expect(refused).toEqual(['example.com:443', 'example.com:80']);
});

it('finds no name where none can be looked up', () => {
  const refused: string[] = [];
  const { resolve } = rules({
    canLookUp: () => ({ kind: 'no', reason: 'EnableDnsSupport is off' }),
    onRefusal: (_, { reason }) => refused.push(reason),
  });
  for (const name of [DATABASE, 'sqs.us-east-1.amazonaws.com', 'example.com']) expect(resolve(name)).toBe('unknown');
  expect(resolve('sandbox.localdomain')).toBe('own');
  expect(refused).toHaveLength(3);
});

it('knows how a name is looked up', () => {
  const { resolve } = rules();
  expect(resolve(DATABASE)).toBe('ours');
  expect(resolve('sqs.us-east-1.amazonaws.com')).toBe('ours');
  expect(resolve('other.abc.us-east-1.rds.amazonaws.com')).toBe('unknown');
  expect(resolve('example.com')).toBe('public');
  expect(resolve('amazonaws.com.example.com')).toBe('public');
});

it('takes no name for AWS that merely looks like it', () => {
  for (const name of ['notamazonaws.com', 'sqs.us-east-1.amazonaws.com.evil.example', 'amazonaws.com', 'api.aws']) {
    expect(awsName(name)).toBeUndefined();
  }
  expect(isLoopback('127.0.0.1.example.com')).toBe(false);
  expect(canonicalHostname('[::1]')).toBe('::1');
});

it('gives every name an address that leads back to it, for as long as there are addresses', () => {
  const own = createOwnAddresses();
  fc.assert(
    fc.property(fc.array(fc.domain(), { maxLength: 50 }), (names) => {
      const addresses = names.map((name) => own.addressOf(name));
      expect(addresses.map((address) => own.hostnameOf(address))).toEqual(names);
      for (const address of addresses) expect(address).toMatch(/^198\.1[89]\.\d{1,3}\.\d{1,3}$/);
    }),
  );
  const few = createOwnAddresses();
  const first = few.addressOf('first.example');
  for (let index = 0; index < 2 ** 17; index += 1) few.addressOf(`${index}.example`);
  expect(few.hostnameOf(first)).not.toBe('first.example');
  expect(few.hostnameOf(few.addressOf('first.example'))).toBe('first.example');
});
