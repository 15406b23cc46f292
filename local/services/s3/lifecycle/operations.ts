/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
import type { Operation } from '../../../kernel/service.ts';
import { bucketOperation } from '../buckets/settings.ts';
import { invalidArgument, invalidRequest, malformedXml, notConfigured } from '../errors.ts';
import type { LifecycleFilter, LifecycleRule, Tag } from '../records.ts';
import type { InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';
import { DAY_MS } from './rules.ts';

interface RuleInput {
  readonly ID?: string;
  readonly Prefix?: string;
  readonly Status?: string;
  readonly Filter?: FilterInput & {
    readonly And?: Omit<FilterInput, 'Tag'> & { readonly Tags?: readonly Partial<Tag>[] };
  };
  readonly Expiration?: { readonly Days?: number; readonly Date?: Date; readonly ExpiredObjectDeleteMarker?: boolean };
  readonly Transitions?: readonly { readonly Days?: number; readonly Date?: Date; readonly StorageClass?: string }[];
  readonly NoncurrentVersionExpiration?: {
    readonly NoncurrentDays?: number;
    readonly NewerNoncurrentVersions?: number;
  };
  readonly NoncurrentVersionTransitions?: readonly {
    readonly NoncurrentDays?: number;
    readonly NewerNoncurrentVersions?: number;
    readonly StorageClass?: string;
  }[];
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation?: number };
}

interface FilterInput {
  readonly Prefix?: string;
  readonly Tag?: Partial<Tag>;
  readonly ObjectSizeGreaterThan?: number;
  readonly ObjectSizeLessThan?: number;
}

interface PutInput extends InBucket {
  readonly LifecycleConfiguration: { readonly Rules?: readonly RuleInput[] };
  readonly TransitionDefaultMinimumObjectSize?: string;
}

const SIZE_RULE = 'all_storage_classes_128K';

export function lifecycleOperations(room: Room): Record<string, Operation> {
  const operation = bucketOperation(room);
  const { repository } = room;
  return {
    PutBucketLifecycleConfiguration: operation<PutInput>('PutLifecycleConfiguration', (bucket, input) => {
      const lifecycle = readRules(input.LifecycleConfiguration.Rules ?? []);
      const minimum = input.TransitionDefaultMinimumObjectSize ?? SIZE_RULE;
      repository.put({ ...bucket, lifecycle, lifecycleDefaultMinimum: minimum });
      return { TransitionDefaultMinimumObjectSize: minimum };
    }),
    GetBucketLifecycleConfiguration: operation(
      'GetLifecycleConfiguration',
      ({ name, lifecycle, lifecycleDefaultMinimum }) => {
        if (!lifecycle)
          throw notConfigured('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', name);
        return { Rules: lifecycle.map(told), TransitionDefaultMinimumObjectSize: lifecycleDefaultMinimum ?? SIZE_RULE };
      },
    ),
    DeleteBucketLifecycle: operation(
      'PutLifecycleConfiguration',
      ({ lifecycle: _, ...bucket }) => void repository.put(bucket),
    ),
  };
}

/** Throws MalformedXML, InvalidArgument, InvalidRequest. */
function readRules(rules: readonly RuleInput[]): readonly LifecycleRule[] {
  if (rules.length === 0 || rules.length > 1_000) throw malformedXml();
  const read = rules.map(readRule);
  const ids = new Set(read.map(({ id }) => id));
  if (ids.size < read.length) throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule');
  return read;
}

function readRule(rule: RuleInput, index: number): LifecycleRule {
  const { ID, Status, Filter, Prefix, Expiration, Transitions = [], NoncurrentVersionTransitions = [] } = rule;
  if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml();
  if ((Filter === undefined) === (Prefix === undefined)) throw malformedXml();
  if (ID !== undefined && ID.length > 255) throw invalidArgument('ID length should not exceed allowed limit of 255');
  const noncurrent = rule.NoncurrentVersionExpiration;
  const abort = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  if (
    !Expiration &&
    !noncurrent &&
    abort === undefined &&
    Transitions.length + NoncurrentVersionTransitions.length === 0
  ) {
    throw invalidRequest('At least one action needs to be specified in a rule');
  }
  const filter = readFilter(Filter ?? { Prefix });
  if (abort !== undefined && (filter.tags.length > 0 || (filter.largerThan ?? filter.smallerThan) !== undefined)) {
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes.');
  }
  return {
    id: ID ?? `rule-${index + 1}`,
    enabled: Status === 'Enabled',
    form: Filter === undefined ? 'prefix' : 'filter',
    filter,
    ...(Expiration && { expiration: readExpiration(Expiration) }),
    transitions: Transitions.map(({ Days, Date: date, StorageClass = '' }) => ({
      storageClass: StorageClass,
      ...(Days !== undefined && { days: Days }),
      ...(date && { date: date.getTime() }),
    })),
    ...(noncurrent && {
      noncurrentExpiration: {
        days: positive(noncurrent.NoncurrentDays, 'NoncurrentDays'),
        ...(noncurrent.NewerNoncurrentVersions !== undefined && { newer: noncurrent.NewerNoncurrentVersions }),
      },
    }),
    noncurrentTransitions: NoncurrentVersionTransitions.map(
      ({ NoncurrentDays, NewerNoncurrentVersions, StorageClass = '' }) => ({
        days: NoncurrentDays ?? 0,
        storageClass: StorageClass,
        ...(NewerNoncurrentVersions !== undefined && { newer: NewerNoncurrentVersions }),
      }),
    ),
    ...(abort !== undefined && { abortAfterDays: positive(abort, 'DaysAfterInitiation') }),
  };
}

function readExpiration({ Days, Date: date, ExpiredObjectDeleteMarker }: NonNullable<RuleInput['Expiration']>) {
  if ([Days, date, ExpiredObjectDeleteMarker].filter((given) => given !== undefined).length !== 1) throw malformedXml();
  if (date && date.getTime() % DAY_MS !== 0) throw invalidArgument("'Date' must be at midnight GMT");
  return {
    ...(Days !== undefined && { days: positive(Days, 'Days') }),
    ...(date && { date: date.getTime() }),
    ...(ExpiredObjectDeleteMarker !== undefined && { deleteMarker: ExpiredObjectDeleteMarker }),
  };
}

function readFilter({
  And,
  Tag,
  Prefix,
  ObjectSizeGreaterThan,
  ObjectSizeLessThan,
}: NonNullable<RuleInput['Filter']>): LifecycleFilter {
  const inner = And ?? { Prefix, Tags: Tag ? [Tag] : [], ObjectSizeGreaterThan, ObjectSizeLessThan };
  return {
    ...(inner.Prefix !== undefined && { prefix: inner.Prefix }),
    tags: (inner.Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value })),
    ...(inner.ObjectSizeGreaterThan !== undefined && { largerThan: inner.ObjectSizeGreaterThan }),
    ...(inner.ObjectSizeLessThan !== undefined && { smallerThan: inner.ObjectSizeLessThan }),
  };
}

function positive(days: number | undefined, name: string): number {
  if (days !== undefined && Number.isInteger(days) && days > 0) return days;
  throw invalidArgument(`'${name}' for Expiration action must be a positive integer`);
}

function told(rule: LifecycleRule): RuleInput {
  const { expiration, noncurrentExpiration, abortAfterDays, filter, transitions, noncurrentTransitions } = rule;
  return {
    ID: rule.id,
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    ...(rule.form === 'prefix' ? { Prefix: filter.prefix ?? '' } : { Filter: toldFilter(filter) }),
    ...(expiration && {
      Expiration: {
        ...(expiration.days !== undefined && { Days: expiration.days }),
        ...(expiration.date !== undefined && { Date: new Date(expiration.date) }),
        ...(expiration.deleteMarker !== undefined && { ExpiredObjectDeleteMarker: expiration.deleteMarker }),
      },
    }),
    ...(transitions.length > 0 && {
      Transitions: transitions.map(({ days, date, storageClass }) => ({
        ...(days !== undefined && { Days: days }),
        ...(date !== undefined && { Date: new Date(date) }),
        StorageClass: storageClass,
      })),
    }),
    ...(noncurrentExpiration && {
      NoncurrentVersionExpiration: {
        NoncurrentDays: noncurrentExpiration.days,
        ...(noncurrentExpiration.newer !== undefined && { NewerNoncurrentVersions: noncurrentExpiration.newer }),
      },
    }),
    ...(noncurrentTransitions.length > 0 && {
      NoncurrentVersionTransitions: noncurrentTransitions.map(({ days, newer, storageClass }) => ({
        NoncurrentDays: days,
        ...(newer !== undefined && { NewerNoncurrentVersions: newer }),
        StorageClass: storageClass,
      })),
    }),
    ...(abortAfterDays !== undefined && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortAfterDays } }),
  };
}

function toldFilter({ prefix, tags, largerThan, smallerThan }: LifecycleFilter): NonNullable<RuleInput['Filter']> {
  const sizes = {
    ...(largerThan !== undefined && { ObjectSizeGreaterThan: largerThan }),
    ...(smallerThan !== undefined && { ObjectSizeLessThan: smallerThan }),
  };
  const members = (prefix === undefined ? 0 : 1) + tags.length + Object.keys(sizes).length;
  const withPrefix = prefix === undefined ? {} : { Prefix: prefix };
  if (members > 1) return { And: { ...withPrefix, ...(tags.length > 0 && { Tags: tags }), ...sizes } };
  return { ...withPrefix, ...(tags[0] && { Tag: tags[0] }), ...sizes };
}
