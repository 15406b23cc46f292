import type { NetworkGraph, SecurityGroup } from './graph.ts';
import { canLookUp, canReach, type Destination, destinationOf, type Placement, type Reachability } from './index.ts';
import {
  ANYWHERE,
  careful,
  emptyVpc,
  endpoint,
  entry,
  type Given,
  group,
  inside,
  place,
  routeTo,
  subnet,
  table,
  tcp,
  withNat,
} from './network.fixture.ts';

const service = (name: string, region?: string): Destination => ({
  kind: 'aws-service',
  service: name,
  port: 443,
  ...(region && { region }),
});
const database = (more: Partial<Extract<Placement, { kind: 'vpc' }>> = {}): Destination => ({
  kind: 'placed',
  name: 'database',
  port: 3306,
  placement: { kind: 'vpc', subnetIds: ['SubnetA', 'SubnetB'], securityGroupIds: ['Database'], ...more },
});
const world: Destination = { kind: 'internet', hostname: 'example.com', port: 443 };
const both = inside(['SubnetA', 'SubnetB']);
const outside: Placement = { kind: 'public' };

const ask = (graph: NetworkGraph, to: Destination, from: Placement = both): Reachability =>
  canReach(graph, from, to, { name: 'tickets', logicalId: 'Tickets' });

/** `no` with what mends it; `yes` by what. */
function said(verdict: Reachability): string {
  if (verdict.kind === 'yes') return `yes${verdict.via ? ` via ${verdict.via.vpcEndpointId}` : ''}`;
  return `${verdict.kind}: ${verdict.reason}`;
}
const mended = (verdict: Reachability): readonly string[] =>
  verdict.kind === 'no'
    ? (verdict.steps ?? []).map((step) =>
        step.kind === 'add-resource'
          ? `${step.logicalId} ${step.resource['Type']}`
          : `${step.kind} ${step.logicalId}.${step.path.join('.')} ${JSON.stringify('value' in step ? step.value : '')}`,
      )
    : [];

/** The same with some of its parts replaced. */
const having = (graph: Given, changes: Partial<Given>): NetworkGraph => ({ ...graph, ...changes });
const groupsBut = (graph: Given, groupId: string, changes: Partial<SecurityGroup>) => ({
  securityGroups: graph.securityGroups.map((one) => (one.groupId === groupId ? { ...one, ...changes } : one)),
});

describe('an AWS service, from inside a VPC', () => {
  it('is reached by an interface endpoint, also from the other zone, and by a gateway endpoint', () => {
    expect(said(ask(careful(), service('sqs')))).toBe('yes via sqsEndpoint');
    expect(said(ask(careful(), service('s3')))).toBe('yes via s3Endpoint');
    expect(ask(careful(), service('sqs'))).toMatchObject({ vpcId: 'Vpc', via: { vpcId: 'Vpc' } });
  });

  it('is not without one and without a way out', () => {
    const verdict = ask(careful(), service('sns'));
    expect(said(verdict)).toBe(
      "no: SubnetA's route table TableA has no route to the internet and the VPC has no com.amazonaws.us-east-1.sns endpoint",
    );
    expect(verdict).toMatchObject({
      path: [
        { kind: 'subnet', id: 'SubnetA' },
        { kind: 'dns' },
        { kind: 'route-table', id: 'TableA', place: place('TableA') },
      ],
      remedy: expect.stringContaining('ServiceName: !Sub com.amazonaws.${AWS::Region}.sns'),
    });
    expect(mended(verdict)).toEqual(['SnsEndpoint AWS::EC2::VPCEndpoint']);
  });

  it('is asked for by the endpoint of its very name', () => {
    expect(said(ask(careful(), service('sqs', 'eu-west-1')))).toMatch(/^no: SubnetA's route table TableA has no route/);
    expect(said(ask(careful(), service('dynamodb')))).toMatch(
      /^no: .* the VPC has no com\.amazonaws\.us-east-1\.dynamodb endpoint$/,
    );
    expect(mended(ask(careful(), service('dynamodb')))[0]).toBe('DynamoDbEndpoint AWS::EC2::VPCEndpoint');
  });

  it('goes past an endpoint without a private name', () => {
    const [sqs, s3] = careful().endpoints;
    const verdict = ask(having(careful(), { endpoints: [{ ...sqs!, privateDnsEnabled: false }, s3!] }), service('sqs'));
    expect(said(verdict)).toMatch(/sqsEndpoint has no private DNS, so that the service's own name leads past it$/);
    expect(mended(verdict)).toEqual(['set sqsEndpoint.PrivateDnsEnabled true']);
  });

  it.each(['enableDnsSupport', 'enableDnsHostnames'] as const)('has no private name in a VPC with %s off', (name) => {
    const [vpc] = careful().vpcs;
    const verdict = ask(having(careful(), { vpcs: [{ ...vpc!, [name]: false }] }), service('sqs'));
    expect(verdict.kind).toBe('no');
    expect(mended(verdict)[0]).toBe(`set Vpc.${name.replace('enable', 'Enable')} true`);
  });

  it('is reached by the own name of an endpoint, whatever its private name is', () => {
    const [sqs, s3] = careful().endpoints;
    const graph = having(careful(), {
      endpoints: [{ ...sqs!, vpcEndpointId: 'vpce-0a', privateDnsEnabled: false }, s3!],
    });
    const named = (hostname: string) => ask(graph, destinationOf({ hostname, port: 443 }));
    expect(said(named('vpce-0a-12ab34cd.sqs.us-east-1.vpce.amazonaws.com'))).toBe('yes via vpce-0a');
    expect(said(named('vpce-0a-12ab34cd-us-east-1a.sqs.us-east-1.vpce.amazonaws.com'))).toBe('yes via vpce-0a');
    expect(said(named('vpce-0b-12ab34cd.sqs.us-east-1.vpce.amazonaws.com'))).toMatch(
      /^unknown: vpce-0b is not of this stack/,
    );
    expect(ask(graph, service('sqs')).kind).toBe('no');
    const own = destinationOf({ hostname: 'vpce-0a-12ab34cd.sqs.us-east-1.vpce.amazonaws.com', port: 443 });
    expect(said(ask(graph, own, outside))).toBe(
      'no: sqsEndpoint has private addresses only, and tickets stands outside every VPC: it has no VpcConfig',
    );
  });

  it('is not known where the VPC asks name servers of its own', () => {
    const [vpc] = careful().vpcs;
    const graph = having(careful(), { vpcs: [{ ...vpc!, ownNameServers: true }] });
    expect(said(ask(graph, service('sqs')))).toMatch(/^unknown: the DHCP options of Vpc name servers of their own/);
    expect(ask(graph, service('s3')).kind).toBe('yes');
  });

  it('needs a gateway endpoint in the route table of every subnet', () => {
    const [sqs, s3] = careful().endpoints;
    const verdict = ask(having(careful(), { endpoints: [sqs!, { ...s3!, routeTableIds: ['TableA'] }] }), service('s3'));
    expect(said(verdict)).toBe(
      "no: SubnetB's route table TableB has no route to the internet and s3Endpoint is not in the route table of SubnetB",
    );
    expect(mended(verdict)).toEqual(['add-item s3Endpoint.RouteTableIds {"Ref":"TableB"}']);
  });

  it('needs the association that leads a subnet to its table, not to the main one', () => {
    const graph = having(careful(), {
      routeTables: [...emptyVpc().routeTables, table('TableA', ['SubnetA']), table('TableB', [])],
    });
    const verdict = ask(graph, service('s3'));
    expect(said(verdict)).toMatch(
      /^no: SubnetB has no route table of its own, and the main route table of Vpc has no route/,
    );
    expect(mended(verdict)).toEqual(['SubnetBRouteTableAssociation AWS::EC2::SubnetRouteTableAssociation']);
    expect(JSON.stringify(verdict)).toContain('{"Ref":"TableB"}');
  });

  it('needs the prefix list, or a block of everything, in the group', () => {
    const closed = having(careful(), groupsBut(careful(), 'Functions', { egress: [tcp(443, 'Endpoints')] }));
    const verdict = ask(closed, service('s3'));
    expect(said(verdict)).toBe('no: Functions lets no tcp 443 out to s3 (s3Endpoint)');
    expect(JSON.stringify(verdict)).toContain('"DestinationPrefixListId":"pl-63a5400a"');
    for (const [peer, answer] of [
      ['0.0.0.0/0', 'yes'],
      ['pl-02cd2c6b', 'no'],
      ['pl-0123456789', 'unknown'],
      ['10.0.0.0/8', 'no'],
      ['52.216.0.0/15', 'unknown'],
    ] as const) {
      const open = having(careful(), groupsBut(careful(), 'Functions', { egress: [tcp(443, peer)] }));
      expect([peer, ask(open, service('s3')).kind]).toEqual([peer, answer]);
    }
  });

  it('needs an endpoint that has a subnet and lets the functions in', () => {
    const [sqs, s3] = careful().endpoints;
    const bare = ask(having(careful(), { endpoints: [{ ...sqs!, subnetIds: [] }, s3!] }), service('sqs'));
    expect(said(bare)).toBe('no: sqsEndpoint has no subnet, so there is nothing behind its name');
    expect(mended(bare)).toEqual(['add-item sqsEndpoint.SubnetIds {"Ref":"SubnetA"}']);
    const shut = ask(having(careful(), groupsBut(careful(), 'Endpoints', { ingress: [] })), service('sqs'));
    expect(said(shut)).toBe('no: Endpoints, the security group of sqsEndpoint, lets no tcp 443 in from tickets');
    expect(mended(shut)).toEqual(['EndpointsFromFunctions AWS::EC2::SecurityGroupIngress']);
  });

  it('is mended by the group the other endpoints have, where one was left in the default group', () => {
    const [sqs, s3] = careful().endpoints;
    const endpoints = [
      { ...sqs!, securityGroupIds: ['default-sg'] },
      s3!,
      endpoint('sns', { subnetIds: ['SubnetA'], securityGroupIds: ['Endpoints'] }),
    ];
    const verdict = ask(having(careful(), { endpoints }), service('sqs'));
    expect(said(verdict)).toBe('no: Functions lets no tcp 443 out to sqsEndpoint');
    expect(mended(verdict)).toEqual(['set sqsEndpoint.SecurityGroupIds [{"Ref":"Endpoints"}]']);
  });

  it("takes S3's interface endpoint only where no gateway endpoint is, or where it is said to be for those inside too", () => {
    const s3 = careful().endpoints[1]!;
    const also = {
      ...endpoint('s3', { subnetIds: ['SubnetA'], securityGroupIds: ['Endpoints'] }),
      vpcEndpointId: 'named',
    };
    const via = (endpoints: Given['endpoints']) => said(ask(having(careful(), { endpoints }), service('s3')));
    expect(via([also, s3])).toBe('yes via s3Endpoint');
    expect(via([{ ...also, privateDnsForInboundOnly: false }, s3])).toBe('yes via named');
    expect(via([also])).toBe('yes via named');
    expect(via([{ ...also, privateDnsEnabled: false }])).toMatch(/^no/);
  });

  it('is not offered an endpoint that AWS does not have', () => {
    const graph: NetworkGraph = { ...careful(), endpointServices: new Set(['sqs']) };
    expect(mended(ask(graph, service('route53'))).join()).not.toContain('VPCEndpoint');
    expect(mended(ask(graph, service('route53'))).join()).toContain('NatGateway');
  });

  it('carries the policy of the endpoint, and where it stands', () => {
    const policy = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' },
    };
    const [sqs, s3] = careful().endpoints;
    const verdict = ask(having(careful(), { endpoints: [{ ...sqs!, policy }, s3!] }), service('sqs'));
    expect(verdict).toMatchObject({
      via: {
        policy: {
          document: { Statement: [{ Effect: 'Allow', Principal: '*', Action: ['sqs:*'], Resource: ['*'] }] },
          source: { kind: 'endpoint', place: { logicalId: 'sqsEndpoint', path: ['PolicyDocument'] } },
        },
      },
    });
  });
});

describe('a NAT gateway', () => {
  it('leads to services and to the internet', () => {
    expect(said(ask(withNat(), service('sns')))).toBe('yes');
    expect(said(ask(withNat(), world))).toBe('yes');
    expect(said(ask(withNat(), service('sqs', 'eu-west-1')))).toBe('yes');
  });

  it('needs a group that lets names of the internet out', () => {
    const graph = having(withNat(), { securityGroups: careful().securityGroups });
    expect(said(ask(graph, world))).toBe('no: Functions lets no tcp 443 out to example.com');
    expect(mended(ask(graph, world))).toEqual(['FunctionsToInternet AWS::EC2::SecurityGroupEgress']);
  });

  const tables = (publicRoutes: Parameters<typeof table>[2][], target = routeTo('nat-gateway', 'Nat')) => ({
    routeTables: [
      ...emptyVpc().routeTables,
      table('TableA', ['SubnetA'], target),
      table('TableB', ['SubnetB'], target),
      table('PublicTable', ['PublicSubnet'], ...publicRoutes.filter((one) => one !== undefined)),
    ],
  });

  it('is of no use in a subnet that is not a public one itself', () => {
    const verdict = ask(having(withNat(), tables([])), world);
    expect(said(verdict)).toBe(
      'no: NAT gateway Nat stands in PublicSubnet, whose route table PublicTable has no route to an internet gateway',
    );
    expect(mended(verdict)).toEqual(['OutboundRoute AWS::EC2::Route']);
    expect(said(ask(having(withNat(), tables([routeTo('nat-gateway', 'Nat')])), world))).toMatch(
      /^no: NAT gateway Nat .* does not lead to an internet gateway$/,
    );
    const detached = having(withNat(), {
      internetGateways: [{ internetGatewayId: 'Gateway', place: place('Gateway') }],
    });
    expect(said(ask(detached, world))).toMatch(/leads to Gateway, which is not attached to Vpc$/);
  });

  it('needs an address of its own, unless it is a private one, which reaches no internet', () => {
    const [nat] = withNat().natGateways;
    const { allocationId, ...bare } = nat!;
    expect(said(ask(having(withNat(), { natGateways: [bare] }), world))).toBe(
      'no: NAT gateway Nat has no Elastic IP address',
    );
    const verdict = ask(having(withNat(), { natGateways: [{ ...bare, connectivity: 'private' }] }), world);
    expect(said(verdict)).toBe('no: NAT gateway Nat is a private one: an internet gateway takes nothing from it');
  });

  it('is a black hole once it is gone', () => {
    expect(said(ask(having(withNat(), { natGateways: [] }), world))).toBe(
      "no: SubnetA's route table TableA leads to Nat, which does not exist any more",
    );
  });

  it("is passed through its own subnet's ACL, in both directions", () => {
    const acl = (entries: Given['networkAcls'][number]['entries']) =>
      having(withNat(), {
        networkAcls: [...withNat().networkAcls, { networkAclId: 'Acl', vpcId: 'Vpc', place: place('Acl'), entries }],
        subnets: withNat().subnets.map((one) =>
          one.subnetId === 'PublicSubnet' ? { ...one, networkAclId: 'Acl' } : one,
        ),
      });
    const https = { protocol: '6', fromPort: 443, toPort: 443 };
    const answers = { protocol: '6', fromPort: 1024, toPort: 65535 };
    const whole = [
      entry(100, false, { ...https, cidr: '10.0.0.0/16' }),
      entry(110, false, answers),
      entry(100, true, https),
      entry(110, true, answers),
    ];
    expect(said(ask(acl(whole), world))).toBe('yes');
    for (const missing of whole) {
      const verdict = ask(acl(whole.filter((one) => one !== missing)), world);
      expect(said(verdict)).toMatch(/^no: network ACL Acl of PublicSubnet does not let .* \(no rule allows it\)$/);
      expect(mended(verdict)[0]).toMatch(/ AWS::EC2::NetworkAclEntry$/);
    }
  });

  it('is what a lost route is mended with, rather than an endpoint or another gateway', () => {
    const graph = having(withNat(), tables([routeTo('internet-gateway', 'Gateway')]));
    const lost = {
      ...graph,
      routeTables: graph.routeTables.map((one) => (one.routeTableId === 'TableB' ? table('TableB', ['SubnetB']) : one)),
    };
    for (const to of [world, service('sns')]) {
      expect(mended(ask(lost, to))).toEqual(['TableBToInternet AWS::EC2::Route']);
    }
  });

  it('is offered with all it needs where there is nothing', () => {
    const open = having(careful(), groupsBut(careful(), 'Functions', { egress: [ANYWHERE] }));
    expect(mended(ask(open, world)).map((step) => step.split('::').at(-1))).toEqual([
      ...['EIP', 'NatGateway', 'Subnet', 'RouteTable', 'SubnetRouteTableAssociation'],
      ...['InternetGateway', 'VPCGatewayAttachment', 'Route', 'Route', 'Route'],
    ]);
  });
});

describe('other ways out', () => {
  const by = (...args: Parameters<typeof routeTo>) => {
    const routes = [routeTo(...args)];
    return having(withNat(), {
      routeTables: [
        ...emptyVpc().routeTables,
        table('TableA', ['SubnetA'], ...routes),
        table('TableB', ['SubnetB'], ...routes),
      ],
    });
  };

  it('through an internet gateway alone lead nowhere: a function has no public address', () => {
    expect(said(ask(by('internet-gateway', 'Gateway'), world))).toBe(
      "no: SubnetA's route table TableA leads to Gateway, an internet gateway, but a function's network interface has no public address, so nothing comes back through it",
    );
    expect(mended(ask(by('internet-gateway', 'Gateway'), service('sns')))[0]).toBe('SnsEndpoint AWS::EC2::VPCEndpoint');
  });

  it('carry IPv6 only, by an egress-only gateway', () => {
    expect(said(ask(by('egress-only-internet-gateway', 'eigw'), world))).toMatch(/^no: .* carries IPv6 only$/);
  });

  it.each([
    'transit-gateway',
    'vpc-peering-connection',
    'network-interface',
    'instance',
    'vpc-endpoint',
    'other',
  ] as const)('through a target of kind %s are not guessed at', (kind) =>
    expect(said(ask(by(kind, 'some-1'), world))).toMatch(
      /^unknown: SubnetA's route table TableA leads to some-1: what is behind a .* is not known here$/,
    ),
  );

  it('are not guessed at where a more special route may be taken', () => {
    const graph = having(withNat(), {
      routeTables: [
        ...emptyVpc().routeTables,
        table('TableA', ['SubnetA'], routeTo('nat-gateway', 'Nat'), routeTo('transit-gateway', 'tgw', '52.0.0.0/8')),
      ],
    });
    const from = inside(['SubnetA']);
    expect(said(ask(graph, world, from))).toMatch(/^unknown: TableA of SubnetA has a route for 52\.0\.0\.0\/8/);
    const address = (ip: string): Destination => ({ kind: 'address', ip, port: 443 });
    expect(ask(graph, address('52.1.2.3'), from).kind).toBe('unknown');
    expect(said(ask(having(withNat(), {}), address('52.1.2.3'), from))).toBe('yes');
  });
});

describe('a database, from inside its VPC', () => {
  it('is reached by groups that name each other', () => {
    expect(said(ask(careful(), database()))).toBe('yes');
  });

  it('is not when one of the two rules is missing', () => {
    const noWayOut = ask(
      having(careful(), groupsBut(careful(), 'Functions', { egress: [tcp(443, 'Endpoints')] })),
      database(),
    );
    expect(said(noWayOut)).toBe('no: Functions lets no tcp 3306 out to database');
    expect(mended(noWayOut)).toEqual(['FunctionsToDatabase AWS::EC2::SecurityGroupEgress']);
    const noWayIn = ask(
      having(careful(), groupsBut(careful(), 'Database', { ingress: [tcp(3307, 'Functions')] })),
      database(),
    );
    expect(said(noWayIn)).toBe('no: Database, the security group of database, lets no tcp 3306 in from tickets');
    expect(mended(noWayIn)).toEqual(['DatabaseFromFunctions AWS::EC2::SecurityGroupIngress']);
  });

  it('is written where the others are, when a group has its rules inside it', () => {
    const own = { ...place('Functions'), path: ['SecurityGroupEgress', 0] };
    const egress = [{ ...tcp(443, 'Endpoints'), place: own }];
    const verdict = ask(having(careful(), groupsBut(careful(), 'Functions', { egress })), database());
    expect(mended(verdict)).toEqual([
      'add-item Functions.SecurityGroupEgress {"IpProtocol":"tcp","FromPort":3306,"ToPort":3306,"DestinationSecurityGroupId":{"Ref":"Database"}}',
    ]);
    // Both inside their groups, neither could be made first.
    const back = { ...tcp(22, 'Functions'), place: { ...place('Database'), path: ['SecurityGroupIngress', 0] } };
    const circle = {
      ...careful(),
      ...groupsBut({ ...careful(), ...groupsBut(careful(), 'Functions', { egress }) }, 'Database', { ingress: [back] }),
    };
    expect(mended(ask(circle, database()))[0]).toBe('FunctionsToDatabase AWS::EC2::SecurityGroupEgress');
  });

  it.each([
    ['by block', [tcp(3306, '10.0.0.0/16')], 'yes'],
    ['by the block of one of two subnets', [tcp(3306, '10.0.0.0/24')], 'no'],
    ['by half a subnet', [tcp(3306, '10.0.0.0/25'), tcp(3306, '10.0.1.0/24')], 'unknown'],
    ['by all protocols', [ANYWHERE], 'yes'],
    ['by a range', [{ ...tcp(1, 'Functions'), toPort: 4000 }], 'yes'],
    ['by UDP only', [{ ...tcp(3306, 'Functions'), protocol: 'udp' }], 'no'],
    ['by an own prefix list', [tcp(3306, 'pl-own')], 'yes'],
    ['by an IPv6 block', [{ ...tcp(3306, 'x'), peer: { kind: 'ipv6-cidr', cidr: '::/0' } as const }], 'no'],
    ['by another group', [tcp(3306, 'Endpoints')], 'no'],
  ])('is reached %s: rules %#', (_, ingress, answer) => {
    const graph = having(careful(), {
      ...groupsBut(careful(), 'Database', { ingress }),
      prefixLists: [{ prefixListId: 'pl-own', entries: [{ cidr: '10.0.0.0/23' }] }],
    });
    expect(ask(graph, database()).kind).toBe(answer);
  });

  it('is reached by any of several groups, and by a group that names itself', () => {
    expect(said(ask(careful(), database(), inside(['SubnetA'], ['Endpoints', 'Functions'])))).toBe('yes');
    const own = having(
      careful(),
      groupsBut(careful(), 'Database', { egress: [ANYWHERE], ingress: [tcp(3306, 'Database')] }),
    );
    expect(said(ask(own, database(), inside(['SubnetA'], ['Database'])))).toBe('yes');
    const byDefault = inside(['SubnetA'], ['default-sg']);
    expect(said(ask(careful(), database({ securityGroupIds: ['default-sg'] }), byDefault))).toBe('yes');
    expect(said(ask(careful(), database({ securityGroupIds: ['default-sg'] })))).toMatch(/^no/);
  });

  it('is not known where a subnet or a group is somebody else’s', () => {
    expect(said(ask(careful(), database(), inside(['subnet-elsewhere'])))).toBe(
      'unknown: subnet subnet-elsewhere is not known here: it is not of this stack',
    );
    expect(ask(careful(), service('s3'), inside(['SubnetA'], ['sg-elsewhere'])).kind).toBe('unknown');
    expect(ask(careful(), database({ subnetIds: ['SubnetA', 'subnet-elsewhere'] })).kind).toBe('unknown');
    // Stopped for certain is stopped.
    const shut = having(careful(), groupsBut(careful(), 'Functions', { egress: [tcp(1, '10.0.0.0/8')] }));
    expect(ask(shut, database({ subnetIds: ['subnet-elsewhere', 'SubnetA'] })).kind).toBe('no');
  });

  describe('past network ACLs', () => {
    const mysql = { protocol: '6', fromPort: 3306, toPort: 3306 };
    const answers = { protocol: '6', fromPort: 1024, toPort: 65535 };
    const withAcl = (entries: Given['networkAcls'][number]['entries'], of = 'SubnetB') =>
      having(careful(), {
        networkAcls: [...careful().networkAcls, { networkAclId: 'Acl', vpcId: 'Vpc', place: place('Acl'), entries }],
        subnets: careful().subnets.map((one) => (one.subnetId === of ? { ...one, networkAclId: 'Acl' } : one)),
      });
    const from = inside(['SubnetA']);
    const to = database({ subnetIds: ['SubnetB'] });

    it('needs the way in and the way of the answers', () => {
      const whole = [entry(100, false, mysql), entry(100, true, answers)];
      expect(said(ask(withAcl(whole), to, from))).toBe('yes');
      expect(said(ask(withAcl([whole[0]!]), to, from))).toBe(
        'no: network ACL Acl of SubnetB does not let the answers, tcp 1024-65535 out to tickets in SubnetA (no rule allows it)',
      );
      expect(said(ask(withAcl([whole[1]!]), to, from))).toMatch(/does not let tcp 3306 in from tickets/);
    });

    it('needs all ports that answers may come to', () => {
      const few = { ...answers, fromPort: 32768 };
      const verdict = ask(withAcl([entry(100, false, mysql), entry(100, true, few)]), to, from);
      expect(said(verdict)).toMatch(/tcp 1024-65535 out to tickets in SubnetA, of which it denies 1024-32767/);
    });

    it('needs them at the own subnet too', () => {
      const whole = [entry(100, true, mysql), entry(100, false, answers)];
      expect(said(ask(withAcl(whole, 'SubnetA'), to, from))).toBe('yes');
      expect(said(ask(withAcl([whole[0]!], 'SubnetA'), to, from))).toMatch(
        /Acl of SubnetA does not let the answers, .* in from database/,
      );
    });

    it('is stopped by a lower rule that denies, and mended by one before it', () => {
      const entries = [entry(50, false, { ...mysql, action: 'deny' }), entry(100, false), entry(100, true)];
      const verdict = ask(withAcl(entries), to, from);
      expect(said(verdict)).toMatch(/\(rule 50\)$/);
      expect(verdict).toMatchObject({
        steps: [{ resource: { Properties: { RuleNumber: 49, Egress: false, Protocol: 6 } } }],
      });
    });

    it('asks no ACL within one subnet', () => {
      expect(said(ask(withAcl([]), to, inside(['SubnetB'])))).toBe('yes');
    });
  });

  it('in another VPC is reached by nothing that is known, and not guessed at behind a peering connection', () => {
    const other = {
      ...emptyVpc().vpcs[0]!,
      vpcId: 'Other',
      place: place('Other'),
      cidrBlocks: [{ cidrBlock: '10.1.0.0/16' }],
    };
    const far = subnet('Far', 1, { vpcId: 'Other', cidrBlock: '10.1.1.0/24' });
    const graph = having(careful(), { vpcs: [...careful().vpcs, other], subnets: [...careful().subnets, far] });
    const to = database({ subnetIds: ['Far'] });
    expect(said(ask(graph, to))).toBe('no: database is in Other, and nothing connects Vpc with it');
    const peered = {
      ...graph,
      routeTables: [
        ...emptyVpc().routeTables,
        ...['A', 'B'].map((name) =>
          table(`Table${name}`, [`Subnet${name}`], routeTo('vpc-peering-connection', 'pcx', '10.1.0.0/16')),
        ),
      ],
    };
    expect(said(ask(peered, to))).toMatch(/^unknown: TableA leads 10\.1\.0\.0\/16 to pcx/);
  });
});

describe('from outside every VPC', () => {
  it('public services and the internet are reached', () => {
    for (const to of [service('sqs'), service('s3', 'eu-west-1'), world])
      expect(said(ask(careful(), to, outside))).toBe('yes');
  });

  it('a private database is not, which a place inside mends', () => {
    const verdict = ask(careful(), database(), outside);
    expect(said(verdict)).toBe(
      'no: database stands inside Vpc and has no public address, and tickets stands outside: it has no VpcConfig',
    );
    expect(mended(verdict)).toEqual([
      'set Tickets.VpcConfig {"SubnetIds":[{"Ref":"SubnetA"},{"Ref":"SubnetB"}],"SecurityGroupIds":[{"Ref":"Functions"}]}',
    ]);
  });

  it.each([
    ['the whole internet', [tcp(3306, '0.0.0.0/0')], 'yes'],
    ['some public block, in which a function may be or not', [tcp(3306, '52.0.0.0/8')], 'unknown'],
    ['a private block', [tcp(3306, '10.0.0.0/8')], 'no'],
    ['a group', [tcp(3306, 'Functions')], 'no'],
  ])('a public database is reached if it lets in %s', (_, ingress, answer) => {
    const graph = having(withNat(), groupsBut(withNat(), 'Database', { ingress }));
    const to = database({ subnetIds: ['PublicSubnet'], publiclyAccessible: true });
    expect(ask(graph, to, outside).kind).toBe(answer);
  });

  it('a public address is of no use in a private subnet', () => {
    const graph = having(withNat(), groupsBut(withNat(), 'Database', { ingress: [ANYWHERE] }));
    expect(said(ask(graph, database({ publiclyAccessible: true }), outside))).toBe(
      'no: database stands in SubnetA, whose route table TableA does not lead to an internet gateway, so its public address is of no use',
    );
  });

  it('private addresses are not reached, public ones are', () => {
    expect(ask(careful(), { kind: 'address', ip: '10.0.0.9', port: 80 }, outside).kind).toBe('no');
    expect(ask(careful(), { kind: 'address', ip: '8.8.8.8', port: 53, protocol: 'udp' }, outside).kind).toBe('yes');
  });
});

describe('addresses, from inside a VPC', () => {
  const at = (ip: string, port = 443, protocol?: 'udp'): Destination => ({
    kind: 'address',
    ip,
    port,
    ...(protocol && { protocol }),
  });
  const open = (base: Given) => having(base, groupsBut(base, 'Functions', { egress: [ANYWHERE] }));

  it.each([
    ['10.0.0.9', 'unknown: nothing of the stack is known at 10.0.0.9 in SubnetA'],
    ['10.0.77.9', "no: 10.0.77.9 is in Vpc's block, but in no subnet of it"],
    ['192.168.0.1', "no: SubnetA's route table TableA has no route to 192.168.0.1"],
    ['8.8.8.8', "no: SubnetA's route table TableA has no route to 8.8.8.8"],
    ['2600::1', 'unknown: the network here is IPv4 only: whether 2600::1 can be reached is not known'],
  ])('%s', (ip, answer) => expect(said(ask(open(careful()), at(ip), inside(['SubnetA'])))).toBe(answer));

  it('are reached through a NAT gateway when they are public', () => {
    expect(said(ask(open(withNat()), at('8.8.8.8', 53, 'udp')))).toBe('yes');
    expect(said(ask(open(withNat()), at('192.168.0.1')))).toBe(
      'no: 192.168.0.1 is a private address, which no NAT gateway reaches',
    );
    expect(said(ask(withNat(), at('8.8.8.8', 53, 'udp')))).toBe('no: Functions lets no udp 53 out to 8.8.8.8');
  });

  it('behind a peering connection nobody here knows, private ones too', () => {
    const base = withNat();
    const peered = {
      destination: { kind: 'cidr', cidr: '192.168.0.0/16' },
      target: { kind: 'vpc-peering-connection', id: 'pcx' },
    } as const;
    const routeTables = base.routeTables.map((each) => ({ ...each, routes: [...each.routes, peered] }));
    expect(said(ask(open(having(base, { routeTables })), at('192.168.0.1')))).toMatch(
      /^unknown: .*what is behind a vpc peering connection is not known here$/,
    );
  });

  it("are the VPC's resolver, whatever the groups say", () => {
    expect(said(ask(careful(), at('10.0.0.2', 53, 'udp')))).toBe('yes');
  });
});

describe('names', () => {
  it('are looked up unless the VPC has that off', () => {
    const [vpc] = careful().vpcs;
    const off = having(careful(), { vpcs: [{ ...vpc!, enableDnsSupport: false }] });
    expect(canLookUp(careful(), both).kind).toBe('yes');
    expect(canLookUp(off, outside).kind).toBe('yes');
    expect(canLookUp(off, both)).toMatchObject({ kind: 'no', remedy: 'set Vpc.EnableDnsSupport:\n  true' });
    expect(said(ask(off, database()))).toMatch(/^no: Vpc has EnableDnsSupport off/);
    expect(ask(off, { kind: 'address', ip: '10.0.0.9', port: 3306 }).kind).toBe('unknown');
  });
});

it('tries its advice before it gives it: applied, it is the last that is needed', () => {
  const nothing = having(emptyVpc(), {
    subnets: [subnet('SubnetA', 0)],
    securityGroups: [...emptyVpc().securityGroups, group('Functions', { egress: [tcp(1, '255.255.255.255/32')] })],
  });
  const verdict = ask(nothing, service('sqs'), inside(['SubnetA']));
  expect(mended(verdict)).toEqual([
    'EndpointsSecurityGroup AWS::EC2::SecurityGroup',
    'SqsEndpoint AWS::EC2::VPCEndpoint',
    'FunctionsToEndpoints AWS::EC2::SecurityGroupEgress',
  ]);
});
