import type { JsonObject } from '../../local/template/index.ts';
import { load, statementsOf, type Template, VARIANTS, variablesOf } from './template.ts';

/** First and last address of a block, as numbers. */
function range(cidr: string): [number, number] {
  const [address = '', bits = ''] = cidr.split('/');
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return [first, first + 2 ** (32 - Number(bits)) - 1];
}

describe.each(['10.20.0.0/16', '10.0.0.0/24', '172.31.240.0/20', '192.168.128.0/23'])('in a VPC of %s', (VpcCidr) => {
  const subnets = load({ VpcCidr, Egress: 'nat' }).of('AWS::EC2::Subnet');
  const ranges = subnets.map(({ properties }) => range(String(properties['CidrBlock'])));

  it('every subnet lies inside, on the boundary of its own size', () => {
    const [first, last] = range(VpcCidr);
    expect(subnets).toHaveLength(3);
    for (const [from, to] of ranges) {
      expect(from).toBeGreaterThanOrEqual(first);
      expect(to).toBeLessThanOrEqual(last);
      expect(from % (to - from + 1)).toBe(0);
    }
  });

  it('no two subnets overlap', () => {
    const sorted = [...ranges].sort(([a], [b]) => a - b);
    for (let index = 1; index < sorted.length; index += 1) {
      expect(sorted[index]![0]).toBeGreaterThan(sorted[index - 1]![1]);
    }
  });

  it('every subnet holds the interfaces of its functions, proxies and endpoints', () => {
    // AWS keeps five addresses of each; functions share an interface per subnet and security group.
    for (const [from, to] of ranges) expect(to - from + 1 - 5).toBeGreaterThanOrEqual(50);
  });
});

/** Every way between two parties that the groups allow: `from → to port`. */
function ways(template: Template): string[] {
  const egress = template
    .of('AWS::EC2::SecurityGroup')
    .flatMap(({ logicalId, properties }) =>
      ((properties['SecurityGroupEgress'] ?? []) as JsonObject[]).map(
        (rule) => `${logicalId} → ${targetOf(rule)} ${rule['IpProtocol']} ${rule['FromPort']}`,
      ),
    );
  const ingress = template
    .of('AWS::EC2::SecurityGroupIngress')
    .map(
      ({ properties }) =>
        `${properties['GroupId']} ← ${properties['SourceSecurityGroupId'] ?? properties['CidrIp']} ${properties['IpProtocol']} ${properties['FromPort']}`,
    );
  return [...egress, ...ingress].sort();
}

function targetOf(rule: JsonObject): string {
  return String(rule['DestinationSecurityGroupId'] ?? rule['DestinationPrefixListId'] ?? rule['CidrIp']);
}

const WAYS = [
  'FunctionsSecurityGroup → EndpointsSecurityGroup tcp 443',
  'FunctionsSecurityGroup → ProxySecurityGroup tcp 3306',
  'FunctionsSecurityGroup → pl-63a5400a tcp 443',
  'FunctionsSecurityGroup → pl-02cd2c6b tcp 443',
  'ProxySecurityGroup → DatabaseSecurityGroup tcp 3306',
  // Groups without an egress rule get allow-all: these match nothing.
  'EndpointsSecurityGroup → 255.255.255.255/32 icmp 252',
  'DatabaseSecurityGroup → 255.255.255.255/32 icmp 252',
  'EndpointsSecurityGroup ← FunctionsSecurityGroup tcp 443',
  'ProxySecurityGroup ← FunctionsSecurityGroup tcp 3306',
  'DatabaseSecurityGroup ← ProxySecurityGroup tcp 3306',
  // Whoever changes the password of the database's user speaks to the database itself, past the proxy.
  'RotationSecurityGroup → DatabaseSecurityGroup tcp 3306',
  'RotationSecurityGroup → EndpointsSecurityGroup tcp 443',
  'DatabaseSecurityGroup ← RotationSecurityGroup tcp 3306',
  'EndpointsSecurityGroup ← RotationSecurityGroup tcp 443',
];

describe.each(VARIANTS)('with %s', (_name, parameters) => {
  const template = load(parameters);
  const hasNat = parameters['Egress'] === 'nat';

  it('security groups allow these ways and no others', () => {
    const expected = hasNat ? [...WAYS, 'FunctionsSecurityGroup → 0.0.0.0/0 tcp 443'] : WAYS;
    expect(ways(template)).toEqual([...expected].sort());
  });

  it('no rule stands inside a group where it would be a cycle', () => {
    for (const group of template.of('AWS::EC2::SecurityGroup')) {
      expect(group.properties['SecurityGroupIngress']).toBeUndefined();
    }
  });

  it('there is a way to the internet only when it was asked for, and never a public address', () => {
    const open = template
      .of('AWS::EC2::Route')
      .filter(({ properties }) => properties['DestinationCidrBlock'] === '0.0.0.0/0');
    expect(open.map(({ logicalId }) => logicalId)).toEqual(hasNat ? ['PublicRoute', 'NatRouteA', 'NatRouteB'] : []);
    expect(template.of('AWS::EC2::InternetGateway')).toHaveLength(hasNat ? 1 : 0);
    for (const { properties } of template.of('AWS::EC2::Subnet')) {
      expect(properties['MapPublicIpOnLaunch'] ?? false).toBe(false);
    }
  });

  it('the two private subnets are in different zones, each with a route table of its own', () => {
    const zones = ['PrivateSubnetA', 'PrivateSubnetB'].map((name) => template.get(name).properties['AvailabilityZone']);
    expect(new Set(zones).size).toBe(2);
    const associations = template
      .of('AWS::EC2::SubnetRouteTableAssociation')
      .map(({ properties }) => [properties['SubnetId'], properties['RouteTableId']]);
    expect(new Map(associations as [string, string][]).size).toBe(template.of('AWS::EC2::Subnet').length);
    expect(new Set(associations.map(([, table]) => table)).size).toBe(associations.length);
  });

  it('interface endpoints stand in as many zones as were asked for', () => {
    const zones = Number(parameters['EndpointZones'] ?? 1);
    const interfaces = template
      .of('AWS::EC2::VPCEndpoint')
      .filter(({ properties }) => properties['VpcEndpointType'] === 'Interface');
    expect(interfaces.length).toBeGreaterThan(0);
    for (const { properties } of interfaces) {
      expect(properties['SubnetIds']).toHaveLength(zones);
      expect(properties['PrivateDnsEnabled']).toBe(true);
    }
  });

  it('gateway endpoints are on every private route table', () => {
    for (const name of ['S3Endpoint', 'DynamoDbEndpoint']) {
      expect(template.get(name).properties['RouteTableIds']).toEqual(['PrivateRouteTableA', 'PrivateRouteTableB']);
    }
  });

  it('the endpoint of Bedrock is open to those who ask a model, for that model and its profile', () => {
    const { PolicyDocument } = template.get('BedrockEndpoint').properties as {
      PolicyDocument: { Statement: { Principal: { AWS: string[] }; Action: string; Resource: string[] }[] };
    };
    const [{ Principal, Action, Resource } = {} as never, ...more] = PolicyDocument.Statement;
    expect(more).toEqual([]);
    const asking = template.of('AWS::Lambda::Function').filter((lambda) => 'MODEL_ID' in variablesOf(lambda));
    expect(new Set(Principal.AWS)).toEqual(new Set(asking.map(({ properties }) => properties['Role'])));
    for (const lambda of asking) {
      const role = template.get(String(lambda.properties['Role']).replace('.Arn', ''));
      const asked = statementsOf(role).filter(({ actions }) => actions.includes(Action));
      expect(asked).toEqual([{ actions: ['bedrock:InvokeModelWithResponseStream'], resources: Resource }]);
      const model = variablesOf(lambda)['MODEL_ID'] as string;
      expect(Resource[1]).toMatch(new RegExp(`:inference-profile/${model}$`));
      expect(model).toBe(`global.${Resource[0]?.split('/').at(-1)}`);
    }
  });

  it('the endpoint of Secrets Manager is open to the functions that have secrets, for what their roles may do to those', () => {
    const { PolicyDocument } = template.get('SecretsManagerEndpoint').properties as {
      PolicyDocument: { Statement: { Principal: { AWS: Words }; Action: Words; Resource: Words }[] };
    };
    const open = PolicyDocument.Statement.map(({ Principal, Action, Resource }) => ({
      roles: words(Principal.AWS),
      pairs: pairsOf(words(Action), words(Resource)),
    }));
    const roles = template
      .of('AWS::Lambda::Function')
      .filter(({ properties }) => properties['VpcConfig'] !== undefined)
      .filter((lambda) => Object.keys(variablesOf(lambda)).some((name) => name.endsWith('_SECRET_ARN')))
      .map(({ properties }) => properties['Role'] as string);
    expect(new Set(open.flatMap((statement) => statement.roles))).toEqual(new Set(roles));

    const pairsOfRole = (role: string) =>
      statementsOf(template.get(role.replace('.Arn', ''))).flatMap(({ actions, resources }) =>
        pairsOf(
          actions.filter((action) => action.startsWith('secretsmanager:')),
          resources,
        ),
      );
    for (const role of roles) {
      const allowed = open.filter((statement) => statement.roles.includes(role)).flatMap(({ pairs }) => pairs);
      expect(allowed).toEqual(expect.arrayContaining(pairsOfRole(role)));
    }
    for (const statement of open) {
      expect(statement.roles.flatMap(pairsOfRole)).toEqual(expect.arrayContaining(statement.pairs));
    }
  });
});

type Words = string | string[];

const words = (given: Words): string[] => [given].flat();

const pairsOf = (actions: readonly string[], resources: readonly string[]): string[] =>
  actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}`));
