/** Log groups and streams: made, listed, removed; retention and tags. */
import type {
  CreateLogGroupRequest,
  DescribeLogGroupsRequest,
  DescribeLogStreamsRequest,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import type { CallContext, Operation, Requirement } from '../../kernel/service.ts';
import type { LogGroup as StoredGroup, LogStream as StoredStream } from '../../kernel/telemetry.ts';
import { checkKey } from './encryption-key.ts';
import { groupExists, invalidParameter, noSuchGroup, noSuchStream, streamExists } from './errors.ts';
import { filterKey, filtersOf } from './filter-records.ts';
import { findGroup, nameInArn, nameOf, type Room } from './groups.ts';
import { page } from './paging.ts';
import { RETENTION_DAYS, validate } from './validation.ts';

type OnGroup = { logGroupName?: string; logGroupIdentifier?: string };
type OnStream = { logGroupName: string; logStreamName: string };

/** A policy's resource for groups ends with `:*`; for streams it names the stream. */
export function onGroup(room: Room, action: string, input: OnGroup, stream?: string): readonly Requirement[] {
  const name = nameOf(input) || '*';
  const arn = room.groupArn(name);
  return [{ action: `logs:${action}`, resource: stream === undefined ? `${arn}:*` : `${arn}:log-stream:${stream}` }];
}

/** What else is known of a group that is gone. */
export function forgetGroup({ settings, filters, ingestion }: Room, group: string): void {
  settings.delete(group);
  const before = filters.revision();
  for (const { filterName } of filtersOf(filters.metric, group)) filters.metric.delete(filterKey(group, filterName));
  for (const { filterName } of filtersOf(filters.subscription, group)) {
    filters.subscription.delete(filterKey(group, filterName));
  }
  if (filters.revision() !== before) ingestion().changed();
}

export function groupOperations(room: Room): Record<string, Operation> {
  const { archive, settings } = room;

  const createLogGroup: Operation<CreateLogGroupRequest & { logGroupName: string }> = {
    requires: (input) => [
      ...onGroup(room, 'CreateLogGroup', input),
      ...(input.tags ? onGroup(room, 'TagResource', input) : []),
    ],
    async handle(input) {
      validate(input);
      if (archive.group(input.logGroupName)) throw groupExists();
      await checkKey(room, input.logGroupName, input.kmsKeyId);
      if (!archive.createGroup(input.logGroupName)) throw groupExists();
      const { tags, kmsKeyId, logGroupClass } = input;
      settings.put(input.logGroupName, { tags, kmsKeyId, logGroupClass });
    },
  };

  const deleteLogGroup: Operation<{ logGroupName: string }> = {
    requires: (input) => onGroup(room, 'DeleteLogGroup', input),
    handle(input) {
      validate(input);
      if (!archive.deleteGroup(input.logGroupName)) throw noSuchGroup();
      forgetGroup(room, input.logGroupName);
    },
  };

  const describeLogGroups: Operation<DescribeLogGroupsRequest> = {
    requires: () => [{ action: 'logs:DescribeLogGroups', resource: room.groupArn('*') }],
    handle(input) {
      validate(input, 50);
      if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
        throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
      }
      const pattern = input.logGroupNamePattern?.toLowerCase() ?? '';
      const matching = archive
        .groups({ prefix: input.logGroupNamePrefix })
        .filter(({ name }) => name.toLowerCase().includes(pattern))
        .filter(({ name }) => (input.logGroupClass ?? classOf(name)) === classOf(name));
      const { items, nextToken } = page(matching, ({ name }) => name, input.limit ?? 50, input.nextToken);
      return { logGroups: items.map(describeGroup), nextToken };
    },
  };

  const classOf = (name: string): string => settings.get(name)?.logGroupClass ?? 'STANDARD';

  const describeGroup = (group: StoredGroup) => ({
    logGroupName: group.name,
    creationTime: group.createdAt,
    retentionInDays: group.retentionInDays,
    metricFilterCount: filtersOf(room.filters.metric, group.name).length,
    arn: `${room.groupArn(group.name)}:*`,
    logGroupArn: room.groupArn(group.name),
    storedBytes: group.storedBytes,
    kmsKeyId: settings.get(group.name)?.kmsKeyId,
    logGroupClass: classOf(group.name),
  });

  const createLogStream: Operation<OnStream> = {
    requires: (input) => onGroup(room, 'CreateLogStream', input, input.logStreamName),
    handle(input) {
      validate(input);
      const created = archive.createStream(input.logGroupName, input.logStreamName);
      if (created === undefined) throw noSuchGroup();
      if (!created) throw streamExists();
    },
  };

  const deleteLogStream: Operation<OnStream> = {
    requires: (input) => onGroup(room, 'DeleteLogStream', input, input.logStreamName),
    handle(input) {
      validate(input);
      findGroup(room, input);
      if (!archive.deleteStream(input.logGroupName, input.logStreamName)) throw noSuchStream();
    },
  };

  const describeLogStreams: Operation<DescribeLogStreamsRequest> = {
    requires: (input) => onGroup(room, 'DescribeLogStreams', input),
    handle(input) {
      validate(input, 50);
      const byTime = input.orderBy === 'LastEventTime';
      if (byTime && input.logStreamNamePrefix !== undefined) {
        throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
      }
      const group = findGroup(room, input);
      const streams = archive.streams(group.name, input.logStreamNamePrefix) ?? [];
      // Padded, so that times sort as text, and the name decides between equal ones.
      const key = ({ name, lastEventTimestamp }: StoredStream) =>
        byTime ? `${String(lastEventTimestamp ?? 0).padStart(16, '0')} ${name}` : name;
      const { items, nextToken } = page(streams, key, input.limit ?? 50, input.nextToken, input.descending ?? false);
      return { logStreams: items.map((stream) => describeStream(group.name, stream)), nextToken };
    },
  };

  const describeStream = (group: string, stream: StoredStream): LogStream => ({
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: stream.firstEventTimestamp,
    lastEventTimestamp: stream.lastEventTimestamp,
    lastIngestionTime: stream.lastIngestionTime,
    uploadSequenceToken: '49590302938475827365918273645',
    arn: `${room.groupArn(group)}:log-stream:${stream.name}`,
    storedBytes: 0,
  });

  type Keyed = { logGroupName?: string; resourceIdentifier?: string };
  const groupWithKey = ({ logGroupName, resourceIdentifier }: Keyed) => ({
    logGroupIdentifier: logGroupName ?? resourceIdentifier,
  });

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html */
  const associateKmsKey: Operation<Keyed & { kmsKeyId: string }> = {
    requires: (input) => onGroup(room, 'AssociateKmsKey', groupWithKey(input)),
    async handle(input) {
      const { name } = findGroup(room, groupWithKey(input));
      await checkKey(room, name, input.kmsKeyId);
      settings.put(name, { ...settings.get(name), kmsKeyId: input.kmsKeyId });
    },
  };

  const disassociateKmsKey: Operation<Keyed> = {
    requires: (input) => onGroup(room, 'DisassociateKmsKey', groupWithKey(input)),
    handle(input) {
      const { name } = findGroup(room, groupWithKey(input));
      const { kmsKeyId, ...others } = settings.get(name) ?? {};
      if (kmsKeyId !== undefined) settings.put(name, others);
    },
  };

  const putRetentionPolicy: Operation<{ logGroupName: string; retentionInDays: number }> = {
    requires: (input) => onGroup(room, 'PutRetentionPolicy', input),
    handle(input) {
      validate(input);
      if (!RETENTION_DAYS.includes(input.retentionInDays)) {
        throw invalidParameter(
          `1 validation error detected: Value '${input.retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
        );
      }
      if (!archive.setRetention(input.logGroupName, input.retentionInDays)) throw noSuchGroup();
    },
  };

  const deleteRetentionPolicy: Operation<{ logGroupName: string }> = {
    requires: (input) => onGroup(room, 'DeleteRetentionPolicy', input),
    handle(input) {
      validate(input);
      if (!archive.setRetention(input.logGroupName, undefined)) throw noSuchGroup();
    },
  };

  return {
    CreateLogGroup: createLogGroup,
    DeleteLogGroup: deleteLogGroup,
    DescribeLogGroups: describeLogGroups,
    CreateLogStream: createLogStream,
    DeleteLogStream: deleteLogStream,
    DescribeLogStreams: describeLogStreams,
    AssociateKmsKey: associateKmsKey,
    DisassociateKmsKey: disassociateKmsKey,
    PutRetentionPolicy: putRetentionPolicy,
    DeleteRetentionPolicy: deleteRetentionPolicy,
    ...tagOperations(room),
  };
}

const MOST_TAGS = 50;

function tagOperations(room: Room): Record<string, Operation> {
  const { settings } = room;
  const tagged = (resourceArn: string) => {
    const name = nameInArn(resourceArn);
    if (name === undefined) throw invalidParameter(`The resourceArn ${resourceArn} is not the ARN of a log group.`);
    return findGroup(room, { logGroupName: name }).name;
  };
  const write = (name: string, tags: Readonly<Record<string, string>>): void => {
    if (Object.keys(tags).length > MOST_TAGS) throw invalidParameter(`A log group can have at most ${MOST_TAGS} tags.`);
    settings.put(name, { ...settings.get(name), tags });
  };
  const tagsOf = (name: string) => settings.get(name)?.tags ?? {};
  const without = (name: string, keys: readonly string[]) =>
    Object.fromEntries(Object.entries(tagsOf(name)).filter(([key]) => !keys.includes(key)));
  const requires = (action: string) => (input: { resourceArn: string }, _call: CallContext) => [
    { action: `logs:${action}`, resource: input.resourceArn },
  ];

  const tagResource: Operation<{ resourceArn: string; tags: Record<string, string> }> = {
    requires: requires('TagResource'),
    handle(input) {
      const name = tagged(input.resourceArn);
      write(name, { ...tagsOf(name), ...input.tags });
    },
  };
  const untagResource: Operation<{ resourceArn: string; tagKeys: string[] }> = {
    requires: requires('UntagResource'),
    handle(input) {
      const name = tagged(input.resourceArn);
      write(name, without(name, input.tagKeys));
    },
  };
  const listTagsForResource: Operation<{ resourceArn: string }> = {
    requires: requires('ListTagsForResource'),
    handle: (input) => ({ tags: tagsOf(tagged(input.resourceArn)) }),
  };
  return { TagResource: tagResource, UntagResource: untagResource, ListTagsForResource: listTagsForResource };
}
