import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument as parseTemplate } from '../../local/template/index.ts';
import { type Line, linesThatMatter } from './lines.ts';

const TEMPLATE = readFileSync(join(process.cwd(), 'template.yaml'), 'utf8');
const lines = linesThatMatter(TEMPLATE, () => false);

const of = (logicalId: string): string[] =>
  lines.filter((line) => line.logicalId === logicalId).map(({ kind, value }) => `${kind} ${value}`);

describe('the lines of the help desk that matter', () => {
  it.each([
    [
      'HealthRole',
      [
        'trust lambda.amazonaws.com',
        'role-statement Logs',
        'role-action logs:CreateLogStream',
        'role-action logs:PutLogEvents',
        'role-statement Traces',
        'role-action xray:PutTraceSegments',
        'role-action xray:PutTelemetryRecords',
        'role-statement Variables',
        'role-statement DatabaseSecrets',
        'role-statement NetworkInterfaces',
        'role-action ec2:CreateNetworkInterface',
        'role-action ec2:DescribeNetworkInterfaces',
        'role-action ec2:DescribeSubnets',
        'role-action ec2:DeleteNetworkInterface',
        'role-action ec2:AssignPrivateIpAddresses',
        'role-action ec2:UnassignPrivateIpAddresses',
      ],
    ],
    [
      'SecretsManagerEndpoint',
      [
        'endpoint AWS::EC2::VPCEndpoint',
        'endpoint-private-dns PrivateDnsEnabled',
        'group-membership SecurityGroupIds',
        'endpoint-subnet !Ref PrivateSubnetA',
        'endpoint-statement SecretsOfThisStack',
        'endpoint-resource !Ref DatabaseSecret',
        'endpoint-resource !GetAtt Database.MasterUserSecret.SecretArn',
        'endpoint-principal !GetAtt TicketsRole.Arn',
        'endpoint-principal !GetAtt AttachmentsRole.Arn',
        'endpoint-principal !GetAtt AssistantRole.Arn',
        'endpoint-principal !GetAtt HealthRole.Arn',
        'endpoint-principal !GetAtt MigrateDatabaseRole.Arn',
        'endpoint-principal !GetAtt RelayEventsRole.Arn',
        'endpoint-principal !GetAtt TriageRole.Arn',
        'endpoint-principal !GetAtt WebhookProcessorRole.Arn',
        'endpoint-principal !GetAtt SlaMonitorRole.Arn',
        'endpoint-principal !GetAtt AttachmentProcessorRole.Arn',
        'endpoint-statement RotationReadsMasterSecret',
        'endpoint-statement RotationOfThisStack',
        'endpoint-action secretsmanager:DescribeSecret',
        'endpoint-action secretsmanager:GetSecretValue',
        'endpoint-action secretsmanager:PutSecretValue',
        'endpoint-action secretsmanager:UpdateSecretVersionStage',
        'endpoint-statement PasswordsForRotation',
      ],
    ],
    [
      'DataKey',
      [
        'key-statement AccountDecides',
        'key-statement LogsOfThisAccount',
        'key-action kms:Encrypt',
        'key-action kms:Decrypt',
        'key-action kms:ReEncrypt*',
        'key-action kms:GenerateDataKey*',
        'key-action kms:DescribeKey',
        'condition ArnLike kms:EncryptionContext:aws:logs:arn',
        'key-statement TrailEncrypts',
        'condition StringEquals aws:SourceArn',
        'condition StringLike kms:EncryptionContext:aws:cloudtrail:arn',
        'key-statement TrailLooks',
        'condition StringEquals aws:SourceArn',
      ],
    ],
    ['HealthFunction', ['vpc VpcConfig', 'lambda-permission Health']],
    [
      'DynamoDbEndpoint',
      [
        'endpoint AWS::EC2::VPCEndpoint',
        'route !Ref PrivateRouteTableA',
        'route !Ref PrivateRouteTableB',
        'endpoint-statement WhatConsumersHaveDone',
        'endpoint-action dynamodb:GetItem',
        'endpoint-action dynamodb:PutItem',
        'endpoint-action dynamodb:UpdateItem',
        'endpoint-action dynamodb:DeleteItem',
        'endpoint-principal !GetAtt TriageRole.Arn',
        'endpoint-principal !GetAtt WebhookProcessorRole.Arn',
        'endpoint-statement WhatTenantsWant',
      ],
    ],
    [
      'TriageQueuePolicy',
      [
        'policy-target !Ref TriageQueue',
        'policy-target !Ref TriageDeadLetters',
        'resource-statement EventsOfTheRule',
        'resource-resource !GetAtt TriageQueue.Arn',
        'resource-resource !GetAtt TriageDeadLetters.Arn',
        'condition ArnEquals aws:SourceArn',
      ],
    ],
    // They only deny.
    ['WebhooksQueuePolicy', []],
    ['TopicsPolicy', []],
    ['PrivateRouteTableAssociationB', ['association AWS::EC2::SubnetRouteTableAssociation']],
    ['DatabaseFromProxy', ['group-rule AWS::EC2::SecurityGroupIngress']],
    [
      'FunctionsSecurityGroup',
      [
        'group-rule AWS services with an interface endpoint',
        'group-rule S3 through its gateway endpoint',
        'group-rule DynamoDB through its gateway endpoint',
        'group-rule The database, through the proxy',
      ],
    ],
  ])('of %s', (logicalId, expected) => {
    expect(of(logicalId)).toEqual(expected);
  });

  it('are each one thing less: what remains is a template, and shorter', () => {
    for (const { id, without } of lines) {
      expect(() => parseTemplate(without, id, { read: () => '{}' })).not.toThrow();
      expect([id, without === TEMPLATE]).toEqual([id, false]);
    }
    expect(new Set(lines.map(({ without }) => without)).size).toBe(lines.length);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });

  it('are named by the line where they stand', () => {
    const text = TEMPLATE.split('\n');
    for (const { logicalId, path, line, kind } of lines) {
      const last = path.at(-1) ?? logicalId;
      const there = text[line - 1]!.trim();
      if (typeof last === 'string' && !there.startsWith('-')) expect(there).toContain(last);
      if (kind === 'endpoint') expect(there).toBe(`${logicalId}:`);
    }
  });

  it('leave no name behind that nobody has', () => {
    for (const { id, without, path, logicalId } of lines.filter(({ path }) => path.length === 0)) {
      const { tree } = parseTemplate(without, 'template.yaml', { read: () => '{}' });
      expect([id, JSON.stringify(tree).includes(`"${logicalId}"`), path]).toEqual([id, false, []]);
    }
  });
});

describe('under a condition', () => {
  const withNat = linesThatMatter(TEMPLATE, (condition) => condition === 'HasNat');
  const only = (all: readonly Line[]) =>
    all.filter(({ condition }) => condition === 'HasNat').map(({ logicalId }) => logicalId);

  it('its resources are lines too, and what stands inside Fn::If', () => {
    expect(only(lines)).toEqual([]);
    expect(only(withNat)).toEqual([
      'InternetGatewayAttachment',
      'PublicRouteTableAssociation',
      'PublicRoute',
      'NatRouteA',
      'NatRouteB',
    ]);
    expect(withNat.map(({ value }) => value)).toContain('!If HasNat, The internet, !Ref AWS::NoValue');
  });
});

describe('a policy of one statement', () => {
  const ROLE = `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] }
      Policies:
        - PolicyName: One
          PolicyDocument:
            Statement:
              - { Effect: Allow, Action: 'a:b', Resource: '*' }
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      PolicyDocument:
        Statement:
          # Why
          - { Effect: Allow, Principal: '*', Action: 'a:b', Resource: '*' }
`;
  const found = linesThatMatter(ROLE, () => false);
  const without = (kind: Line['kind']) => found.find((line) => line.kind === kind)?.without ?? '';

  it('takes the policy of a role with it', () => {
    expect(without('role-statement')).not.toContain('Policies');
  });

  it('is about something else where one has to be', () => {
    expect(without('endpoint-statement')).toContain("Action: 'a:b', Resource: arn:aws:s3:::nothing-is-called-so }");
  });

  it('of trust is given to somebody else', () => {
    expect(without('trust')).toContain('Principal: { Service: transfer.amazonaws.com }');
  });
});
