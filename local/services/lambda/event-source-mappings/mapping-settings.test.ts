import fc from 'fast-check';
import type { JsonObject } from '../../../template/stack.ts';
import { TemplateError } from '../../../template/stack.ts';
import { propertiesOfMapping } from '../providers/event-source-mapping.ts';
import type { Mapping } from './contract.ts';
import { type MappingSettings, readMapping } from './mapping-settings.ts';
import { sourceOf } from './sources.ts';

const PLACE = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:jobs';
const STREAM = 'arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:f:live';

function read(properties: JsonObject): MappingSettings {
  const request = {
    logicalId: 'Mapping',
    type: 'AWS::Lambda::EventSourceMapping',
    properties: { FunctionName: FUNCTION, ...properties },
    stackName: '',
    stackId: '',
    generatedName: '',
    replacementName: '',
    positionOf: () => undefined,
  };
  return readMapping(request, PLACE);
}

const complaints = (properties: JsonObject): readonly string[] => {
  try {
    read(properties);
    return [];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return error.diagnostics.map(({ message }) => message);
  }
};

const stream = fc.record({
  startingPosition: fc.constantFrom('TRIM_HORIZON' as const, 'LATEST' as const),
  parallelizationFactor: fc.integer({ min: 1, max: 10 }),
  maximumRecordAgeSeconds: fc.constantFrom(-1, 60, 604_800),
  maximumRetryAttempts: fc.integer({ min: -1, max: 10_000 }),
  bisectsOnError: fc.boolean(),
  tumblingWindowSeconds: fc.integer({ min: 0, max: 900 }),
});
const common = {
  uuid: fc.constant('u'),
  functionArn: fc.constant(FUNCTION),
  enabled: fc.boolean(),
  filters: fc.array(fc.constantFrom('{"body":["a"]}', '{"a":[{"exists":true}]}'), { maxLength: 5 }),
  reportsBatchItemFailures: fc.boolean(),
  countsEvents: fc.boolean(),
  lastModified: fc.constant(0),
  lastProcessingResult: fc.constant(''),
};
const mapping: fc.Arbitrary<Mapping> = fc.oneof(
  fc.record({
    ...common,
    eventSourceArn: fc.constant(QUEUE),
    batchSize: fc.integer({ min: 1, max: 10_000 }),
    batchingWindowSeconds: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({
    ...common,
    eventSourceArn: fc.constant(STREAM),
    batchSize: fc.integer({ min: 1, max: 10_000 }),
    batchingWindowSeconds: fc.integer({ min: 0, max: 300 }),
    stream,
  }),
);

test('what is there reads as what it was made of, so that an update changes what it names and nothing else', () => {
  fc.assert(
    fc.property(mapping, (made) => {
      const { tags, functionName, ...settings } = read(propertiesOfMapping(made));
      const { uuid: _, functionArn, lastModified: __, lastProcessingResult: ___, ...wanted } = made;
      expect(settings).toEqual(wanted);
      expect([tags, functionName]).toEqual([{}, functionArn]);
    }),
  );
});

test('queues and streams have AWS’s numbers where nobody says any', () => {
  expect(read({ EventSourceArn: QUEUE })).toMatchObject({ batchSize: 10, batchingWindowSeconds: 0, enabled: true });
  expect(read({ EventSourceArn: STREAM, StartingPosition: 'LATEST' })).toMatchObject({
    batchSize: 100,
    stream: { maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1, parallelizationFactor: 1, bisectsOnError: false },
  });
});

test.each<[string, JsonObject, RegExp]>([
  ['no starting position', {}, /^Value null at 'startingPosition'/],
  ['a time to start at', { StartingPosition: 'AT_TIMESTAMP' }, /^Unsupported starting position/],
  ['records of half a minute', { StartingPosition: 'LATEST', MaximumRecordAgeInSeconds: 30 }, /between 60 and 604800/],
  [
    'concurrency',
    { StartingPosition: 'LATEST', ScalingConfig: { MaximumConcurrency: 5 } },
    /^Unsupported ScalingConfig/,
  ],
  [
    'a destination for what went well',
    { StartingPosition: 'LATEST', DestinationConfig: { OnSuccess: { Destination: QUEUE } } },
    /^OnSuccess destination is not supported/,
  ],
  [
    'a function for what went wrong',
    { StartingPosition: 'LATEST', DestinationConfig: { OnFailure: { Destination: FUNCTION } } },
    /is invalid\.$/,
  ],
])('a stream is not read with %s', (_, properties, message) => {
  expect(complaints({ EventSourceArn: STREAM, ...properties })).toEqual([expect.stringMatching(message)]);
});

test('sources are told by their ARNs', () => {
  const kindOf = (arn: string | undefined) => {
    const source = sourceOf(arn, PLACE);
    return source.kind === 'elsewhere' ? source.why : source;
  };
  expect([QUEUE, `${QUEUE}.fifo`, STREAM].map(kindOf)).toEqual([
    { kind: 'queue', fifo: false },
    { kind: 'queue', fifo: true },
    { kind: 'stream' },
  ]);
  expect(
    [
      undefined,
      'arn:aws:kinesis:us-east-1:123456789012:stream/s',
      'arn:aws:kafka:us-east-1:123456789012:cluster/c/u',
      'arn:aws:mq:us-east-1:123456789012:broker:b:1',
      'arn:aws:rds:us-east-1:123456789012:cluster:c',
      'arn:aws:sqs:us-east-1:210987654321:q',
      'arn:aws:sqs:eu-west-1:123456789012:q',
      'Stream',
    ].map(kindOf),
  ).toEqual([
    'Kafka is not emulated',
    'Kinesis is not emulated',
    'Amazon MSK is not emulated',
    'Amazon MQ is not emulated',
    'DocumentDB is not emulated',
    'account 210987654321 is not here',
    'Region eu-west-1 is not here',
    'Stream is not the ARN of a source',
  ]);
});
