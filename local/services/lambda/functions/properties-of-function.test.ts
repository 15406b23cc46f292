import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeBucket, snapshotKey } from '../packages/locate-code.ts';
import type { FunctionRecord } from '../records.ts';
import { type FunctionSettings, readFunctionProperties } from './function-properties.ts';
import { LATEST } from './functions.ts';
import { propertiesOfFunction } from './properties-of-function.ts';

const PLACE = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const DIGEST = 'ab'.repeat(32);
const arn = (service: string) =>
  fc.stringMatching(/^[a-z]{1,8}$/).map((id) => `arn:aws:${service}:us-east-1:123456789012:${id}`);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const logLevels = {
  applicationLogLevel: optional(fc.constantFrom('TRACE', 'WARN')),
  systemLogLevel: optional(fc.constantFrom('DEBUG', 'INFO')),
};

const logging = fc.oneof(
  fc.record({ logGroup: fc.constant('/aws/lambda/f'), logFormat: fc.constant('Text' as const) }),
  fc.record({ logGroup: fc.constant('mine'), logFormat: fc.constant('JSON' as const), ...logLevels }),
);

const settings = fc.record({
  description: fc.string({ maxLength: 50 }),
  runtime: fc.constantFrom('nodejs24.x', 'nodejs22.x'),
  handler: fc.constant('index.handler'),
  role: fc.constant('arn:aws:iam::123456789012:role/r'),
  memorySize: fc.integer({ min: 128, max: 10_240 }),
  timeout: fc.integer({ min: 1, max: 900 }),
  ephemeralStorage: fc.integer({ min: 512, max: 10_240 }),
  environment: fc.dictionary(fc.stringMatching(/^X[A-Z]{1,5}$/), fc.string({ maxLength: 20 }), { maxKeys: 4 }),
  layers: fc.constantFrom([], ['arn:aws:lambda:us-east-1:123456789012:layer:l:1']),
  architectures: fc.constantFrom(['x86_64'], ['arm64']),
  logging,
  tracing: fc.constantFrom('Active' as const, 'PassThrough' as const),
  vpc: optional(fc.constant({ subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] })),
  deadLetterArn: optional(arn('sqs')),
  kmsKeyArn: optional(arn('kms')),
});

/** Without the members that are undefined: those are left out here and there. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('the properties of a function read as the settings it was made of', () => {
  const tags = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ maxLength: 5 }), { maxKeys: 3 });
  fc.assert(
    fc.property(settings, tags, (made, tagged) => {
      const latest = {
        ...made,
        functionName: 'f',
        label: 'F',
        version: LATEST,
        code: { kind: 'stored', digest: DIGEST, unzippedSize: 1 },
        lastModified: '',
        revisionId: '',
      } as FunctionRecord['latest'];
      const properties = propertiesOfFunction({ functionName: 'f', latest, nextVersion: 1 }, tagged, PLACE);
      const read: FunctionSettings = readFunctionProperties({
        logicalId: 'F',
        type: 'AWS::Lambda::Function',
        properties,
        stackName: '',
        stackId: '',
        generatedName: 'f',
        replacementName: 'f',
        positionOf: () => undefined,
      });
      const code = { kind: 'object', bucket: codeBucket(PLACE), key: snapshotKey(PLACE, DIGEST) };
      expect(plain(read)).toEqual(plain({ ...made, functionName: 'f', tags: tagged, whole: {}, code }));
    }),
  );
});
