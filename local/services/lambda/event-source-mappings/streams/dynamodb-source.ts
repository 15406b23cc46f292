/** A stream of DynamoDB. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
import type { PollerRoom } from '../contract.ts';
import type { From, Page, Shard, SourceRecord, StreamSource } from './stream-source.ts';

const RETENTION_MS = 24 * 3_600_000;

/** As `GetRecords` has them. */
interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: Date;
    readonly Keys: Record<string, unknown>;
    readonly NewImage?: object;
    readonly OldImage?: object;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
}

interface Description {
  readonly StreamDescription: {
    readonly Shards?: readonly {
      readonly ShardId: string;
      readonly ParentShardId?: string;
      readonly SequenceNumberRange?: { readonly EndingSequenceNumber?: string };
    }[];
    readonly LastEvaluatedShardId?: string;
  };
}

export function dynamoDbSource(streamArn: string, room: Pick<PollerRoom, 'call' | 'callInternally'>): StreamSource {
  return {
    retentionMs: RETENTION_MS,
    async shards(signal) {
      const shards: Shard[] = [];
      let after: string | undefined;
      do {
        const input = { StreamArn: streamArn, ...(after !== undefined && { ExclusiveStartShardId: after }) };
        const { StreamDescription: page } = await room.call<Description>('DescribeStream', input, signal);
        for (const { ShardId, ParentShardId, SequenceNumberRange } of page.Shards ?? []) {
          shards.push({
            id: ShardId,
            parents: ParentShardId === undefined ? [] : [ParentShardId],
            closed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
          });
        }
        after = page.LastEvaluatedShardId;
      } while (after !== undefined);
      return shards;
    },
    async iterator(shardId, from, signal) {
      const input = { StreamArn: streamArn, ShardId: shardId, ...iteratorType(from) };
      return (await room.call<{ ShardIterator: string }>('GetShardIterator', input, signal)).ShardIterator;
    },
    async read(iterator, signal): Promise<Page> {
      const { Records, NextShardIterator: next } = await room.call<{
        Records: readonly StreamRecord[];
        NextShardIterator?: string;
      }>('GetRecords', { ShardIterator: iterator }, signal);
      return { records: Records.map((record) => sourceRecord(streamArn, record)), ...(next !== undefined && { next }) };
    },
    async wait(iterator, signal) {
      const input = { StreamArn: streamArn, ShardIterator: iterator };
      return (await room.callInternally<{ ShardIterator: string }>('WaitForRecords', input, signal)).ShardIterator;
    },
    batchInfo: (shardId, { first, last, size }) => ({
      DDBStreamBatchInfo: {
        shardId,
        startSequenceNumber: first.sequence,
        endSequenceNumber: last.sequence,
        approximateArrivalOfFirstRecord: secondOf(first.arrivedAt),
        approximateArrivalOfLastRecord: secondOf(last.arrivedAt),
        batchSize: size,
        streamArn,
      },
    }),
  };
}

function iteratorType(from: From): object {
  switch (from.kind) {
    case 'AT_TIMESTAMP':
      throw new TypeError('streams of DynamoDB have no iterators of a point in time');
    case 'AFTER_SEQUENCE_NUMBER':
      return { ShardIteratorType: from.kind, SequenceNumber: from.sequence };
    default:
      return { ShardIteratorType: from.kind };
  }
}

/** `userIdentity` is spelt as Lambda spells it, which is not as `GetRecords` does. */
function sourceRecord(streamArn: string, record: StreamRecord): SourceRecord {
  const { eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb, userIdentity } = record;
  const { ApproximateCreationDateTime, Keys, NewImage, OldImage, SequenceNumber, SizeBytes, StreamViewType } = dynamodb;
  const arrivedAt = ApproximateCreationDateTime.getTime();
  const keys = inJson(Keys) as Record<string, unknown>;
  const event = {
    eventID,
    eventName,
    eventVersion,
    eventSource,
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: arrivedAt / 1000,
      Keys: keys,
      ...(NewImage && { NewImage: inJson(NewImage) }),
      ...(OldImage && { OldImage: inJson(OldImage) }),
      SequenceNumber,
      SizeBytes,
      StreamViewType,
    },
    ...(userIdentity && { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } }),
    eventSourceARN: streamArn,
  };
  return { sequence: SequenceNumber, key: keyOf(keys), arrivedAt, event, filterable: event };
}

/** The same text for the same item, whatever the order of its keys. */
const keyOf = (keys: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Bytes are base64. */
function inJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(inJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inJson(member)]));
}

/** `2019-11-14T00:13:19Z` */
const secondOf = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
