/** Hands what is logged to the filters of its group; costs nothing while there is none. */
import type { LogEvent, LogSource } from '../../kernel/telemetry.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { Room } from './groups.ts';
import { type MetricPublisher, metricPublisher } from './metric-publisher.ts';
import { type Subscription, subscribe } from './subscription.ts';

export interface Ingestion {
  /** Filters were made, changed or removed. */
  changed(): void;
  stop(): void;
}

interface Takers {
  readonly metrics: readonly MetricPublisher[];
  readonly subscriptions: readonly Subscription[];
}

export function watchIngestion(room: Room): Ingestion {
  const { telemetry, filters } = room;
  let takers = new Map<string, Takers>();
  let unsubscribe: (() => void) | undefined;
  const complained = new Set<string>();

  function take(source: LogSource, event: LogEvent, isKept: boolean): void {
    const found = isKept ? takers.get(source.logGroup) : undefined;
    if (!found) return;
    for (const publisher of found.metrics) publisher.take(event);
    for (const subscription of found.subscriptions) subscription.take(source, event);
  }

  function stop(): void {
    unsubscribe?.();
    unsubscribe = undefined;
    for (const { metrics, subscriptions } of takers.values()) {
      for (const one of [...metrics, ...subscriptions]) one.stop();
    }
    takers = new Map();
  }

  function changed(): void {
    stop();
    const metric = filters.metric.list().map(({ value }) => value);
    const subscription = filters.subscription.list().map(({ value }) => value);
    const groups = new Set([...metric, ...subscription].map(({ logGroupName }) => logGroupName));
    for (const group of groups) {
      takers.set(group, {
        metrics: metric.filter((one) => one.logGroupName === group).map((one) => metricPublisher(one, room)),
        subscriptions: subscription
          .filter((one) => one.logGroupName === group && !isOwnLog(one.destinationArn, group))
          .map((one) => subscribe(one, room)),
      });
    }
    if (takers.size > 0) unsubscribe = telemetry.onLog(take);
  }

  /** A function that is sent what it logs itself never comes to an end: on AWS only the bill stops it. */
  function isOwnLog(destinationArn: string, group: string): boolean {
    const name = destinationArn.split(':')[6];
    if (group !== `/aws/lambda/${name}`) return false;
    const message = `${group} is not sent to ${name}, which logs there: on AWS they would go round for ever`;
    if (!complained.has(message)) {
      complained.add(message);
      telemetry.log(OWN_LOG, [{ timestamp: room.clock.now(), message }]);
    }
    return true;
  }

  changed();
  return { changed, stop };
}
