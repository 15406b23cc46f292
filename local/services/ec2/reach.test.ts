/** The network policy and the reach door, on what the providers of this room record. */
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { Origin } from '../../kernel/caller.ts';
import type { ExistingResource, Provider } from '../../kernel/provider.ts';
import type { JsonObject } from '../../kernel/service.ts';
import type { Destination, Placement } from '../../policy/network/index.ts';
import { createNetworkPolicy, createReachDoor, ec2Service, type NetworkPolicy } from './index.ts';

const SQS: Destination = { kind: 'aws-service', service: 'sqs', port: 443 };
const asksNobody = (): never => {
  throw new Error('the verdict is known');
};
const who = () => ({ name: 'tickets', logicalId: 'Tickets' });

describe('what a template says of the network', () => {
  let cloud: TestCloud;
  let policy: NetworkPolicy;
  let providers: Readonly<Record<string, Provider>>;
  const made: Record<string, ExistingResource> = {};

  beforeEach(async () => {
    cloud = await startTestCloud([ec2Service()]);
    const { store, region } = cloud.kernel;
    policy = createNetworkPolicy({ store, region });
    providers = (await cloud.kernel.registry.service('ec2')).providers;
    await create('Vpc', 'VPC', { CidrBlock: '10.0.0.0/16', EnableDnsHostnames: true });
    await create('Subnet', 'Subnet', { VpcId: id('Vpc'), CidrBlock: '10.0.0.0/24' });
    await create('Table', 'RouteTable', { VpcId: id('Vpc') });
    await create('Association', 'SubnetRouteTableAssociation', { SubnetId: id('Subnet'), RouteTableId: id('Table') });
    await create('Functions', 'SecurityGroup', {
      GroupDescription: 'any',
      VpcId: id('Vpc'),
      SecurityGroupEgress: [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 1, CidrIp: '127.0.0.1/32' }],
    });
    await create('Endpoints', 'SecurityGroup', { GroupDescription: 'any', VpcId: id('Vpc') });
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  const id = (logicalId: string): string => made[logicalId]!.physicalId;
  async function create(logicalId: string, type: string, properties: JsonObject): Promise<void> {
    const names = { logicalId, generatedName: `shop-${logicalId}-1`, replacementName: `shop-${logicalId}-2` };
    const request = resourceRequest(`AWS::EC2::${type}`, properties, names);
    made[logicalId] = existingResource(request, await providers[request.type]!.create(request));
  }
  const group = (): Placement => ({ kind: 'vpc', subnetIds: [id('Subnet')], securityGroupIds: [id('Functions')] });
  const endpoint = () =>
    create('SqsEndpoint', 'VPCEndpoint', {
      VpcId: id('Vpc'),
      ServiceName: 'com.amazonaws.us-east-1.sqs',
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      SubnetIds: [id('Subnet')],
      SecurityGroupIds: [id('Endpoints')],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }] },
    });

  it('is told by the names its author gave', async () => {
    const verdict = policy.canReach(group(), SQS, who);
    expect(verdict).toMatchObject({
      kind: 'no',
      reason:
        "Subnet's route table Table has no route to the internet and the VPC has no com.amazonaws.us-east-1.sqs endpoint",
      path: expect.arrayContaining([
        expect.objectContaining({ place: { stackName: 'shop', logicalId: 'Table', path: [] } }),
      ]),
      remedy: expect.stringContaining('VpcId: !Ref Vpc'),
    });
    await endpoint();
    // The rule is written where the group's others are.
    expect(policy.canReach(group(), SQS, who)).toMatchObject({
      reason: 'Functions lets no tcp 443 out to SqsEndpoint',
      steps: [
        { kind: 'add-item', logicalId: 'Functions', path: ['SecurityGroupEgress'] },
        { kind: 'add-resource', resource: { Type: 'AWS::EC2::SecurityGroupIngress' } },
      ],
    });
  });

  it('is walked once, and again when something of it changes', async () => {
    const placement = group();
    const first = policy.canReach(placement, SQS, who);
    expect(policy.canReach(placement, SQS, asksNobody)).toBe(first);
    await endpoint();
    expect(policy.canReach(placement, SQS, who)).not.toBe(first);
    await create('Out', 'SecurityGroupEgress', {
      GroupId: id('Functions'),
      ...{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
      DestinationSecurityGroupId: id('Endpoints'),
    });
    await create('In', 'SecurityGroupIngress', {
      GroupId: id('Endpoints'),
      ...{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
      SourceSecurityGroupId: id('Functions'),
    });
    const open = policy.canReach(placement, SQS, who);
    expect(open).toMatchObject({
      kind: 'yes',
      via: { vpcEndpointId: id('SqsEndpoint'), policy: { source: { kind: 'endpoint' } } },
    });
    expect(policy.canReach(placement, SQS, who)).toBe(open);
    await providers['AWS::EC2::SecurityGroupEgress']!.delete(made['Out']!);
    expect(policy.canReach(placement, SQS, who).kind).toBe('no');
  });

  it('knows where every rule, route, association and entry was written', async () => {
    await create('Gateway', 'InternetGateway', {});
    await create('Attachment', 'VPCGatewayAttachment', { VpcId: id('Vpc'), InternetGatewayId: id('Gateway') });
    await create('Route', 'Route', {
      RouteTableId: id('Table'),
      DestinationCidrBlock: '0.0.0.0/0',
      GatewayId: id('Gateway'),
    });
    await create('Acl', 'NetworkAcl', { VpcId: id('Vpc') });
    const entry = {
      NetworkAclId: id('Acl'),
      RuleNumber: 100,
      Protocol: 6,
      RuleAction: 'allow',
      CidrBlock: '0.0.0.0/0',
    };
    await create('Entry', 'NetworkAclEntry', { ...entry, PortRange: { From: 443, To: 443 } });
    const { routeTables, securityGroups, networkAcls } = policy.graph();
    const table = routeTables.find(({ place }) => place?.logicalId === 'Table')!;
    expect(table.routes.at(-1)).toMatchObject({ place: { logicalId: 'Route' } });
    expect(table.associations).toMatchObject([{ place: { logicalId: 'Association' } }]);
    expect(securityGroups.find(({ place }) => place?.logicalId === 'Functions')!.egress).toMatchObject([
      { place: { logicalId: 'Functions', path: ['SecurityGroupEgress', 0] } },
    ]);
    expect(networkAcls.find(({ place }) => place?.logicalId === 'Acl')!.entries).toContainEqual(
      expect.objectContaining({ ruleNumber: 100, place: { stackName: 'shop', logicalId: 'Entry', path: [] } }),
    );
  });

  it('knows VPCs with name servers of their own', async () => {
    await create('Options', 'DHCPOptions', { DomainNameServers: ['10.0.0.53'] });
    await create('With', 'VPCDHCPOptionsAssociation', { VpcId: id('Vpc'), DhcpOptionsId: id('Options') });
    expect(policy.graph().vpcs).toMatchObject([{ ownNameServers: true }]);
    await providers['AWS::EC2::VPCDHCPOptionsAssociation']!.delete(made['With']!);
    expect(policy.graph().vpcs).toMatchObject([{ ownNameServers: false }]);
    expect(policy.canLookUp(group()).kind).toBe('yes');
  });

  describe('at the door', () => {
    const environment = (placement?: Placement): Origin => ({
      kind: 'environment',
      environmentId: 'e',
      functionArn: 'arn:aws:lambda:us-east-1:1:function:tickets',
      ...(placement && { placement }),
    });
    const door = (more: Partial<Parameters<typeof createReachDoor>[0]> = {}) => {
      const reach = createReachDoor({ policy, whoIs: who, ...more });
      return (origin: Origin, service = 'sqs', operation = 'SendMessage') => reach(origin, service, operation, {}, []);
    };

    it('holds for functions inside, and for nobody else', () => {
      const ask = door();
      expect(ask(environment(group()))).toMatchObject({ kind: 'no' });
      for (const origin of [
        environment(),
        environment({ kind: 'public' }),
        { kind: 'outside' },
        { kind: 'inside', service: 'events.amazonaws.com' },
      ] as const) {
        expect(ask(origin)).toEqual({ kind: 'yes' });
      }
    });

    it('says whose way it is, why it ends, and where', () => {
      const lineOf = ({ logicalId }: { logicalId: string }) => (logicalId === 'Table' ? 'template.yaml:12' : undefined);
      expect(door({ lineOf })(environment(group()))).toMatchObject({
        reason: expect.stringMatching(
          /^tickets → sqs: Subnet's route table Table has no route .* endpoint \(template\.yaml:12\)$/,
        ),
      });
      expect(door()(environment(group()), 'bedrock', 'Converse')).toMatchObject({
        reason: expect.stringContaining('com.amazonaws.us-east-1.bedrock-runtime endpoint'),
      });
    });

    it('lets pass what nobody knows, and says so once', () => {
      const said: string[] = [];
      const ask = door({ onUnknown: (message) => said.push(message) });
      const elsewhere: Placement = { kind: 'vpc', subnetIds: ['subnet-elsewhere'], securityGroupIds: [] };
      expect(ask(environment(elsewhere))).toMatchObject({ kind: 'unknown' });
      expect(ask(environment(elsewhere))).toMatchObject({ kind: 'unknown' });
      expect(said).toEqual([
        'tickets → sqs: not known whether AWS would let it through, so it passes: subnet subnet-elsewhere is not known here: it is not of this stack',
      ]);
    });
  });
});
