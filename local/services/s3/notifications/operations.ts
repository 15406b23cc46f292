/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html */
import type { Operation } from '../../../kernel/service.ts';
import { bucketOperation } from '../buckets/settings.ts';
import { invalidArgument } from '../errors.ts';
import { inBucket } from '../guard.ts';
import type { NotificationConfiguration, NotificationTarget } from '../records.ts';
import type { InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';
import { isEventPattern, targetId } from './configuration.ts';
import { checkDestinations, tellOfTest } from './destinations.ts';

interface Entry {
  readonly Id?: string;
  readonly Events?: readonly string[];
  readonly Filter?: {
    readonly Key?: { readonly FilterRules?: readonly { readonly Name?: string; readonly Value?: string }[] };
  };
  readonly LambdaFunctionArn?: string;
  readonly QueueArn?: string;
  readonly TopicArn?: string;
}

interface Configuration {
  readonly LambdaFunctionConfigurations?: readonly Entry[];
  readonly QueueConfigurations?: readonly Entry[];
  readonly TopicConfigurations?: readonly Entry[];
  readonly EventBridgeConfiguration?: object;
}

interface PutInput extends InBucket {
  readonly NotificationConfiguration: Configuration;
  readonly SkipDestinationValidation?: boolean;
}

export function notificationOperations(room: Room): Record<string, Operation> {
  const { needs, repository } = room;
  const put: Operation<PutInput> = {
    requires: (input, call) => needs.onBucket('PutBucketNotification', input, call),
    async handle(input, call) {
      const { name } = inBucket(room, input);
      const notification = read(input.NotificationConfiguration);
      if (!input.SkipDestinationValidation) await checkDestinations(room, name, notification);
      repository.put({ ...repository.get(name), notification });
      if (!input.SkipDestinationValidation) tellOfTest(room, name, notification, call.requestId);
      return {};
    },
  };
  return {
    PutBucketNotificationConfiguration: put,
    GetBucketNotificationConfiguration: bucketOperation(room)('GetBucketNotification', ({ notification }) =>
      notification ? told(notification) : {},
    ),
  };
}

const LISTS = [
  ['LambdaFunctionConfigurations', 'LambdaFunctionArn', 'lambda'],
  ['QueueConfigurations', 'QueueArn', 'sqs'],
  ['TopicConfigurations', 'TopicArn', 'sns'],
] as const;

function read(configuration: Configuration): NotificationConfiguration {
  const targets = LISTS.flatMap(([list, arn, service]) =>
    (configuration[list] ?? []).map((entry) => readEntry(entry, entry[arn], service)),
  );
  refuseOverlaps(targets);
  return { targets, eventBridge: configuration.EventBridgeConfiguration !== undefined };
}

function readEntry(entry: Entry, arn: string | undefined, service: NotificationTarget['service']): NotificationTarget {
  const { Events: events = [] } = entry;
  const invalid = (message: string, value = '') => invalidArgument(message, 'NotificationConfiguration', value);
  if (arn === undefined || !new RegExp(`^arn:[^:]+:${service}:[^:]+:\\d{12}:.+`).test(arn))
    throw invalid('The ARN is not well formed', arn);
  const strange = events.find((event) => !isEventPattern(event));
  if (strange !== undefined || events.length === 0)
    throw invalid('The event is not supported for notifications', strange);
  let prefix: string | undefined;
  let suffix: string | undefined;
  for (const { Name = '', Value = '' } of entry.Filter?.Key?.FilterRules ?? []) {
    const name = Name.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') throw invalid('filter rule name must be either prefix or suffix', Name);
    if ((name === 'prefix' ? prefix : suffix) !== undefined)
      throw invalid(`Cannot specify more than one ${name} rule in a filter.`, Value);
    if (name === 'prefix') prefix = Value;
    else suffix = Value;
  }
  return {
    id: entry.Id ?? targetId([service, arn, ...events, prefix, suffix]),
    service,
    arn,
    events,
    ...(prefix !== undefined && { prefix }),
    ...(suffix !== undefined && { suffix }),
  };
}

/** One event of one key goes to one destination only. */
function refuseOverlaps(targets: readonly NotificationTarget[]): void {
  for (const [index, one] of targets.entries()) {
    for (const other of targets.slice(index + 1)) {
      const keys = overlaps(one.prefix, other.prefix, 'startsWith') && overlaps(one.suffix, other.suffix, 'endsWith');
      const events = one.events.some((a) => other.events.some((b) => sameEvents(a, b)));
      if (!keys || !events) continue;
      throw invalidArgument(
        'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
        'NotificationConfiguration',
      );
    }
  }
}

const overlaps = (a = '', b = '', how: 'startsWith' | 'endsWith'): boolean => a[how](b) || b[how](a);

function sameEvents(a: string, b: string): boolean {
  const [bareA, bareB] = [a.replace(/\*$/, ''), b.replace(/\*$/, '')];
  return a === b || (bareA !== a && b.startsWith(bareA)) || (bareB !== b && a.startsWith(bareB));
}

function told({ targets, eventBridge }: NotificationConfiguration): Configuration {
  const lists = LISTS.map(([list, arn, service]) => [
    list,
    targets
      .filter((target) => target.service === service)
      .map(({ id, arn: to, events, prefix, suffix }) => ({
        Id: id,
        [arn]: to,
        Events: events,
        ...((prefix ?? suffix) !== undefined && {
          Filter: {
            Key: {
              FilterRules: [
                ...(prefix === undefined ? [] : [{ Name: 'Prefix', Value: prefix }]),
                ...(suffix === undefined ? [] : [{ Name: 'Suffix', Value: suffix }]),
              ],
            },
          },
        }),
      })),
  ]);
  return { ...Object.fromEntries(lists), ...(eventBridge && { EventBridgeConfiguration: {} }) };
}
