/** The same function here and there in a VPC: what the network says holds for calls and for connections alike. */
import { expect, test } from '@jest/globals';
import { OWN_LOG } from '../../../local/kernel/index.ts';
import { functions, type House, inHouse } from '../house.ts';
import { sdkBundle } from '../sdk-bundle.ts';

const CODE = {
  'sdk.js': sdkBundle('@aws-sdk/client-sts'),
  'index.js': `
    const { STSClient, GetCallerIdentityCommand } = require('./sdk.js');
    const asked = {
      call: ({ ms, endpoint, attempts = 1 }) =>
        new STSClient({ maxAttempts: attempts, ...(endpoint && { endpoint }) })
          .send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(ms) }).then(({ Arn }) => Arn.split('/')[1]),
      lookup: ({ host }) => require('node:dns').promises.lookup(host).then(() => 'found'),
    };
    exports.handler = async (event) => {
      const start = Date.now();
      try { return { answer: await asked[event.ask ?? 'call'](event), ms: Date.now() - start }; }
      catch (error) { return { error: error.name, code: error.code, ms: Date.now() - start }; }
    };`,
};

const tcp = (port: number, peer: object) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer });
const group = (SecurityGroupEgress: object[]) => ({
  Type: 'AWS::EC2::SecurityGroup',
  Properties: { GroupDescription: 'any', VpcId: { Ref: 'Vpc' }, SecurityGroupEgress },
});
const standing = (subnet: string, groupName: string) => ({
  code: CODE,
  VpcConfig: { SubnetIds: [{ Ref: subnet }], SecurityGroupIds: [{ Ref: groupName }] },
});
const vpc = (CidrBlock: string, names: boolean) => ({
  Type: 'AWS::EC2::VPC',
  Properties: { CidrBlock, EnableDnsSupport: names, EnableDnsHostnames: names },
});
const subnet = (VpcId: string, CidrBlock: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: { Ref: VpcId }, CidrBlock },
});

const STACK = functions(
  {
    outside: { code: CODE },
    callers: standing('Subnet', 'Callers'),
    shut: standing('Subnet', 'Shut'),
    nameless: standing('NamelessSubnet', 'NamelessGroup'),
  },
  {
    Vpc: vpc('10.0.0.0/16', true),
    Subnet: subnet('Vpc', '10.0.0.0/24'),
    Callers: group([tcp(443, { DestinationSecurityGroupId: { Ref: 'Doors' } })]),
    Doors: group([tcp(1, { CidrIp: '255.255.255.255/32' })]),
    Shut: group([tcp(1, { CidrIp: '255.255.255.255/32' })]),
    DoorsFromCallers: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: { GroupId: { Ref: 'Doors' }, ...tcp(443, { SourceSecurityGroupId: { Ref: 'Callers' } }) },
    },
    StsEndpoint: {
      Type: 'AWS::EC2::VPCEndpoint',
      Properties: {
        VpcId: { Ref: 'Vpc' },
        ServiceName: 'com.amazonaws.us-east-1.sts',
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: true,
        SubnetIds: [{ Ref: 'Subnet' }],
        SecurityGroupIds: [{ Ref: 'Doors' }],
      },
    },
    Nameless: vpc('10.1.0.0/16', false),
    NamelessSubnet: subnet('Nameless', '10.1.0.0/24'),
    NamelessGroup: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'any', VpcId: { Ref: 'Nameless' } },
    },
  },
);

const BY_NAME = 'https://sts.us-east-1.amazonaws.com';
const about = (house: House, text: string) =>
  house.messages(OWN_LOG.logGroup).filter((message) => message.includes(text));

describe('a call', () => {
  const house = inHouse(STACK);

  test.each([undefined, BY_NAME])(
    'reaches its service from outside every VPC and by an endpoint (%s)',
    async (endpoint) => {
      for (const name of ['outside', 'callers']) {
        const { value } = await house().invoke(name, { endpoint, ms: 2000 });
        expect(value).toMatchObject({ answer: expect.stringMatching(new RegExp(`^test-${name}Role-`)) });
      }
    },
  );

  test.each([undefined, BY_NAME])(
    'hangs where a group does not let it out, until its caller gives up (%s)',
    async (endpoint) => {
      const { value } = await house().invoke('shut', { endpoint, ms: 400 });
      expect(value).toMatchObject({ error: 'AbortError' });
      expect(value.ms).toBeGreaterThanOrEqual(390);
    },
  );

  test('is logged at once and once, however often it is tried: whose, why, where, and what mends it', async () => {
    await Promise.all([1, 2].map(() => house().invoke('shut', { ms: 200, attempts: 3 })));
    await house().invoke('shut', { ms: 200, endpoint: BY_NAME });
    const said = about(house(), 'shut → sts');
    const reasons = said.filter((message) => !message.includes('cannot reach'));
    // Two environments may have run at the same time.
    expect(reasons.length).toBeLessThanOrEqual(2);
    expect(reasons[0]).toMatch(
      /^shut → sts: Shut lets no tcp 443 out to StsEndpoint \(\S+:\d+\); add to Shut\.SecurityGroupEgress/,
    );
    expect(reasons[0]).toContain(
      '  - IpProtocol: tcp\n    FromPort: 443\n    ToPort: 443\n    DestinationSecurityGroupId: !Ref Doors',
    );
  });

  test('over a connection by name is remembered, and that it did not get there', () => {
    const seen = house().cloud.kernel.usage.connections();
    const arn = (name: string) => expect.stringMatching(new RegExp(`:function:${name}$`));
    const hostname = 'sts.us-east-1.amazonaws.com';
    expect(seen).toContainEqual(
      expect.objectContaining({ functionArn: arn('callers'), hostname, port: 443, reached: true }),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({ functionArn: arn('shut'), hostname, port: 443, reached: false }),
    );
  });

  test('to a service that is not emulated hangs as well where there is no way', async () => {
    const { value } = await house().invoke('callers', { endpoint: 'https://glue.us-east-1.amazonaws.com', ms: 200 });
    expect(value).toMatchObject({ error: 'AbortError' });
    expect(about(house(), 'callers → glue')[0]).toContain('the VPC has no com.amazonaws.us-east-1.glue endpoint');
  });

  test('finds no name in a VPC that looks none up', async () => {
    const lookup = (name: string) => house().invoke(name, { ask: 'lookup', host: 'sts.us-east-1.amazonaws.com' });
    expect((await lookup('callers')).value).toMatchObject({ answer: 'found' });
    expect((await lookup('nameless')).value).toMatchObject({ code: 'ENOTFOUND' });
    expect(about(house(), 'nameless → names')[0]).toContain('Nameless has EnableDnsSupport off');
  });

  test('gets through as soon as the template lets it', async () => {
    const mended = JSON.parse(JSON.stringify(STACK)) as {
      template: { Resources: Record<string, { Properties: Record<string, unknown> }> };
    };
    const { Shut, Doors } = mended.template.Resources;
    Shut!.Properties['SecurityGroupEgress'] = [tcp(443, { CidrIp: '10.0.0.0/16' })];
    Doors!.Properties['SecurityGroupIngress'] = [tcp(443, { CidrIp: '10.0.0.0/24' })];
    await house().apply({ ...STACK, ...mended });
    expect((await house().invoke('shut', { ms: 2000 })).value).toHaveProperty('answer');
    expect((await house().invoke('shut', { ms: 2000, endpoint: BY_NAME })).value).toHaveProperty('answer');
  });
});

describe('with --fail-fast-network', () => {
  const house = inHouse({ ...STACK, failFastNetwork: true });

  test('a call fails at once, and says in the log why', async () => {
    const { value } = await house().invoke('shut', { ms: 5000 });
    expect(value).toMatchObject({ error: 'NetworkUnreachable' });
    expect(value.ms).toBeLessThan(2000);
    expect(about(house(), 'shut → sts').length).toBeGreaterThan(0);
  });

  test('a connection by name is one that timed out', async () => {
    const { value } = await house().invoke('shut', { ms: 5000, endpoint: BY_NAME });
    expect(value).toMatchObject({ code: 'ETIMEDOUT' });
    expect(value.ms).toBeLessThan(2000);
  });
});
