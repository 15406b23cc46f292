/** `LifecycleConfiguration` of a template. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { LifecycleRule, Tag } from '../records.ts';

export function readLifecycle(reader: PropertyReader): readonly LifecycleRule[] | undefined {
  let count = 0;
  return reader.object('LifecycleConfiguration', (at) =>
    at.objects('Rules', (rule) => {
      count += 1;
      return readRule(rule, count);
    }),
  );
}

function readRule(rule: PropertyReader, number: number): LifecycleRule {
  const status = rule.oneOf('Status', ['Enabled', 'Disabled']);
  if (rule.properties['Status'] === undefined) rule.refuse([], 'Status is required');
  const days = rule.integer('ExpirationInDays', [1, 2_147_483_647]);
  const date = dateIn(rule, 'ExpirationDate');
  const deleteMarker = rule.boolean('ExpiredObjectDeleteMarker');
  const noncurrent = rule.object('NoncurrentVersionExpiration', (at) => ({
    days: at.requiredInteger('NoncurrentDays', [1, 2_147_483_647]),
    ...optional('newer', at.integer('NewerNoncurrentVersions', [1, 100])),
  }));
  const oldNoncurrentDays = rule.integer('NoncurrentVersionExpirationInDays', [1, 2_147_483_647]);
  const noncurrentExpiration =
    noncurrent ?? (oldNoncurrentDays === undefined ? undefined : { days: oldNoncurrentDays });
  const abort = rule.object('AbortIncompleteMultipartUpload', (at) =>
    at.requiredInteger('DaysAfterInitiation', [1, 2_147_483_647]),
  );
  const transitions = [...rule.objects('Transitions', transition), ...one(rule.object('Transition', transition))];
  const noncurrentTransitions = [
    ...rule.objects('NoncurrentVersionTransitions', noncurrentTransition),
    ...one(rule.object('NoncurrentVersionTransition', noncurrentTransition)),
  ];
  if (
    (days ?? date ?? deleteMarker ?? abort) === undefined &&
    !noncurrentExpiration &&
    transitions.length + noncurrentTransitions.length === 0
  ) {
    rule.refuse([], 'At least one action needs to be specified in a rule');
  }
  const tags = rule.objects(
    'TagFilters',
    (tag): Tag => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' }),
  );
  return {
    id: rule.text('Id') ?? `rule-${number}`,
    enabled: status === 'Enabled',
    form: 'filter',
    filter: {
      ...optional('prefix', rule.text('Prefix')),
      tags,
      ...optional('largerThan', rule.integer('ObjectSizeGreaterThan', [0, Number.MAX_SAFE_INTEGER])),
      ...optional('smallerThan', rule.integer('ObjectSizeLessThan', [1, Number.MAX_SAFE_INTEGER])),
    },
    ...((days ?? date ?? deleteMarker) !== undefined && {
      expiration: { ...optional('days', days), ...optional('date', date), ...optional('deleteMarker', deleteMarker) },
    }),
    transitions,
    ...(noncurrentExpiration && { noncurrentExpiration }),
    noncurrentTransitions,
    ...optional('abortAfterDays', abort),
  };
}

function transition(at: PropertyReader): LifecycleRule['transitions'][number] {
  return {
    storageClass: at.requiredText('StorageClass'),
    ...optional('days', at.integer('TransitionInDays', [0, 2_147_483_647])),
    ...optional('date', dateIn(at, 'TransitionDate')),
  };
}

function noncurrentTransition(at: PropertyReader): LifecycleRule['noncurrentTransitions'][number] {
  return {
    storageClass: at.requiredText('StorageClass'),
    days: at.requiredInteger('TransitionInDays', [0, 2_147_483_647]),
    ...optional('newer', at.integer('NewerNoncurrentVersions', [1, 100])),
  };
}

function dateIn(reader: PropertyReader, name: string): number | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  reader.refuse([name], `${name} must be a date in ISO 8601 form`);
  return undefined;
}

function optional<K extends string, T>(name: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: T });
}

const one = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);
