/**
 * What the doors cost: the same in-process call of a function's, in kernels with and without them, and the check of a
 * request's signature by itself. Policies and routes are compiled before; a call asks what was compiled.
 */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { createNetworkDoors } from '../local/cli/network-doors.ts';
import { createAuthenticator } from '../local/doors/aws-endpoint/authenticate.ts';
import { createKernel, createReconciler } from '../local/kernel/index.ts';
import { parseAuthorization } from '../local/protocols/index.ts';
import { ec2Service } from '../local/services/ec2/index.ts';
import { createAuthorization, iamService } from '../local/services/iam/index.ts';
import { kmsService } from '../local/services/kms/index.ts';
import { secretsManagerService } from '../local/services/secretsmanager/index.ts';
import { loadStack, parseDocument } from '../local/template/index.ts';
import { spread } from './measure.mjs';

const IDENTITY = { stackName: 'bench', region: 'us-east-1', accountId: '123456789012' };
const CALLS = 20_000;

const TEMPLATE = `
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true } }
  SubnetA: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: us-east-1a } }
  SubnetB: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1b } }
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: functions, VpcId: !Ref Vpc } }
  EndpointGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: endpoints
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !Ref Group }]
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: com.amazonaws.us-east-1.secretsmanager
      VpcEndpointType: Interface
      PrivateDnsEnabled: true
      SubnetIds: [!Ref SubnetA, !Ref SubnetB]
      SecurityGroupIds: [!Ref EndpointGroup]
      PolicyDocument:
        Statement:
          - { Effect: Allow, Principal: { AWS: !GetAtt Role.Arn }, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret }
  Secret: { Type: AWS::SecretsManager::Secret, Properties: { GenerateSecretString: {} } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      Policies:
        - PolicyName: Own
          PolicyDocument:
            Statement:
              - { Sid: Logs, Effect: Allow, Action: [logs:CreateLogStream, logs:PutLogEvents], Resource: '*' }
              - { Sid: Traces, Effect: Allow, Action: 'xray:*', Resource: '*' }
              - { Sid: Network, Effect: Allow, Action: 'ec2:*NetworkInterface*', Resource: '*' }
              - { Sid: Secrets, Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret }
`;

/** Which doors stand in each kernel. */
const VARIANTS = {
  'without doors': [],
  'with the network': ['network'],
  'with IAM': ['iam'],
  'with both': ['network', 'iam'],
};

/** @param bench what `run.mjs` gives every part */
export async function doors({ say, alternate, ratioRow }) {
  const names = Object.keys(VARIANTS);
  const houses = {};
  try {
    for (const name of names) houses[name] = await open(VARIANTS[name]);
    const authenticate = await signatureCheck(houses[names[0]]);
    const visits = [...names, 'signature'];
    const figures = Object.fromEntries(visits.map((name) => [name, []]));
    const visit = (name) => (name === 'signature' ? perCall(authenticate) : perCall(houses[name].call));
    for (const name of visits) await visit(name);
    await alternate(visits, async (name) => figures[name].push(await visit(name)));
    say(`\nA call of GetSecretValue in the process, µs: median (min–max) of ${CALLS} calls a round\n`);
    for (const name of names) say(`  ${name.padEnd(36)} ${spread(figures[name], 1)}`);
    say(`  ${'who is it: signature and key'.padEnd(36)} ${spread(figures.signature, 1)}`);
    const bare = figures['without doors'];
    const added = figures['with both'].map((value, round) => value - bare[round] + figures.signature[round]);
    say(`\n  ${'all doors together, µs a call'.padEnd(44)} ${spread(added, 1)}   goal < 100`);
    ratioRow('with both / without', figures['with both'], bare);
  } finally {
    for (const { kernel } of Object.values(houses)) await kernel.stop();
  }
}

/** @returns {Promise<number>} µs */
async function perCall(call) {
  const startedAt = performance.now();
  for (let count = 0; count < CALLS; count += 1) await call();
  return ((performance.now() - startedAt) * 1000) / CALLS;
}

async function open(standing) {
  let reconciler;
  let authorization;
  const kernel = createKernel({
    ...IDENTITY,
    stateDirectory: 'memory',
    doors(parts) {
      authorization = createAuthorization({ ...parts, places: () => reconciler.places });
      const network = createNetworkDoors(parts, () => reconciler);
      return {
        ...(standing.includes('network') && { reach: network.reach }),
        ...(standing.includes('iam') && { may: authorization.may }),
      };
    },
  });
  reconciler = createReconciler({ kernel });
  for (const service of [
    ec2Service(),
    iamService({ authorization: () => authorization }),
    kmsService(),
    secretsManagerService(),
  ]) {
    kernel.registry.add(service);
  }
  const report = await reconciler.apply(
    loadStack(parseDocument(TEMPLATE, 'bench.yaml'), { ...IDENTITY, parameterOverrides: {} }),
  );
  if (report.outcome !== 'applied') throw new Error(report.diagnostics.map(({ message }) => message).join('\n'));
  const of = (logicalId) => reconciler.resources('bench').find((resource) => resource.logicalId === logicalId);
  const roleArn = of('Role').attributes.Arn;
  const { credentials, principal } = kernel.identities.issue({
    roleArn,
    sessionName: 'bench',
    durationSeconds: 43_200,
  });
  kernel.identities.bind({
    environmentId: 'bench',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:bench',
    principal,
    placement: {
      kind: 'vpc',
      subnetIds: [of('SubnetA').physicalId, of('SubnetB').physicalId],
      securityGroupIds: [of('Group').physicalId],
    },
  });
  const { accessKeyId, sessionToken } = credentials;
  const caller = { kind: 'environment', environmentId: 'bench', accessKeyId, sessionToken };
  const input = { SecretId: of('Secret').physicalId };
  const call = () => kernel.dispatch({ caller, service: 'secretsmanager', operation: 'GetSecretValue', input });
  return { kernel, credentials, call };
}

/** Node's own hashes in the form in which the SDK's signer takes them. */
class Sha256 {
  #hash;
  constructor(secret) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data) {
    this.#hash.update(data);
  }
  async digest() {
    return this.#hash.digest();
  }
}

/** Of one request as the SDK signs it; its signing key is made once a day, as clients make it. */
async function signatureCheck({ kernel, credentials }) {
  const signer = new SignatureV4({ service: 'secretsmanager', region: 'us-east-1', credentials, sha256: Sha256 });
  const body = JSON.stringify({ SecretId: 'bench' });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'https:',
    hostname: 'secretsmanager.us-east-1.amazonaws.com',
    path: '/',
    query: {},
    headers: {
      host: 'secretsmanager.us-east-1.amazonaws.com',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body,
  });
  const request = { method: 'POST', path: '/', query: [], headers, body: Buffer.from(body) };
  const authenticate = createAuthenticator({ ...kernel, region: 'us-east-1' });
  const message = {
    request,
    service: 'secretsmanager',
    environmentId: 'bench',
    rawBody: async () => request.body,
  };
  return () => authenticate({ ...message, authorization: parseAuthorization(request) });
}
