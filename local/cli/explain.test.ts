import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type ExplainFlags, explainQuestion, type Question } from './explain.ts';
import { createOutput, type Output } from './output/terminal.ts';
import { UserError } from './user-error.ts';

const TEMPLATE = `AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 }
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: x, VpcId: !Ref Vpc }
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: !Sub com.amazonaws.\${AWS::Region}.secretsmanager
      VpcEndpointType: Interface
      PrivateDnsEnabled: true
      SubnetIds: [!Ref Subnet]
      SecurityGroupIds: [!Ref EndpointGroup]
  EndpointGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: x
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !Ref Group }]
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: { GenerateSecretString: {} }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      Policies:
        - PolicyName: Own
          PolicyDocument:
            Statement:
              - Sid: Network
                Effect: Allow
                Action: ['ec2:*NetworkInterface*', ec2:DescribeSubnets]
                Resource: '*'
              - Sid: Secrets
                Effect: Allow
                Action: secretsmanager:GetSecretValue
                Resource: !Ref Secret
              - Sid: Keys
                Effect: Allow
                Action: kms:Decrypt
                Resource: '*'
                Condition: { StringEquals: { kms:ViaService: secretsmanager.us-east-1.amazonaws.com } }
              - Sid: NeverDelete
                Effect: Deny
                Action: secretsmanager:DeleteSecret
                Resource: '*'
  Inside:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: inside
      InlineCode: exports.handler = async () => {}
      Handler: index.handler
      Runtime: nodejs24.x
      Role: !GetAtt Role.Arn
      VpcConfig: { SubnetIds: [!Ref Subnet], SecurityGroupIds: [!Ref Group] }
  Outside:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: exports.handler = async () => {}
      Handler: index.handler
      Runtime: nodejs24.x
`;

const directory = mkdtempSync(join(tmpdir(), 'sampan-explain-'));
const template = join(directory, 'template.yaml');
writeFileSync(template, TEMPLATE);
afterAll(() => rmSync(directory, { recursive: true }));

async function ask(question: string, flags: ExplainFlags = {}, env: NodeJS.ProcessEnv = {}) {
  const [functionName = '', what = '', resource] = question.split(' ');
  const stream = new PassThrough();
  const out: Output = createOutput(stream as unknown as NodeJS.WriteStream, env);
  const asked: Question = { functionName, what, ...(resource !== undefined && { resource }) };
  const code = await explainQuestion(asked, { template, ...flags }, out);
  return { code, text: String(stream.read() ?? '') };
}

const lineOf = (text: string) => TEMPLATE.split('\n').findIndex((line) => line.includes(text)) + 1;

describe('a permission, explained', () => {
  it('is allowed by a statement, with every other that was looked at', async () => {
    const { code, text } = await ask('Inside secretsmanager:GetSecretValue Secret');
    expect(code).toBe(0);
    expect(text).toMatch(/^✔ Inside may do secretsmanager:GetSecretValue on arn:aws:secretsmanager:/);
    expect(text).toMatch(
      new RegExp(`✔ Allow Secrets of .*: Everything in it matches\\.  .*template.yaml:${lineOf('Sid: Secrets')}`),
    );
    expect(text).toMatch(/· Allow Network of .*: Action does not match: ec2:\*NetworkInterface\*/);
    expect(text).toContain('VPC endpoint policy');
    expect(text).toContain('✔ the way: Inside reaches secretsmanager:443');
  });

  it('is missing, and the statement to paste is said', async () => {
    const { code, text } = await ask('Inside secretsmanager:PutSecretValue Secret');
    expect(code).toBe(1);
    expect(text).toMatch(/^✘ Inside may not do secretsmanager:PutSecretValue/);
    expect(text).toMatch(/✘ no identity-based policy allows secretsmanager:PutSecretValue on arn:/);
    expect(text).toMatch(
      /add to Role\.Policies\.0\.PolicyDocument\.Statement \(.*template.yaml:\d+\):\n +- Effect: Allow/,
    );
    expect(text).toContain('Resource: !Ref Secret');
  });

  it('is denied by a statement', async () => {
    const { code, text } = await ask('inside secretsmanager:DeleteSecret Secret');
    expect(code).toBe(1);
    expect(text).toContain('✘ explicit denies: A Deny applies, and nothing outweighs it.');
    expect(text).toMatch(/✘ Deny NeverDelete of /);
  });

  it('hangs on a condition key that can be given', async () => {
    expect((await ask('Inside kms:Decrypt *')).text).toContain(
      'Condition StringEquals kms:ViaService: the request has no such key',
    );
    const context = ['kms:ViaService=secretsmanager.us-east-1.amazonaws.com'];
    expect((await ask('Inside kms:Decrypt *', { context })).text).toMatch(/^✔ Inside may do/);
  });

  it('is no use where the service cannot be reached', async () => {
    const { code, text } = await ask('Inside kms:Decrypt *', {
      context: ['kms:ViaService=secretsmanager.us-east-1.amazonaws.com'],
    });
    expect(code).toBe(1);
    expect(text).toContain('✘ the way: Inside does not reach kms:443');
  });

  it('needs no way for what Lambda does itself', async () => {
    const { code, text } = await ask('Inside ec2:CreateNetworkInterface');
    expect(code).toBe(0);
    expect(text).not.toContain('the way');
  });

  it('is JSON for programs', async () => {
    const { code, text } = await ask('Inside secretsmanager:PutSecretValue Secret', { format: 'json' });
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      function: 'Inside',
      action: 'secretsmanager:PutSecretValue',
      allowed: false,
      deniedBy: 'identity',
      way: { reachable: true, destination: 'secretsmanager' },
      steps: expect.arrayContaining([expect.objectContaining({ kind: 'identity', outcome: 'no-match' })]),
    });
  });
});

describe('a way, explained', () => {
  it.each([
    ['Inside secretsmanager.us-east-1.amazonaws.com:443', 0, '✔ Inside reaches secretsmanager:443'],
    ['Inside example.com:443', 1, '✘ Inside does not reach example.com:443'],
    ['Outside example.com:443', 0, '✔ Outside reaches example.com:443'],
    ['Outside 10.0.0.5:3306', 1, '✘ Outside does not reach 10.0.0.5:3306'],
    ['Outside [2001:db8::1]:53/udp', 0, '✔ Outside reaches 2001:db8::1:53'],
  ])('%s', async (question, code, text) => {
    const answer = await ask(question);
    expect([answer.text.split('\n')[0], answer.code]).toEqual([text, code]);
  });

  it('names every hop with its line', async () => {
    const { text } = await ask('Inside secretsmanager.us-east-1.amazonaws.com:443');
    expect(text).toMatch(
      new RegExp(`EndpointGroup lets tcp 443 in from Inside  .*template.yaml:${lineOf('SecurityGroupIngress')}`),
    );
  });

  it('names what the template has by the name it has there, and leaves out what nobody wrote and all passes', async () => {
    const { text } = await ask('Inside secretsmanager.us-east-1.amazonaws.com:443');
    expect(text).toMatch(/subnet [A-Z]\w*: /);
    expect(text).not.toMatch(/(subnet|sg|rtb|vpce|acl)-[0-9a-f]{8,}|default network ACL/);
  });
});

describe('a question', () => {
  it.each([
    ['Insid example.com:443', 'there is no function Insid; did you mean Inside?'],
    ['Inside secretsmanager:GetSecretValue Secrett', 'there is no resource Secrett; did you mean Secret?'],
    ['Inside secretsmanager:GetSecretValue Vpc', 'Vpc has no ARN'],
    ['Inside GetSecretValue Secret', 'GetSecretValue is no action: secretsmanager:GetSecretValue would be one'],
    ['Inside example.com', 'example.com is neither an action (s3:GetObject) nor HOST:PORT (example.com:443)'],
    ['Inside nobody.abc.us-east-1.rds.amazonaws.com:3306', 'no resource of this stack has the name'],
  ])('%s is wrong', async (question, message) => {
    const error = await ask(question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(message);
    expect((error as UserError).exitCode).toBe(2);
  });

  it('is answered in colours only where they are seen', async () => {
    expect((await ask('Outside example.com:443')).text).not.toContain('\u001b');
    expect((await ask('Outside example.com:443', {}, { FORCE_COLOR: '1' })).text).toContain('\u001b[32m✔');
  });
});
