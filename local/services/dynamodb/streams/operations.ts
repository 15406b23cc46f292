/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
import type {
  DescribeStreamInput,
  GetRecordsInput,
  GetShardIteratorInput,
  ListStreamsInput,
  _Record as Record_,
} from '@aws-sdk/client-dynamodb-streams';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { validationError } from '../errors.ts';
import type { Room, With } from '../room.ts';
import { nameOf } from '../tables/tables.ts';
import { iteratorOf, readIterator, readSequence, type ShardIterator, sequenceText } from './iterators.ts';
import type { Stream, StreamRecord } from './streams.ts';

const MOST_RECORDS = 1_000;
const MOST_BYTES = 1024 * 1024;
/** DynamoDB's word for what is not there. */
const notFound = (what: string) => new AwsError('ResourceNotFoundException', `Requested resource not found: ${what}`);

/** Of our own: for consumers inside, who would else ask again and again. */
export interface WaitForRecordsInput {
  readonly StreamArn: string;
  /** As GetRecords takes it. */
  readonly ShardIterator: string;
}

export function streamOperations({ streams, clock, region }: Room): Record<string, Operation> {
  function get(arn: string): Stream {
    const stream = streams.find(arn);
    if (!stream) throw notFound(`Stream: ${arn} not found`);
    return stream;
  }

  function ofIterator(text: string): { stream: Stream; iterator: ShardIterator } {
    const iterator = readIterator(text, clock.now());
    const stream = get(iterator.arn);
    return { stream, iterator };
  }

  const listStreams: Operation<ListStreamsInput> = {
    requires: () => [
      {
        action: 'dynamodb:ListStreams',
        resource: '*',
      },
    ],
    handle({ TableName, ExclusiveStartStreamArn: after = '', Limit = 100 }) {
      const all = streams
        .all()
        .filter(({ arn, tableName }) => arn > after && (TableName === undefined || tableName === nameOf(TableName)));
      const page = all.slice(0, Limit);
      return {
        Streams: page.map(({ arn, tableName, label }) => ({
          StreamArn: arn,
          TableName: tableName,
          StreamLabel: label,
        })),
        ...(all.length > page.length && { LastEvaluatedStreamArn: page.at(-1)!.arn }),
      };
    },
  };

  const describeStream: Operation<With<DescribeStreamInput, 'StreamArn'>> = {
    requires: ({ StreamArn }) => [{ action: 'dynamodb:DescribeStream', resource: StreamArn }],
    handle({ StreamArn, ExclusiveStartShardId }) {
      const stream = get(StreamArn);
      const { keys, ended } = stream;
      const shard = {
        ShardId: stream.shardId,
        SequenceNumberRange: {
          StartingSequenceNumber: sequenceText(stream.firstSequence),
          ...(ended && { EndingSequenceNumber: sequenceText(ended.sequence) }),
        },
      };
      return {
        StreamDescription: {
          StreamArn,
          StreamLabel: stream.label,
          StreamStatus: ended ? 'DISABLED' : 'ENABLED',
          StreamViewType: stream.view,
          CreationRequestDateTime: new Date(stream.createdAt),
          TableName: stream.tableName,
          KeySchema: [
            ...keys.hash.map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' })),
            ...keys.range.map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' })),
          ],
          Shards: ExclusiveStartShardId === stream.shardId ? [] : [shard],
        },
      };
    },
  };

  const getShardIterator: Operation<With<GetShardIteratorInput, 'StreamArn' | 'ShardId' | 'ShardIteratorType'>> = {
    requires: ({ StreamArn }) => [{ action: 'dynamodb:GetShardIterator', resource: StreamArn }],
    handle({ StreamArn, ShardId, ShardIteratorType: type, SequenceNumber }) {
      const stream = get(StreamArn);
      if (ShardId !== stream.shardId) throw notFound(`Shard: ${ShardId} in stream: ${StreamArn} not found`);
      const from = startOf(stream, type, SequenceNumber);
      return { ShardIterator: iteratorOf({ arn: StreamArn, from, at: clock.now() }) };
    },
  };

  function startOf(stream: Stream, type: string, sequence: string | undefined): number {
    switch (type) {
      case 'TRIM_HORIZON':
        return 0;
      case 'LATEST':
        return streams.nextSequence(stream);
      default: {
        if (sequence === undefined) {
          throw validationError(`SequenceNumber must be specified when ShardIteratorType is ${type}`);
        }
        const number = readSequence(sequence);
        if (number === undefined) throw validationError(`Invalid SequenceNumber: ${sequence}`);
        if (number < streams.horizon(stream) && number !== stream.firstSequence) throw trimmed();
        return type === 'AFTER_SEQUENCE_NUMBER' ? number + 1 : number;
      }
    }
  }

  const getRecords: Operation<With<GetRecordsInput, 'ShardIterator'>> = {
    requires: ({ ShardIterator }) => [
      { action: 'dynamodb:GetRecords', resource: readIterator(ShardIterator, clock.now()).arn },
    ],
    handle({ ShardIterator, Limit = MOST_RECORDS }) {
      if (Limit < 1 || Limit > MOST_RECORDS) {
        throw validationError(
          `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${Limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${MOST_RECORDS}`}`,
        );
      }
      const { stream, iterator } = ofIterator(ShardIterator);
      if (iterator.from > 0 && iterator.from < streams.horizon(stream) && iterator.from > stream.firstSequence) {
        throw trimmed();
      }
      const Records: Record_[] = [];
      let next = iterator.from;
      let bytes = 0;
      for (const { sequence, record } of streams.records(stream, iterator.from)) {
        if (Records.length > 0 && bytes + record.size > MOST_BYTES) break;
        Records.push(recordOf(stream, sequence, record, region));
        next = sequence + 1;
        bytes += record.size;
        if (Records.length === Limit) break;
      }
      const over = stream.ended && next > stream.ended.sequence;
      const finished = over || (stream.ended && Records.length === 0);
      return {
        Records,
        ...(!finished && { NextShardIterator: iteratorOf({ arn: stream.arn, from: next, at: clock.now() }) }),
      };
    },
  };

  const waitForRecords: Operation<WaitForRecordsInput> = {
    requires: ({ StreamArn }) => [{ action: 'dynamodb:GetRecords', resource: StreamArn }],
    async handle({ StreamArn, ShardIterator }, { signal, principal }) {
      if (principal.kind !== 'internal') throw new AwsError('UnknownOperationException', '');
      const { arn, from } = readIterator(ShardIterator, clock.now(), Number.POSITIVE_INFINITY);
      const HasRecords = await streams.waitFor(get(StreamArn), from, signal);
      // Who waited for days reads on from where it was.
      return { HasRecords, ShardIterator: iteratorOf({ arn, from, at: clock.now() }) };
    },
  };

  return {
    ListStreams: listStreams,
    DescribeStream: describeStream,
    GetShardIterator: getShardIterator,
    GetRecords: getRecords,
    WaitForRecords: waitForRecords,
  };
}

const trimmed = () =>
  new AwsError(
    'TrimmedDataAccessException',
    'The operation attempted to read past the oldest stream record in a shard.',
  );

function recordOf({ view }: Stream, sequence: number, record: StreamRecord, region: string): Record_ {
  const { keys, before, after, size, at, expired } = record;
  return {
    eventID: record.eventId,
    eventName: record.name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      // Rounded to the second, as there.
      ApproximateCreationDateTime: new Date(Math.floor(at / 1000) * 1000),
      Keys: keys as NonNullable<Record_['dynamodb']>['Keys'],
      ...(after && { NewImage: after as NonNullable<Record_['dynamodb']>['NewImage'] }),
      ...(before && { OldImage: before as NonNullable<Record_['dynamodb']>['OldImage'] }),
      SequenceNumber: sequenceText(sequence),
      SizeBytes: size,
      StreamViewType: view,
    },
    ...(expired && { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } }),
  };
}
