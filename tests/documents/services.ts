/** The page docs/services.md, made of what the services say of themselves. */
import type { Registry } from '../../local/kernel/registry.ts';
import type { Service, ServiceDefinition } from '../../local/kernel/service.ts';
import { operationShape } from '../../local/protocols/shape.ts';

/** People's names of services, where the signing name does not say it. */
const TITLES: Readonly<Record<string, string>> = {
  apigateway: 'API Gateway (REST APIs)',
  'bedrock-runtime': 'Bedrock Runtime',
  cloudformation: 'CloudFormation',
  cloudtrail: 'CloudTrail',
  codedeploy: 'CodeDeploy',
  'cognito-idp': 'Cognito user pools',
  dynamodb: 'DynamoDB, DynamoDB Streams',
  ec2: 'EC2 (networks)',
  events: 'EventBridge',
  iam: 'IAM',
  kms: 'KMS',
  lambda: 'Lambda',
  logs: 'CloudWatch Logs',
  monitoring: 'CloudWatch',
  rds: 'RDS, RDS Proxy',
  s3: 'S3',
  scheduler: 'EventBridge Scheduler',
  secretsmanager: 'Secrets Manager',
  sns: 'SNS',
  sqs: 'SQS',
  ssm: 'Systems Manager (Parameter Store)',
  sts: 'STS',
  xray: 'X-Ray',
};

const INTRODUCTION = `# Services

What answers in the local cloud, made of its code: \`SAMPAN_WRITE_DOCUMENTS=1 npm test -- tests/documents/services\` writes
this page, and the same test fails when it is not true any more.

What is not here is refused by its name, never with an empty success. Properties
of resources that are not emulated are named at start with their line. What answers differently than on AWS stands in
[differences](differences.md).
`;

interface Described {
  readonly title: string;
  readonly protocol: string | undefined;
  readonly answered: readonly string[];
  readonly absent: readonly string[];
  readonly types: readonly string[];
}

/** Loads every service. */
export async function servicesPage(registry: Registry): Promise<string> {
  const described = await Promise.all(
    registry.definitions.map(async (each) => describe(each, await registry.service(each.name))),
  );
  return [INTRODUCTION, ...described.toSorted((a, b) => a.title.localeCompare(b.title, 'en')).map(section)].join('\n');
}

async function describe(definition: ServiceDefinition, service: Service): Promise<Described> {
  const wire = await service.wire?.();
  const all = Object.values(wire?.schemas ?? {}).flatMap((schema) => operationShape(schema)?.name ?? []);
  // What the model does not have is asked by other services alone.
  const answered = Object.entries(service.operations).flatMap(([name, { notEmulated }]) =>
    notEmulated === undefined && all.includes(name) ? [name] : [],
  );
  return {
    title: TITLES[definition.name] ?? definition.name,
    protocol: wire?.protocol,
    answered: answered.toSorted(),
    absent: [...new Set(all)].filter((name) => !answered.includes(name)).toSorted(),
    types: definition.resourceTypes.toSorted(),
  };
}

function section({ title, protocol, answered, absent, types }: Described): string {
  const total = answered.length + absent.length;
  const paragraphs = [
    protocol && `${answered.length} of ${total} operations answer (protocol ${protocol}): ${list(answered)}.`,
    absent.length > 0 && `Not here: ${list(absent)}.`,
    types.length > 0 && `Resources of templates: ${list(types)}.`,
  ];
  return `## ${title}\n\n${paragraphs.filter(Boolean).join('\n\n')}\n`;
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
