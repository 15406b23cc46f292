/** Three networks, a database in one of them, and a custom resource that answers out of a fourth. */
import { type Contents, functions, type House } from '../../conformance/house.ts';

const ref = (logicalId: string) => ({ Ref: logicalId });
const groupId = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'GroupId'] });
const ANYWHERE = { IpProtocol: '-1', CidrIp: '0.0.0.0/0' };

/** A VPC with two private subnets, their route table, and a group for functions that may go anywhere. */
function network(name: string, second: number): Record<string, unknown> {
  const subnet = (zone: string, third: number) => ({
    Type: 'AWS::EC2::Subnet',
    Properties: {
      VpcId: ref(`${name}Vpc`),
      CidrBlock: `10.${second}.${third}.0/24`,
      AvailabilityZone: `us-east-1${zone}`,
    },
  });
  const associated = (zone: string) => ({
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref(`${name}${zone}`), RouteTableId: ref(`${name}Routes`) },
  });
  return {
    [`${name}Vpc`]: {
      Type: 'AWS::EC2::VPC',
      Properties: { CidrBlock: `10.${second}.0.0/16`, EnableDnsHostnames: true },
    },
    [`${name}A`]: subnet('a', 1),
    [`${name}B`]: subnet('b', 2),
    [`${name}Routes`]: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref(`${name}Vpc`) } },
    [`${name}RoutesOfA`]: associated('A'),
    [`${name}RoutesOfB`]: associated('B'),
    [`${name}Functions`]: group(name, [], [ANYWHERE]),
  };
}

function group(name: string, ingress: readonly object[], egress: readonly object[]) {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'of a test',
      VpcId: ref(`${name}Vpc`),
      SecurityGroupIngress: ingress,
      SecurityGroupEgress: egress,
    },
  };
}

const tcp = (port: number, from: string) => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  SourceSecurityGroupId: groupId(from),
});

const DATABASE = {
  Group: {
    Type: 'AWS::RDS::DBSubnetGroup',
    Properties: { DBSubnetGroupDescription: 'both', SubnetIds: [ref('EndpointsA'), ref('EndpointsB')] },
  },
  DatabaseGroup: group('Endpoints', [tcp(3306, 'EndpointsFunctions'), tcp(3306, 'ProxyGroup')], []),
  ProxyGroup: group('Endpoints', [tcp(3306, 'EndpointsFunctions')], [ANYWHERE]),
  Database: {
    Type: 'AWS::RDS::DBInstance',
    Properties: {
      DBInstanceIdentifier: 'shop-db',
      DBInstanceClass: 'db.t4g.micro',
      Engine: 'mariadb',
      AllocatedStorage: '20',
      MasterUsername: 'owner',
      MasterUserPassword: '{{resolve:secretsmanager:shop-owner:SecretString:password}}',
      DBSubnetGroupName: ref('Group'),
      VPCSecurityGroups: [groupId('DatabaseGroup')],
    },
    DependsOn: 'Secret',
  },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: {
      Name: 'shop-owner',
      SecretString: JSON.stringify({ username: 'owner', password: 'correct-horse-battery' }),
    },
  },
  ProxyRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'rds.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        {
          PolicyName: 'ReadSecret',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: ref('Secret') }],
          },
        },
      ],
    },
  },
  Proxy: {
    Type: 'AWS::RDS::DBProxy',
    Properties: {
      DBProxyName: 'shop-proxy',
      EngineFamily: 'MYSQL',
      RequireTLS: true,
      RoleArn: { 'Fn::GetAtt': ['ProxyRole', 'Arn'] },
      Auth: [{ AuthScheme: 'SECRETS', SecretArn: ref('Secret') }],
      VpcSubnetIds: [ref('EndpointsA'), ref('EndpointsB')],
      VpcSecurityGroupIds: [groupId('ProxyGroup')],
    },
  },
  Targets: {
    Type: 'AWS::RDS::DBProxyTargetGroup',
    Properties: { DBProxyName: ref('Proxy'), TargetGroupName: 'default', DBInstanceIdentifiers: [ref('Database')] },
  },
};

const ENDPOINTS = {
  EndpointGroup: group('Endpoints', [tcp(443, 'EndpointsFunctions')], []),
  SqsEndpoint: {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: ref('EndpointsVpc'),
      ServiceName: 'com.amazonaws.us-east-1.sqs',
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      SubnetIds: [ref('EndpointsA')],
      SecurityGroupIds: [groupId('EndpointGroup')],
    },
  },
};

const NAT = {
  Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: {} },
  Attachment: {
    Type: 'AWS::EC2::VPCGatewayAttachment',
    Properties: { VpcId: ref('NatVpc'), InternetGatewayId: ref('Gateway') },
  },
  PublicSubnet: {
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: ref('NatVpc'), CidrBlock: '10.2.9.0/24', AvailabilityZone: 'us-east-1a' },
  },
  PublicRoutes: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('NatVpc') } },
  PublicRoutesOfSubnet: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref('PublicSubnet'), RouteTableId: ref('PublicRoutes') },
  },
  ToTheInternet: {
    Type: 'AWS::EC2::Route',
    DependsOn: 'Attachment',
    Properties: {
      RouteTableId: ref('PublicRoutes'),
      DestinationCidrBlock: '0.0.0.0/0',
      GatewayId: ref('Gateway'),
    },
  },
  Address: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } },
  NatGateway: {
    Type: 'AWS::EC2::NatGateway',
    Properties: { SubnetId: ref('PublicSubnet'), AllocationId: { 'Fn::GetAtt': ['Address', 'AllocationId'] } },
  },
  ToTheNat: {
    Type: 'AWS::EC2::Route',
    Properties: {
      RouteTableId: ref('NatRoutes'),
      DestinationCidrBlock: '0.0.0.0/0',
      NatGatewayId: ref('NatGateway'),
    },
  },
};

/** The database, and what it stands in. */
export const DATABASE_NETWORK: Readonly<Record<string, unknown>> = { ...network('Endpoints', 1), ...DATABASE };

export const NETWORKS: Readonly<Record<string, unknown>> = {
  ...DATABASE_NETWORK,
  ...network('Nat', 2),
  ...network('Neither', 3),
  ...ENDPOINTS,
  ...NAT,
};

/** What `!GetAtt` gives. */
export function attributeOf({ cloud }: House, logicalId: string, attribute: string): string {
  const resource = cloud.reconciler.resources('test').find((one) => one.logicalId === logicalId);
  return String(resource?.attributes[attribute]);
}

const ANSWER = `
  exports.handler = async ({ StackId, RequestId, LogicalResourceId, ResponseURL }) => {
    const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'made', StackId, RequestId, LogicalResourceId });
    const response = await fetch(ResponseURL, { method: 'PUT', body });
    if (!response.ok) throw new Error(response.status + ' ' + /<Code>(.*)<\\/Code>/.exec(await response.text())[1]);
  };`;

export interface CustomResourceVariant {
  readonly without?: 'endpoint' | 'route' | 'egress';
  /** What the endpoint's policy lets objects be put to. */
  readonly policyFor?: string;
}

/**
 * A stack whose custom resource answers out of a VPC with the gateway endpoint of S3, or something of it missing; not
 * `made`, only what it stands on.
 */
export function customResource(variant: CustomResourceVariant, made = true): Contents {
  const { without, policyFor = 'arn:aws:s3:::cloudformation-custom-resource-response-useast1/*' } = variant;
  const endpoint = {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: ref('AnswersVpc'),
      ServiceName: 'com.amazonaws.us-east-1.s3',
      VpcEndpointType: 'Gateway',
      RouteTableIds: without === 'route' ? [] : [ref('AnswersRoutes')],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: policyFor }],
      },
    },
  };
  return functions(
    {
      answers: {
        code: ANSWER,
        Timeout: 30,
        VpcConfig: { SubnetIds: [ref('AnswersA')], SecurityGroupIds: [groupId('AnswersFunctions')] },
      },
    },
    {
      ...network('Answers', 4),
      // The prefix list of S3 in us-east-1.
      AnswersFunctions: group(
        'Answers',
        [],
        [
          {
            IpProtocol: 'tcp',
            FromPort: without === 'egress' ? 80 : 443,
            ToPort: without === 'egress' ? 80 : 443,
            DestinationPrefixListId: 'pl-63a5400a',
          },
        ],
      ),
      ...(without !== 'endpoint' && { S3Endpoint: endpoint }),
      ...(made && {
        Made: {
          Type: 'Custom::Thing',
          DependsOn: ['AnswersRoutesOfA', ...(without === 'endpoint' ? [] : ['S3Endpoint'])],
          Properties: { ServiceToken: { 'Fn::GetAtt': ['answers', 'Arn'] }, ServiceTimeout: 1 },
        },
      }),
    },
  );
}
