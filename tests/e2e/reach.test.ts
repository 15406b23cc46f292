/**
 * What reaches what: one function, deployed outside every VPC, in one with endpoints, in one with a NAT gateway and in
 * one with neither, at each sandbox level; and the answer of a custom resource, which has to find its way through S3.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { OWN_LOG } from '../../local/kernel/index.ts';
import type { SandboxLevel } from '../../local/runtime/sandbox/contract.ts';
import { functions, type House, openHouse } from '../conformance/house.ts';
import { sdkBundle } from '../conformance/sdk-bundle.ts';
import { attributeOf, type CustomResourceVariant, customResource, NETWORKS } from './reach/stack.ts';

jest.setTimeout(60_000);

const hasNamespaces = process.platform === 'linux' && spawnSync('unshare', ['-Urnm', 'true']).status === 0;
if (!hasNamespaces) console.warn('skipped, the namespaces level: unshare -Urnm does not work here');
const levels: SandboxLevel[] = hasNamespaces ? ['process', 'namespaces'] : ['process'];

const INTERNET = 'www.internet.example';
/** Kept for documentation: nobody has it. https://www.rfc-editor.org/rfc/rfc5737 */
const SOMEWHERE = '203.0.113.7';
const LOGIN = { user: 'owner', password: 'correct-horse-battery' };

const probe = {
  'index.js': readFileSync(join(process.cwd(), 'tests/e2e/reach/probe.js')),
  'mysql2.js': sdkBundle('mysql2/promise'),
};
const probeIn = (network?: string) => ({
  code: probe,
  Timeout: 30,
  ...(network && {
    VpcConfig: {
      SubnetIds: [{ Ref: `${network}A` }],
      SecurityGroupIds: [{ 'Fn::GetAtt': [`${network}Functions`, 'GroupId'] }],
    },
  }),
});

/** Where it all stands in for the internet. */
async function standIn(): Promise<Server> {
  const server = createServer((_, response) => response.end('the internet'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The first line of each message: the reason; how to mend it comes after. */
const reasons = (house: House) => house.messages(OWN_LOG.logGroup).map((message) => message.split('\n')[0]);
const saying = (reason: RegExp) => expect.arrayContaining([expect.stringMatching(reason)]);

/** From every network, whatever else is reached. */
const everywhere = (level: SandboxLevel) => ({
  'lookup of the proxy': 'found',
  'lookup of SQS': 'found',
  'datagram to the internet': 'sent',
  // Only namespaces hold what is not Node: curl then finds nothing on what is its own loopback interface.
  'child curl': level === 'process' ? 'reached' : 'curl ended with 7',
});

/** The function, what it reaches, and why it does not reach the rest. */
const TABLE: readonly [string, Readonly<Record<string, string>>, readonly RegExp[]][] = [
  [
    'open',
    {
      'pool to the proxy': 'hung',
      'pool to the instance': 'hung',
      'socket to the proxy': 'hung',
      'fetch of SQS': 'reached',
      'TLS to SQS': 'reached',
      'fetch of STS': 'reached',
      'fetch from the internet': 'reached',
    },
    [/open → shop-db:3306: .*stands inside Endpoints.* and open stands outside: it has no VpcConfig/],
  ],
  [
    'endpoints',
    {
      'pool to the proxy': 'reached',
      'pool to the instance': 'reached',
      'socket to the proxy': 'reached',
      'fetch of SQS': 'reached',
      'TLS to SQS': 'reached',
      'fetch of STS': 'hung',
      'fetch from the internet': 'hung',
    },
    [/endpoints → sts:443: .*no.*endpoint/, /endpoints → www:80: /, /endpoints → 203\.0\.113\.7:53: /],
  ],
  [
    'nat',
    {
      'pool to the proxy': 'hung',
      'pool to the instance': 'hung',
      'socket to the proxy': 'hung',
      'fetch of SQS': 'reached',
      'TLS to SQS': 'reached',
      'fetch of STS': 'reached',
      'fetch from the internet': 'reached',
    },
    [/nat → shop-proxy:3306: /],
  ],
  [
    'neither',
    {
      'pool to the proxy': 'hung',
      'pool to the instance': 'hung',
      'socket to the proxy': 'hung',
      'fetch of SQS': 'hung',
      'TLS to SQS': 'hung',
      'fetch of STS': 'hung',
      'fetch from the internet': 'hung',
    },
    [/neither → sqs:443: .*com\.amazonaws\.us-east-1\.sqs/, /neither → www:80: /],
  ],
];

describe.each(levels)('at the %s level', (level) => {
  let house: House;
  let internet: Server;
  /** What each function found. */
  let found: Record<string, object>;

  beforeAll(async () => {
    const all = functions(
      { open: probeIn(), endpoints: probeIn('Endpoints'), nat: probeIn('Nat'), neither: probeIn('Neither') },
      NETWORKS,
    );
    [internet, house] = await Promise.all([standIn(), openHouse({ ...all, sandbox: level })]);
    const { port } = internet.address() as AddressInfo;
    const target = { kind: 'tcp', host: '127.0.0.1', port } as const;
    house.cloud.kernel.addresses.register({ hostname: INTERNET, port: 80, target, resourceArn: '*' });
    const proxy = attributeOf(house, 'Proxy', 'Endpoint');
    const instance = attributeOf(house, 'Database', 'Endpoint.Address');
    const probes = {
      'pool to the proxy': { way: 'pool', host: proxy, ...LOGIN },
      'pool to the instance': { way: 'pool', host: instance, ...LOGIN },
      'socket to the proxy': { way: 'connect', host: proxy, port: 3306 },
      'fetch of SQS': { way: 'fetch', url: 'https://sqs.us-east-1.amazonaws.com/' },
      'TLS to SQS': { way: 'tls', host: 'sqs.us-east-1.amazonaws.com', port: 443 },
      'fetch of STS': { way: 'fetch', url: 'https://sts.us-east-1.amazonaws.com/' },
      'fetch from the internet': { way: 'fetch', url: `http://${INTERNET}/` },
      'datagram to the internet': { way: 'datagram', host: SOMEWHERE, port: 53 },
      'lookup of the proxy': { way: 'lookup', host: proxy },
      'lookup of SQS': { way: 'lookup', host: 'sqs.us-east-1.amazonaws.com' },
      'child curl': { way: 'curl', url: `http://127.0.0.1:${port}/` },
    };
    const invoked = TABLE.map(async ([name, expected]) => {
      // A busy machine needs time for what works; that the rest hangs is seen by the reason in the log, too.
      const event = Object.entries(probes).map(([key, target]) => [
        key,
        { ...target, patienceMs: expected[key] === 'hung' ? 1_000 : 15_000 },
      ]);
      const { value, functionError } = await house.invoke(name, Object.fromEntries(event));
      return [name, functionError ?? value];
    });
    found = Object.fromEntries(await Promise.all(invoked));
  });

  afterAll(async () => {
    await house?.close();
    internet?.close();
  });

  it.each(TABLE)('from %s', (name, expected, because) => {
    expect(found[name]).toEqual({ ...everywhere(level), ...expected });
    for (const reason of because) expect(reasons(house)).toEqual(saying(reason));
    if (level === 'process') expect(reasons(house)).toEqual(saying(/curl.*is not held: only namespaces hold/));
  });
});

describe('with --fail-fast-network', () => {
  it('what would hang fails at once, with the same reason in the log', async () => {
    const house = await openHouse({
      ...functions({ neither: probeIn('Neither') }, networkOnly('Neither')),
      failFastNetwork: true,
    });
    try {
      const url = 'https://sqs.us-east-1.amazonaws.com/';
      const { value } = await house.invoke('neither', { sqs: { way: 'fetch', url, patienceMs: 15_000 } });
      expect(value).toEqual({ sqs: 'ETIMEDOUT' });
      expect(reasons(house)).toEqual(saying(/neither → sqs:443: /));
    } finally {
      await house.close();
    }
  });
});

function networkOnly(name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(NETWORKS).filter(([logicalId]) => logicalId.startsWith(name)));
}

describe('a custom resource in a VPC', () => {
  let house: House | undefined;
  afterEach(() => house?.close());

  /** First what it stands on, so that the log can still be read when it cannot be made. */
  async function make(variant: CustomResourceVariant): Promise<House> {
    house = await openHouse(customResource(variant, false));
    await house.apply(customResource(variant));
    return house;
  }

  it('answers through the gateway endpoint of S3', async () => {
    expect((await make({})).physicalId('Made')).toBe('made');
  });

  it.each([
    ['the endpoint', 'endpoint', /answers → s3:443: .*com\.amazonaws\.us-east-1\.s3/],
    ['a route to it', 'route', /answers → s3:443: /],
    ['a way out of its security group', 'egress', /answers → s3:443: .*AnswersFunctions/],
  ] as const)('hangs without %s, and the log says at once why', async (_, without, reason) => {
    await expect(make({ without })).rejects.toThrow(/did not receive a response/);
    expect(reasons(house!)).toEqual(saying(reason));
  });

  it('is refused by S3 where the endpoint’s policy does not let the answer through', async () => {
    await expect(make({ policyFor: 'arn:aws:s3:::my-bucket/*' })).rejects.toThrow(/403 AccessDenied/);
    expect(reasons(house!)).toEqual(saying(/s3:PutObject.*S3Endpoint/));
  });
});
