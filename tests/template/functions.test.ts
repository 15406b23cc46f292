import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load, type Resource, ROOT, statementsOf, type Template, VARIANTS, variablesOf } from './template.ts';

/** API Gateway's limit for an integration, s. */
const API_TIMEOUT = 29;

/**
 * Actions that know no resource-level permissions, or act on what has no name beforehand. Each is allowed on `*`,
 * beside a waiver in the template that says why; nothing else is.
 */
const ON_EVERYTHING = new Set([
  'dynamodb:ListStreams',
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
  'secretsmanager:GetRandomPassword',
]);

/** Every attachment, and a report beside every import, whose keys are made when they are announced. */
const FILES = new Set(['AttachmentsBucket.Arn/tickets/*', 'AttachmentsBucket.Arn/tickets/*.report.json']);

/** One model, in whatever Regions its inference profile has. */
const MODEL = /^arn:aws:bedrock:\*::foundation-model\/[^*]+$/;

function roleOf(template: Template, lambda: Resource): Resource {
  return template.get((lambda.properties['Role'] as string).replace(/\.Arn$/, ''));
}

function isInVpc(lambda: Resource): boolean {
  return lambda.properties['VpcConfig'] !== undefined;
}

describe.each(VARIANTS)('with %s', (_name, parameters) => {
  const template = load(parameters);
  const lambdas = template.of('AWS::Lambda::Function');
  const each = lambdas.map((lambda) => [lambda.logicalId, lambda] as const);

  it('there is a function for each folder, named after it', () => {
    const folders = readdirSync(join(ROOT, 'functions'));
    const named = folders.map(
      (folder) => `${folder.replaceAll(/(?:^|-)(\w)/g, (_, first) => first.toUpperCase())}Function`,
    );
    expect(each.map(([name]) => name).sort()).toEqual(named.sort());
  });

  it('every function has a role and a log group of its own, named after it', () => {
    for (const [name, lambda] of each) {
      const stem = name.replace(/Function$/, '');
      expect(roleOf(template, lambda).logicalId).toBe(`${stem}Role`);
      const { LogGroup } = lambda.properties['LoggingConfig'] as { LogGroup: string };
      expect(LogGroup).toBe(`${stem}LogGroup`);
      expect(Number(template.get(LogGroup).properties['RetentionInDays'])).toBeGreaterThan(0);
    }
  });

  it('a role writes to the log group of its function and no other, and makes none', () => {
    for (const [name, lambda] of each) {
      const logs = statementsOf(roleOf(template, lambda)).filter(({ actions }) =>
        actions.some((action) => action.startsWith('logs:')),
      );
      expect(logs).toEqual([
        {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [`${name.replace(/Function$/, '')}LogGroup.Arn`],
        },
      ]);
    }
  });

  it('no role of a function has a wildcard but where there is nothing to name, and for the files of tickets', () => {
    for (const [, lambda] of each) {
      for (const { actions, resources } of statementsOf(roleOf(template, lambda))) {
        expect(actions.filter((action) => action.includes('*'))).toEqual([]);
        if (resources.some((resource) => resource.includes('*') && !FILES.has(resource) && !MODEL.test(resource))) {
          expect(resources).toEqual(['*']);
          expect(actions.filter((action) => !ON_EVERYTHING.has(action))).toEqual([]);
        }
      }
    }
  });

  it('only functions in the VPC may handle network interfaces', () => {
    for (const [, lambda] of each) {
      const actions = statementsOf(roleOf(template, lambda)).flatMap((statement) => statement.actions);
      expect(actions.includes('ec2:CreateNetworkInterface')).toBe(isInVpc(lambda));
    }
  });

  it('a function that reaches the database is in the VPC, and reads the secrets its variables name and no others', () => {
    for (const [, lambda] of each) {
      const variables = variablesOf(lambda);
      expect(isInVpc(lambda)).toBe('DATABASE_HOST' in variables);
      const named = Object.entries(variables).flatMap(([name, value]) => (name.endsWith('_SECRET_ARN') ? [value] : []));
      const readable = statementsOf(roleOf(template, lambda))
        .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
        .flatMap(({ resources }) => resources);
      expect([...readable].sort()).toEqual(named.sort());
    }
  });

  it('no secret is in a variable, and all of them are far below 4 KB', () => {
    for (const [, lambda] of each) {
      const variables = Object.entries(variablesOf(lambda));
      for (const [name, value] of variables) {
        expect(name).not.toMatch(/PASSWORD|PASSPHRASE|TOKEN|CREDENTIAL|PRIVATE|_KEY$|SECRET(?!_ARN$)/);
        expect(String(value)).not.toMatch(/\{\{resolve:(secretsmanager|ssm-secure):/);
      }
      expect(JSON.stringify(variables).length).toBeLessThan(2_000);
    }
  });

  it('what API Gateway calls answers before API Gateway gives up', () => {
    const called = template
      .of('AWS::Lambda::Permission')
      .filter(({ properties }) => properties['Principal'] === 'apigateway.amazonaws.com')
      .map(({ properties }) => template.get(String(properties['FunctionName'])));
    expect(called.map(({ logicalId }) => logicalId)).toEqual(
      expect.arrayContaining(['TicketsFunction', 'AttachmentsFunction', 'HealthFunction']),
    );
    for (const { properties } of called) expect(Number(properties['Timeout'])).toBeLessThan(API_TIMEOUT);
  });

  it('a custom resource waits longer than its function takes, and deploys need not wait for an hour', () => {
    const custom = template.resources.filter(({ type }) => type.startsWith('Custom::'));
    expect(custom.length).toBeGreaterThan(0);
    for (const { properties } of custom) {
      const lambda = template.get(String(properties['ServiceToken']).replace(/\.Arn$/, ''));
      const limit = Number(properties['ServiceTimeout']);
      expect(limit).toBeGreaterThan(Number(lambda.properties['Timeout']));
      expect(limit).toBeLessThanOrEqual(300);
    }
  });

  it('all run on the runtime and the architecture the layer is for', () => {
    const [layer] = template.of('AWS::Lambda::LayerVersion');
    for (const [, { properties }] of each) {
      expect(layer!.properties['CompatibleRuntimes']).toContain(properties['Runtime']);
      expect(properties['Architectures']).toEqual([template.stack.parameters['Architecture']]);
      expect(properties['Layers']).toEqual([layer!.logicalId]);
    }
  });

  it('reservations are made when asked for, and leave the account what it needs', () => {
    const reserved = each.map(([, { properties }]) => properties['ReservedConcurrentExecutions'] as number | undefined);
    if (parameters['ReservedConcurrency'] !== 'on') {
      expect(reserved.filter((count) => count !== undefined)).toEqual([]);
      return;
    }
    expect(reserved).not.toContain(undefined);
    // Of 1,000 by default, 100 always stay without reservation.
    expect(reserved.reduce<number>((sum, count) => sum + Number(count), 0)).toBeLessThanOrEqual(900);
  });
});
