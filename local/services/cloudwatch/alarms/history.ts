/** What happened to alarms, for DescribeAlarmHistory. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html */
import { randomUUID } from 'node:crypto';
import type { Collection, ServiceContext } from '../../../kernel/index.ts';

export type HistoryItemType = 'ConfigurationUpdate' | 'StateUpdate' | 'Action';

export interface HistoryItem {
  readonly alarmName: string;
  readonly alarmType: 'MetricAlarm' | 'CompositeAlarm';
  /** ms since 1970 */
  readonly at: number;
  readonly type: HistoryItemType;
  readonly summary: string;
  /** JSON text. */
  readonly data: string;
}

export interface History {
  add(item: Omit<HistoryItem, 'at'>): void;
  /** Newest first. */
  list(filter: {
    readonly alarmName?: string;
    readonly type?: string;
    readonly from?: number;
    readonly to?: number;
  }): HistoryItem[];
}

/** CloudWatch keeps 30 days. */
const KEPT_MS = 30 * 86_400_000;
const MOST_ITEMS = 10_000;
/** How many come before what is too old is looked for. */
const SWEEP_EVERY = 100;

export function openHistory({ store, clock }: Pick<ServiceContext, 'store' | 'clock'>): History {
  const items: Collection<HistoryItem> = store.collection('cloudwatch', 'alarm-history');
  const run = randomUUID();
  let sequence = 0;

  function sweep(): void {
    const all = items.list();
    const oldest = clock.now() - KEPT_MS;
    all.forEach(({ key, value }, index) => {
      if (value.at < oldest || index < all.length - MOST_ITEMS) items.delete(key);
    });
  }

  return {
    add(item) {
      const at = clock.now();
      // In order of time, and of what came first within a millisecond.
      const key = `${String(at).padStart(15, '0')}-${String(sequence).padStart(9, '0')}-${run}`;
      items.put(key, { ...item, at });
      sequence += 1;
      if (sequence % SWEEP_EVERY === 0) sweep();
    },
    list({ alarmName, type, from = clock.now() - KEPT_MS, to = Number.MAX_SAFE_INTEGER }) {
      return items
        .list()
        .map(({ value }) => value)
        .filter((item) => {
          const isNamed = (alarmName ?? item.alarmName) === item.alarmName && (type ?? item.type) === item.type;
          return isNamed && item.at >= from && item.at < to;
        })
        .toReversed();
    },
  };
}
