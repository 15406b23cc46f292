/**
 * The metrics of AWS/SQS. What happens is counted here and handed on once a minute, or before somebody reads; how many
 * messages there are is looked at once a minute, as long as a queue is active.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
import type { Clock, Telemetry } from '../../kernel/index.ts';
import { createWakeUp } from '../../kernel/wake-up.ts';
import type { Queue } from './queues/queue-book.ts';

type Measured = Pick<Queue, 'record' | 'messages'>;

export interface QueueMetrics {
  /** The size of each, bytes. */
  sent(queue: Measured, sizes: readonly number[]): void;
  received(queue: Measured, count: number): void;
  receivedNothing(queue: Measured): void;
  deleted(queue: Measured, count: number): void;
  /** The queue is gone. */
  forget(queue: Measured): void;
  stop(): void;
}

/** Values by how often each was seen. */
type Values = Map<number, number>;

interface Activity {
  readonly queue: Measured;
  readonly counted: Map<string, Values>;
  lastActiveAt: number;
}

const EVERY_MS = 60_000;
/** Early in each minute, so that what it finds is there when alarms look at that minute. */
const AFTER_MS = 2_000;
/** So long a queue is active after the last call. */
const ACTIVE_MS = 6 * 3_600_000;

export function startMetrics(telemetry: Telemetry, clock: Clock): QueueMetrics {
  const activities = new Map<string, Activity>();
  const wakeUp = createWakeUp(clock, () => {
    handOn();
    for (const [id, activity] of activities) {
      if (clock.now() - activity.lastActiveAt > ACTIVE_MS) activities.delete(id);
      else look(activity.queue);
    }
    schedule();
  });
  const unsubscribe = telemetry.beforeRead(handOn);

  function schedule(): void {
    const next = (Math.floor((clock.now() - AFTER_MS) / EVERY_MS) + 1) * EVERY_MS + AFTER_MS;
    wakeUp.set(activities.size === 0 ? undefined : next);
  }

  function publish({ record }: Measured, name: string, unit: string, values: Values): void {
    let count = 0;
    let sum = 0;
    for (const [value, times] of values) {
      count += times;
      sum += value * times;
    }
    const all = [...values.keys()];
    telemetry.metric({
      namespace: 'AWS/SQS',
      name,
      dimensions: { QueueName: record.name },
      unit,
      value: 0,
      statistics: { count, sum, minimum: Math.min(...all), maximum: Math.max(...all), values: [...values] },
      timestamp: clock.now(),
    });
  }

  function handOn(): void {
    for (const { queue, counted } of activities.values()) {
      for (const [name, values] of counted)
        publish(queue, name, name === 'SentMessageSize' ? 'Bytes' : 'Count', values);
      counted.clear();
    }
  }

  function look(queue: Measured): void {
    const counts = queue.messages.counts();
    const oldest = queue.messages.oldest();
    const gauge = (name: string, value: number, unit = 'Count') => publish(queue, name, unit, new Map([[value, 1]]));
    gauge('ApproximateNumberOfMessagesVisible', counts.visible);
    gauge('ApproximateNumberOfMessagesNotVisible', counts['in-flight']);
    gauge('ApproximateNumberOfMessagesDelayed', counts.delayed);
    const age = oldest === undefined ? 0 : Math.floor((clock.now() - oldest) / 1000);
    gauge('ApproximateAgeOfOldestMessage', age, 'Seconds');
  }

  function count(queue: Measured, name: string, value: number): void {
    const { id } = queue.record;
    let activity = activities.get(id);
    if (!activity) {
      activity = { queue, counted: new Map(), lastActiveAt: clock.now() };
      activities.set(id, activity);
      schedule();
    }
    activity.lastActiveAt = clock.now();
    let values = activity.counted.get(name);
    if (!values) {
      values = new Map();
      activity.counted.set(name, values);
    }
    values.set(value, (values.get(value) ?? 0) + 1);
  }

  return {
    sent(queue, sizes) {
      count(queue, 'NumberOfMessagesSent', sizes.length);
      for (const size of sizes) count(queue, 'SentMessageSize', size);
    },
    received: (queue, number) => count(queue, 'NumberOfMessagesReceived', number),
    receivedNothing: (queue) => count(queue, 'NumberOfEmptyReceives', 1),
    deleted(queue, number) {
      if (number > 0) count(queue, 'NumberOfMessagesDeleted', number);
    },
    forget: ({ record }) => void activities.delete(record.id),
    stop() {
      unsubscribe();
      wakeUp.set(undefined);
    },
  };
}
