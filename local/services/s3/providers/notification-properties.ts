/** `NotificationConfiguration` of a template. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import { isEventPattern, targetId } from '../notifications/configuration.ts';
import type { NotificationConfiguration, NotificationTarget } from '../records.ts';

const LISTS = [
  ['LambdaConfigurations', 'Function', 'lambda'],
  ['QueueConfigurations', 'Queue', 'sqs'],
  ['TopicConfigurations', 'Topic', 'sns'],
] as const;

export function readNotifications(reader: PropertyReader): NotificationConfiguration | undefined {
  return reader.object('NotificationConfiguration', (at) => {
    const bus = at.object('EventBridgeConfiguration', (inner) => inner.boolean('EventBridgeEnabled') ?? true);
    const targets = LISTS.flatMap(([list, name, service]) =>
      at.objects(list, (entry) => readTarget(entry, name, service)),
    );
    return { targets, eventBridge: bus ?? false };
  });
}

function readTarget(entry: PropertyReader, name: string, service: NotificationTarget['service']): NotificationTarget {
  const arn = entry.requiredText(name);
  const event = entry.requiredText('Event');
  if (event !== '' && !isEventPattern(event)) entry.refuse(['Event'], `S3 has no event ${event}`);
  const rules =
    entry.object('Filter', (filter) =>
      filter.object('S3Key', (key) =>
        key.objects('Rules', (rule) => ({
          name: rule.requiredText('Name').toLowerCase(),
          value: rule.text('Value') ?? '',
        })),
      ),
    ) ?? [];
  const named = (wanted: string) => rules.find((rule) => rule.name === wanted)?.value;
  const [prefix, suffix] = [named('prefix'), named('suffix')];
  return {
    id: targetId([service, arn, event, prefix, suffix]),
    service,
    arn,
    events: [event],
    ...(prefix !== undefined && { prefix }),
    ...(suffix !== undefined && { suffix }),
  };
}
