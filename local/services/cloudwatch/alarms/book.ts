/** The alarms of the account: kept, found by name or ARN. */
import type { Collection, ServiceContext } from '../../../kernel/index.ts';
import type { Alarm, CompositeAlarm, MetricAlarm } from './records.ts';

export interface AlarmBook {
  arn(name: string): string;
  /** By name, or by an ARN of this account and Region. */
  get(nameOrArn: string): Alarm | undefined;
  /** By name. */
  list(): Alarm[];
  metricAlarms(): MetricAlarm[];
  compositeAlarms(): CompositeAlarm[];
  put(alarm: Alarm): void;
  /** False when there is none. */
  delete(name: string): boolean;
}

export function openAlarmBook(
  context: Pick<ServiceContext, 'accountId' | 'region' | 'partition' | 'store'>,
): AlarmBook {
  const { accountId, region, partition, store } = context;
  const kept: Collection<Alarm> = store.collection('cloudwatch', 'all-alarms');
  // Alarms are looked at every minute and at each change of another: they are read from the disk once.
  const alarms = new Map(kept.list().map(({ key, value }) => [key, value]));
  const prefix = `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:`;
  const list = (): Alarm[] => [...alarms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

  return {
    arn: (name) => `${prefix}${name}`,
    get: (nameOrArn) => alarms.get(nameOrArn.startsWith(prefix) ? nameOrArn.slice(prefix.length) : nameOrArn),
    list,
    metricAlarms: () => list().filter((alarm) => alarm.kind === 'metric'),
    compositeAlarms: () => list().filter((alarm) => alarm.kind === 'composite'),
    put(alarm) {
      kept.put(alarm.name, alarm);
      alarms.set(alarm.name, alarm);
    },
    delete(name) {
      kept.delete(name);
      return alarms.delete(name);
    },
  };
}
