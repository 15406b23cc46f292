import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { ExistingResource, Provider } from '../../kernel/provider.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { canReach } from '../../policy/network/index.ts';
import { readGraph } from './graph.ts';
import { ec2Service, type Network, networkOf } from './index.ts';

describe('the network of a template', () => {
  let cloud: TestCloud;
  let network: Network;
  let providers: Readonly<Record<string, Provider>>;
  let made = 0;

  beforeEach(async () => {
    cloud = await startTestCloud([ec2Service()]);
    network = networkOf(cloud.kernel.store);
    providers = (await cloud.kernel.registry.service('ec2')).providers;
  });

  afterEach(() => cloud[Symbol.asyncDispose]());

  const create = async (type: string, properties: JsonObject, overrides = {}): Promise<ExistingResource> => {
    made++;
    const names = { generatedName: `shop-Thing${made}`, replacementName: `shop-Thing${made}-again` };
    const request = resourceRequest(`AWS::EC2::${type}`, properties, { ...names, ...overrides });
    return existingResource(request, await providers[request.type]!.create(request));
  };
  const update = async (existing: ExistingResource, properties: JsonObject) =>
    providers[existing.type]!.update(resourceRequest(existing.type, properties), existing);
  const remove = async (existing: ExistingResource) => providers[existing.type]!.delete(existing);
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'nothing was refused',
      (error) => `${error.code ?? error.name}: ${error.message}`,
    );

  const vpc = (properties: JsonObject = {}) => create('VPC', { CidrBlock: '10.20.0.0/16', ...properties });
  const subnet = (VpcId: string, CidrBlock: string, properties: JsonObject = {}) =>
    create('Subnet', { VpcId, CidrBlock, AvailabilityZone: 'us-east-1a', ...properties });

  describe('a VPC', () => {
    it('comes with a default group, a default network ACL and a main route table', async () => {
      const { physicalId, attributes } = await vpc();
      expect(physicalId).toMatch(/^vpc-0[0-9a-f]{16}$/);
      expect(attributes).toMatchObject({ VpcId: physicalId, CidrBlock: '10.20.0.0/16' });
      const group = network.securityGroups.get(String(attributes['DefaultSecurityGroup']));
      expect(group).toMatchObject({ groupName: 'default', ingress: [{ peer: { groupId: group.groupId } }] });
      expect(network.networkAcls.get(String(attributes['DefaultNetworkAcl'])).isDefault).toBe(true);
      const { mainRouteTableId } = network.vpcs.get(physicalId);
      expect(network.routeTables.get(mainRouteTableId).routes).toEqual([
        { destination: { kind: 'cidr', cidr: '10.20.0.0/16' }, target: { kind: 'local', id: 'local' } },
      ]);
    });

    it('is the default one once, with a public subnet in each zone', async () => {
      const call = (operation: string, input: object = {}) =>
        cloud.kernel.dispatch({ caller: { kind: 'client' }, service: 'ec2', operation, input });
      const { Vpc } = (await call('CreateDefaultVpc')) as { Vpc: { VpcId: string } };
      const Filters = [{ Name: 'vpc-id', Values: [Vpc.VpcId] }];
      const { Subnets } = (await call('DescribeSubnets', { Filters })) as { Subnets: Record<string, unknown>[] };
      expect(Subnets.map(({ AvailabilityZone }) => AvailabilityZone).toSorted()).toEqual(
        [...'abc'].map((letter) => `us-east-1${letter}`),
      );
      expect(Subnets).toMatchObject([{ DefaultForAz: true, MapPublicIpOnLaunch: true }, {}, {}]);
      const attached = { Filters: [{ Name: 'attachment.vpc-id', Values: [Vpc.VpcId] }] };
      expect(await call('DescribeInternetGateways', attached)).toMatchObject({
        InternetGateways: [{ Attachments: [{ VpcId: Vpc.VpcId, State: 'available' }] }],
      });
      await expect(call('CreateDefaultVpc')).rejects.toMatchObject({ code: 'DefaultVpcAlreadyExists' });
    });

    it('goes with all of them, but not while something is in it', async () => {
      const one = await vpc();
      const inside = await subnet(one.physicalId, '10.20.0.0/24');
      expect(await refusal(remove(one))).toMatch(/^DependencyViolation/);
      await remove(inside);
      await remove(one);
      expect(
        [network.vpcs, network.securityGroups, network.networkAcls, network.routeTables].map((kind) => kind.all()),
      ).toEqual([[], [], [], []]);
    });

    it('is replaced by another block and kept by another setting', async () => {
      const one = await vpc();
      const kept = await update(one, { CidrBlock: '10.20.0.0/16', EnableDnsHostnames: 'true' });
      expect(kept.physicalId).toBe(one.physicalId);
      expect(network.vpcs.get(one.physicalId).enableDnsHostnames).toBe(true);
      const moved = await update(one, { CidrBlock: '10.30.0.0/16' });
      expect(moved.physicalId).not.toBe(one.physicalId);
    });

    it.each(['10.0.0.0/8', '10.0.0.0/29'])('is never as large or small as %s', async (CidrBlock) => {
      expect(await refusal(vpc({ CidrBlock }))).toBe(`InvalidVpc.Range: The CIDR '${CidrBlock}' is invalid.`);
    });

    it('is made once, though a crash cut off the first try', async () => {
      await vpc();
      made--;
      const again = await vpc();
      expect(network.vpcs.all()).toHaveLength(1);
      expect(network.vpcs.get(again.physicalId)).toBeDefined();
      expect(network.securityGroups.all()).toHaveLength(1);
    });
  });

  describe('a subnet', () => {
    it('lies inside its VPC, beside the others', async () => {
      const { physicalId } = await vpc();
      const one = await subnet(physicalId, '10.20.0.0/24');
      expect(one.attributes).toMatchObject({ AvailabilityZone: 'us-east-1a', AvailabilityZoneId: 'use1-az1' });
      expect(await refusal(subnet(physicalId, '10.21.0.0/24'))).toMatch(
        /^InvalidSubnet\.Range: The CIDR '10\.21\.0\.0\/24' is invalid\./,
      );
      expect(await refusal(subnet(physicalId, '10.20.0.128/25'))).toMatch(
        /^InvalidSubnet\.Conflict: The CIDR '10\.20\.0\.128\/25' conflicts with another subnet/,
      );
      await subnet(physicalId, '10.20.1.0/24');
      expect(await refusal(subnet('vpc-1', '10.20.2.0/24'))).toBe(
        "InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist",
      );
    });

    it('is in a zone of the Region', async () => {
      const { physicalId } = await vpc();
      expect(await refusal(subnet(physicalId, '10.20.0.0/24', { AvailabilityZone: 'eu-west-1a' }))).toMatch(
        /TemplateError: template\.yaml:7:3 Thing\.Properties\.AvailabilityZone: Value \(eu-west-1a\)/,
      );
    });
  });

  describe('routes', () => {
    it('lead to one target, once for each destination, and subnets follow one table', async () => {
      const { physicalId: VpcId } = await vpc();
      const { physicalId: SubnetId } = await subnet(VpcId, '10.20.0.0/24');
      const { physicalId: RouteTableId } = await create('RouteTable', { VpcId });
      const gateway = await create('InternetGateway', {});
      const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway.physicalId };
      expect(await refusal(create('Route', route))).toMatch(/not attached/);
      const attachment = await create('VPCGatewayAttachment', { VpcId, InternetGatewayId: gateway.physicalId });
      const created = await create('Route', route);
      expect(created.physicalId).toBe(`${RouteTableId}|0.0.0.0/0`);
      expect(await refusal(create('Route', route))).toMatch(/^RouteAlreadyExists/);
      expect(await refusal(create('Route', { ...route, NatGatewayId: 'nat-1' }))).toMatch(/exactly one target/);
      const association = await create('SubnetRouteTableAssociation', { SubnetId, RouteTableId });
      expect(await refusal(create('SubnetRouteTableAssociation', { SubnetId, RouteTableId }))).toMatch(
        /^Resource\.AlreadyAssociated/,
      );
      expect(network.routeTables.get(RouteTableId)).toMatchObject({
        routes: [
          { target: { kind: 'local' } },
          { destination: { cidr: '0.0.0.0/0' }, target: { kind: 'internet-gateway', id: gateway.physicalId } },
        ],
        associations: [{ subnetId: SubnetId, associationId: association.physicalId }],
      });
      for (const one of [created, association, attachment]) await remove(one);
      expect(network.routeTables.get(RouteTableId)).toMatchObject({ associations: [], routes: [{}] });
      await remove(gateway);
    });

    it('go through NAT gateways with an address', async () => {
      const { physicalId: VpcId } = await vpc();
      const { physicalId: SubnetId } = await subnet(VpcId, '10.20.0.0/24');
      const address = await create('EIP', { Domain: 'vpc' });
      expect(address.physicalId).toBe('198.51.100.1');
      const AllocationId = address.attributes['AllocationId']!;
      expect(await refusal(create('NatGateway', { SubnetId }))).toMatch(/AllocationId/);
      const nat = await create('NatGateway', { SubnetId, AllocationId });
      expect(nat.physicalId).toMatch(/^nat-0/);
    });
  });

  describe('what stands in a VPC that somebody else keeps in the account', () => {
    const VpcId = 'vpc-0aaaaaaaaaaaaaaaa';
    const theirs = (kind: string) => `${kind}-0dddddddddddddddd`;
    const said = () =>
      (cloud.kernel.telemetry.logs.filter({ group: '/sampan' })?.events ?? []).map(({ message }) => message);

    it('is made, and the log says once for each that its ways are not known', async () => {
      const { physicalId: SubnetId } = await subnet(VpcId, '10.99.1.0/24');
      const { physicalId: RouteTableId } = await create('RouteTable', { VpcId });
      await create('NetworkAcl', { VpcId });
      const ServiceName = 'com.amazonaws.us-east-1.sqs';
      const endpoint = { VpcId, ServiceName, VpcEndpointType: 'Interface', PrivateDnsEnabled: true };
      await create('VPCEndpoint', { ...endpoint, SubnetIds: [theirs('subnet')], SecurityGroupIds: [theirs('sg')] });
      const what = `Thing: VPC ${VpcId} is of no stack here: what is reached from there is not known, so it passes`;
      expect(said()).toEqual([what, what, what, what]);
      const DestinationCidrBlock = '0.0.0.0/0';
      const route = await create('Route', { RouteTableId, DestinationCidrBlock, NatGatewayId: theirs('nat') });
      await create('SubnetRouteTableAssociation', { SubnetId, RouteTableId });
      expect(said()).toHaveLength(4);
      const placed = { kind: 'vpc', subnetIds: [SubnetId], securityGroupIds: [theirs('sg')] } as const;
      const graph = readGraph(network, 'us-east-1');
      const way = canReach(graph, placed, { kind: 'aws-service', service: 'sqs', port: 443 }, { name: 'tickets' });
      expect(way).toMatchObject({ kind: 'unknown' });
      await remove(route);
      expect(network.routeTables.get(RouteTableId).routes).toEqual([]);
    });

    it("may be somebody's itself, and is then kept nowhere", async () => {
      const AllocationId = theirs('eipalloc');
      const nat = await create('NatGateway', { SubnetId: theirs('subnet'), AllocationId });
      const RouteTableId = theirs('rtb');
      const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: nat.physicalId };
      await remove(await create('Route', route));
      await create('SubnetRouteTableAssociation', { SubnetId: theirs('subnet'), RouteTableId });
      await create('SubnetNetworkAclAssociation', { SubnetId: theirs('subnet'), NetworkAclId: theirs('acl') });
      expect(said()).toEqual([
        `Thing: subnet ${theirs('subnet')} is of no stack here: what is reached from there is not known, so it passes`,
        `Thing: route table ${RouteTableId} is of no stack here: the route is kept nowhere`,
        `Thing: route table ${RouteTableId} is of no stack here: the association is kept nowhere`,
        `Thing: subnet ${theirs('subnet')} is of no stack here: the association is kept nowhere`,
      ]);
    });

    it.each(['Subnet', 'RouteTable', 'NetworkAcl'])('is refused as a %s in a VPC of no such id', async (type) => {
      const properties = { VpcId: 'vpc-of-mine', ...(type === 'Subnet' && { CidrBlock: '10.99.1.0/24' }) };
      expect(await refusal(create(type, properties))).toMatch(/^InvalidVpcID\.NotFound/);
    });
  });

  describe('security groups', () => {
    it('may stand in a VPC and name groups that somebody else keeps in the account', async () => {
      const VpcId = 'vpc-0aaaaaaaaaaaaaaaa';
      const theirs = 'sg-0bbbbbbbbbbbbbbbb';
      const rule = { IpProtocol: 'tcp', FromPort: 3306, ToPort: 3306 };
      const { physicalId, attributes } = await create('SecurityGroup', {
        VpcId,
        GroupDescription: 'functions',
        SecurityGroupEgress: [{ ...rule, DestinationSecurityGroupId: theirs }],
      });
      expect(attributes).toMatchObject({ VpcId });
      expect(network.securityGroups.get(physicalId).egress).toMatchObject([{ peer: { groupId: theirs } }]);
      const opened = await create('SecurityGroupIngress', {
        GroupId: theirs,
        ...rule,
        SourceSecurityGroupId: physicalId,
      });
      await remove(opened);
      const said = cloud.kernel.telemetry.logs.filter({ group: '/sampan' })?.events.map(({ message }) => message);
      expect(said).toEqual([
        `Thing: VPC ${VpcId} is of no stack here: what is reached from there is not known, so it passes`,
        `Thing: security group ${theirs} is of no stack here: its rule is kept nowhere, and whether it lets something through is not known`,
      ]);
      expect(await refusal(create('SecurityGroup', { VpcId: 'vpc-of-mine', GroupDescription: 'x' }))).toMatch(
        /^InvalidVpcID\.NotFound/,
      );
    });

    const rule = (properties: JsonObject = {}): JsonObject => ({
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: '443',
      CidrIp: '10.20.0.0/16',
      ...properties,
    });
    const group = async (properties: JsonObject = {}) =>
      create('SecurityGroup', { GroupDescription: 'a group', VpcId: (await vpc()).physicalId, ...properties });

    it('let everything out unless told otherwise', async () => {
      const open = await group();
      expect(network.securityGroups.get(open.physicalId)).toMatchObject({
        ingress: [],
        egress: [{ protocol: '-1', peer: { kind: 'cidr', cidr: '0.0.0.0/0' } }],
      });
      await update(open, { ...open.properties, SecurityGroupEgress: [rule()] });
      expect(network.securityGroups.get(open.physicalId).egress).toMatchObject([
        { protocol: 'tcp', fromPort: 443, toPort: 443, peer: { kind: 'cidr', cidr: '10.20.0.0/16' } },
      ]);
    });

    it('keep rules that are resources of their own when their inline rules change', async () => {
      const { physicalId: GroupId, ...existing } = await group({ SecurityGroupIngress: [rule()] });
      const extra = await create('SecurityGroupIngress', { GroupId, ...rule({ FromPort: 80, ToPort: 80 }) });
      expect(extra.physicalId).toMatch(/^sgr-0/);
      await update({ physicalId: GroupId, ...existing }, { ...existing.properties, SecurityGroupIngress: [] });
      expect(network.securityGroups.get(GroupId).ingress).toMatchObject([{ fromPort: 80, ruleId: extra.physicalId }]);
      await remove(extra);
      expect(network.securityGroups.get(GroupId).ingress).toEqual([]);
    });

    it('name each other, and do not go while they are named', async () => {
      const functions = await group();
      const database = await group();
      const GroupId = database.physicalId;
      const named = await create('SecurityGroupIngress', {
        ...{ GroupId, IpProtocol: 'tcp', FromPort: 3306, ToPort: 3306 },
        SourceSecurityGroupId: functions.physicalId,
      });
      expect(await refusal(remove(functions))).toMatch(/^DependencyViolation/);
      await remove(named);
      await remove(functions);
    });

    it.each([
      [{ IpProtocol: 'tpc' }, /Unknown protocol/],
      [{ FromPort: undefined as never }, /both from and to ports/],
      [{ FromPort: 500 }, /Invalid TCP\/UDP port range \(500:443\)/],
      [{ ToPort: 70_000 }, /between -1 and 65535/],
      [{ CidrIp: '10.0.0.0' }, /CIDR block 10\.0\.0\.0 is malformed/],
      [{ SourcePrefixListId: 'pl-1' }, /exactly one of/],
      [{ Description: 'functions — HTTPS' }, /Invalid rule description/],
    ])('refuse a rule with %o', async (properties, expected) => {
      const wrong = JSON.parse(JSON.stringify(rule(properties)));
      expect(await refusal(group({ SecurityGroupIngress: [wrong] }))).toMatch(expected);
    });

    it('refuse the same rule twice, and a description of other characters', async () => {
      expect(await refusal(group({ SecurityGroupIngress: [rule(), rule({ Description: 'again' })] }))).toBe(
        'InvalidPermission.Duplicate: the specified rule "peer: 10.20.0.0/16, TCP, from port: 443, to port: 443, ALLOW" already exists',
      );
      expect(await refusal(group({ GroupDescription: 'Zugänge' }))).toMatch(
        /for parameter GroupDescription is invalid/,
      );
    });
  });

  describe('endpoints', () => {
    const endpoint = (VpcId: string, name: string, properties: JsonObject = {}) =>
      create('VPCEndpoint', { VpcId, ServiceName: `com.amazonaws.us-east-1.${name}`, ...properties });
    const INTERFACE = { VpcEndpointType: 'Interface', PrivateDnsEnabled: true };

    it('of the interface kind have names, network interfaces and a group', async () => {
      const { physicalId: VpcId, attributes } = await vpc({ EnableDnsHostnames: true });
      const { physicalId } = await subnet(VpcId, '10.20.0.0/24');
      const one = await endpoint(VpcId, 'secretsmanager', { ...INTERFACE, SubnetIds: [physicalId] });
      expect(one.attributes['NetworkInterfaceIds']).toEqual([expect.stringMatching(/^eni-0/)]);
      expect(one.attributes['DnsEntries']).toEqual([
        expect.stringMatching(
          /^Z[0-9A-F]+:vpce-0[0-9a-f]+-[0-9a-f]{8}\.secretsmanager\.us-east-1\.vpce\.amazonaws\.com$/,
        ),
        expect.stringMatching(/-us-east-1a\.secretsmanager\.us-east-1\.vpce\.amazonaws\.com$/),
        expect.stringMatching(/:secretsmanager\.us-east-1\.amazonaws\.com$/),
      ]);
      expect(network.endpoints.get(one.physicalId).securityGroupIds).toEqual([attributes['DefaultSecurityGroup']]);
      expect(await refusal(endpoint(VpcId, 'secretsmanager', INTERFACE))).toMatch(/conflicting DNS domain/);
    });

    it('have private names only where the VPC has names', async () => {
      const { physicalId: VpcId } = await vpc();
      expect(await refusal(endpoint(VpcId, 'sqs', INTERFACE))).toMatch(/enableDnsSupport and enableDnsHostnames/);
    });

    it('take one subnet of each zone', async () => {
      const { physicalId: VpcId } = await vpc({ EnableDnsHostnames: true });
      const SubnetIds = [
        (await subnet(VpcId, '10.20.0.0/24')).physicalId,
        (await subnet(VpcId, '10.20.1.0/24')).physicalId,
      ];
      expect(await refusal(endpoint(VpcId, 'sqs', { ...INTERFACE, SubnetIds }))).toMatch(/^DuplicateSubnetsInSameZone/);
    });

    it.each([
      ['secretmanager', INTERFACE, /does not exist \(did you mean com\.amazonaws\.us-east-1\.secretsmanager\?\)/],
      ['sqs', {}, /has no endpoints of type Gateway/],
      ['s3', { SubnetIds: ['subnet-1'] }, /only supported for Interface endpoints/],
      [
        's3',
        { PolicyDocument: { Statement: { Effect: 'Allow', Action: 's3:*' } } },
        /Missing required field Principal/,
      ],
      ['s3', { PolicyDocument: '{' }, /it is not JSON/],
    ])('are refused for %s with %o', async (name, properties, expected) => {
      const { physicalId } = await vpc({ EnableDnsHostnames: true });
      expect(await refusal(endpoint(physicalId, name, properties as JsonObject))).toMatch(expected);
    });

    it('of a service nobody here knows are taken, and named at start', async () => {
      const { physicalId } = await vpc({ EnableDnsHostnames: true });
      const one = await endpoint(physicalId, 'brand-new-thing', INTERFACE);
      const request = resourceRequest(one.type, one.properties);
      await expect(providers[one.type]!.unsupported!(request)).resolves.toMatchObject([{ path: ['ServiceName'] }]);
    });
  });

  describe('over HTTP', () => {
    const call = async (Action: string, parameters: Record<string, string> = {}) => {
      const response = await signedFetch(
        cloud.endpoint.url,
        {
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: String(new URLSearchParams({ Action, Version: '2016-11-15', ...parameters })),
        },
        { service: 'ec2' },
      );
      return { status: response.status, body: await response.text() };
    };

    it('the default group is closed as a deployment closes it', async () => {
      const { attributes } = await vpc();
      const GroupId = String(attributes['DefaultSecurityGroup']);
      const described = await call('DescribeSecurityGroupRules', {
        'Filter.1.Name': 'group-id',
        'Filter.1.Value.1': GroupId,
      });
      expect(described.status).toBe(200);
      const ids = [...described.body.matchAll(/<securityGroupRuleId>(sgr-0[0-9a-f]+)</g)].map(([, id]) => id!);
      expect(ids).toHaveLength(2);
      await call('RevokeSecurityGroupIngress', { GroupId, 'SecurityGroupRuleId.1': ids[0]! });
      const everything = {
        'IpPermissions.1.IpProtocol': '-1',
        'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0',
      };
      const revoked = await call('RevokeSecurityGroupEgress', { GroupId, ...everything });
      expect(revoked.body).toContain(
        '<return>true</return><revokedSecurityGroupRuleSet><item><securityGroupRuleId>sgr-0',
      );
      expect(network.securityGroups.get(GroupId)).toMatchObject({ ingress: [], egress: [] });
      const again = await call('RevokeSecurityGroupEgress', { GroupId, ...everything });
      expect(again.status).toBe(400);
      expect(again.body).toMatch(/^<Response><Errors><Error><Code>InvalidPermission\.NotFound<\/Code><Message>/);
    });

    it('subnets are found by filter', async () => {
      const { physicalId } = await vpc();
      const one = await subnet(physicalId, '10.20.0.0/24', { Tags: [{ Key: 'Name', Value: 'private A' }] });
      await subnet(physicalId, '10.20.1.0/24');
      const { body } = await call('DescribeSubnets', { 'Filter.1.Name': 'tag:Name', 'Filter.1.Value.1': 'private*' });
      expect(body).toContain(`<subnetId>${one.physicalId}</subnetId>`);
      expect(body.match(/<item><subnetId>/g)).toHaveLength(1);
      expect(body).toContain('<availableIpAddressCount>251</availableIpAddressCount>');
      const unknown = await call('DescribeSubnets', { 'SubnetId.1': 'subnet-1' });
      expect(unknown.body).toContain('<Code>InvalidSubnetID.NotFound</Code>');
    });
  });
});

import { signedFetch } from '../../doors/aws-endpoint/signatures.fixture.ts';
