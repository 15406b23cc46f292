/** Metric filters and subscription filters as they are kept. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';

export interface MetricTransformation {
  readonly metricName: string;
  readonly metricNamespace: string;
  /** A number, or `$name` / `$.selector` of the log event. */
  readonly metricValue: string;
  readonly defaultValue?: number;
  readonly unit?: string;
  /** Dimension → `$name` or `$.selector`. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

export interface MetricFilterRecord {
  readonly filterName: string;
  readonly logGroupName: string;
  readonly filterPattern: string;
  readonly metricTransformations: readonly MetricTransformation[];
  /** ms since 1970 */
  readonly creationTime: number;
}

export interface SubscriptionFilterRecord {
  readonly filterName: string;
  readonly logGroupName: string;
  readonly filterPattern: string;
  readonly destinationArn: string;
  /** As which the function's policy knows CloudWatch Logs. */
  readonly principal: string;
  readonly distribution: 'ByLogStream' | 'Random';
  readonly creationTime: number;
}

export interface Filters {
  readonly metric: Collection<MetricFilterRecord>;
  readonly subscription: Collection<SubscriptionFilterRecord>;
  /** A number that grows with every change. */
  revision(): number;
}

export function openFilters({ store }: Pick<ServiceContext, 'store'>): Filters {
  return {
    metric: store.collection('logs', 'metric-filters'),
    subscription: store.collection('logs', 'subscription-filters'),
    revision: () => store.writes('logs', 'metric-filters') + store.writes('logs', 'subscription-filters'),
  };
}

/** No group's name has a blank in it. */
export const filterKey = (group: string, name: string): string => `${group} ${name}`;

export function filtersOf<T>(collection: Collection<T>, group: string): readonly T[] {
  return collection.list({ prefix: `${group} ` }).map(({ value }) => value);
}
