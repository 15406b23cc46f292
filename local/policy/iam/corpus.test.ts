/** No false word on policies of templates that deploy: SAM's own published fixtures, and the help desk. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { readDocument } from '../../template/index.ts';
import { transformSam } from '../../template/sam/index.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import { awsManagedPolicy, isAwsManaged } from './aws-managed/index.ts';
import { type DocumentKind, readPolicy } from './document.ts';
import { policyFindings } from './findings.ts';

const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a template leaves to be known later is some ARN. */
const LATER = 'arn:aws:example:us-east-1:123456789012:later';

function plain(value: Json): Json {
  if (Array.isArray(value)) return value.filter((item) => !isNoValue(item)).map(plain);
  if (!isMap(value)) return value;
  const [[name, argument] = ['', null], ...more] = Object.entries(value);
  if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
    return name === 'Fn::If' && Array.isArray(argument) ? plain(argument[1] as Json) : LATER;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const isNoValue = (value: Json): boolean => isMap(value) && value['Ref'] === 'AWS::NoValue';

interface Found {
  readonly document: Json;
  readonly kind: DocumentKind;
}

function documentsOf(template: JsonObject): { documents: Found[]; managed: string[] } {
  const documents: Found[] = [];
  const managed: string[] = [];
  for (const resource of Object.values((template['Resources'] ?? {}) as JsonObject)) {
    if (!isMap(resource) || !isMap(resource['Properties'])) continue;
    const properties = plain(resource['Properties']) as JsonObject;
    const add = (document: Json | undefined, kind: DocumentKind) =>
      isMap(document) && documents.push({ document, kind });
    if (resource['Type'] === 'AWS::IAM::Role') {
      add(properties['AssumeRolePolicyDocument'], 'trust');
      for (const policy of [properties['Policies'] ?? []].flat())
        if (isMap(policy)) add(policy['PolicyDocument'], 'identity');
      const arns = [properties['ManagedPolicyArns'] ?? []].flat().filter((arn) => typeof arn === 'string');
      managed.push(...arns.filter(isAwsManaged));
    }
    if (/^AWS::IAM::(Managed)?Policy$/.test(String(resource['Type']))) add(properties['PolicyDocument'], 'identity');
    if (resource['Type'] === 'AWS::EC2::VPCEndpoint') add(properties['PolicyDocument'], 'endpoint');
    if (resource['Type'] === 'AWS::KMS::Key') add(properties['KeyPolicy'], 'key');
    if (/::(Queue|Topic|Bucket)Policy$/.test(String(resource['Type']))) add(properties['PolicyDocument'], 'resource');
  }
  return { documents, managed };
}

/** Every odd thing in the template, once. */
async function oddities(template: JsonObject): Promise<string[]> {
  const { documents, managed } = documentsOf(template);
  const found = await Promise.all(
    documents.map(async ({ document, kind }) => {
      try {
        return (await policyFindings(readPolicy(document, kind), kind)).map(({ message }) => message);
      } catch (error) {
        return [`${kind}: ${(error as Error).message}`];
      }
    }),
  );
  return [...new Set([...found.flat(), ...managed.filter((arn) => !awsManagedPolicy(arn))])];
}

/** What is odd in them on purpose, or nothing that a call here has. */
const RIGHTLY_ODD = new Set([
  'arn:aws:iam::aws:policy/ThisIsPassedThroughAsIs',
  'arn:aws-cn:iam::aws:policy/ThisIsAlsoPassedThrough',
  'identity: Syntax errors in policy: it has no Statement',
  ...['ec2:ManagedResourceOperator', 'ec2:Public'].map(
    (key) => `condition key ${key} is not known here: the statement's condition counts as if the key were absent`,
  ),
]);

describe('SAM’s fixtures', () => {
  test.each([
    ['aws.jsonl.gz', 1_000],
    ['other-partitions.jsonl.gz', 300],
  ])('%s', async (file, least) => {
    const text = gunzipSync(readFileSync(join(process.cwd(), 'local/template/sam/fixtures', file))).toString('utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { output?: JsonObject });
    const odd = new Set<string>();
    let documents = 0;
    for (const { output } of lines) {
      if (!output) continue;
      documents += documentsOf(output).documents.length;
      for (const one of await oddities(output)) odd.add(one);
    }
    expect(documents).toBeGreaterThan(least);
    expect([...odd].filter((one) => !RIGHTLY_ODD.has(one))).toEqual([]);
  });
});

test('the help desk', async () => {
  const { tree, source } = readDocument(join(process.cwd(), 'template.yaml'));
  const { template } = transformSam({
    template: tree,
    source,
    parameters: {},
    region: 'us-east-1',
    accountId: '123456789012',
    partition: 'aws',
    stackName: 'help-desk',
    now: 0,
  });
  expect(documentsOf(template as JsonObject).documents.length).toBeGreaterThan(10);
  expect(await oddities(template as JsonObject)).toEqual([]);
});
