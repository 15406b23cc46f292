/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html */
import type { Operation, ServiceContext } from '../../../kernel/service.ts';
import { invalidValue } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type Dimension, listOf } from './dimensions.ts';

interface ListMetricsInput {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly (Pick<Dimension, 'Name'> & Partial<Dimension>)[];
  readonly NextToken?: string;
  readonly RecentlyActive?: string;
}

const PAGE = 500;
const TWO_WEEKS_MS = 14 * 86_400_000;
const RECENT_MS = 3 * 3_600_000;

export function listMetrics({ telemetry, clock }: ServiceContext): Operation<ListMetricsInput> {
  return {
    requires: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
    handle({ Namespace: namespace, MetricName: name, Dimensions = [], NextToken, RecentlyActive }) {
      if (RecentlyActive !== undefined && RecentlyActive !== 'PT3H') {
        throw invalidValue('The only value for parameter RecentlyActive is PT3H.');
      }
      const since = clock.now() - (RecentlyActive === undefined ? TWO_WEEKS_MS : RECENT_MS);
      const found = telemetry.metrics
        .series({ namespace, name, since })
        .filter(({ dimensions }) =>
          Dimensions.every(
            ({ Name, Value }) => Object.hasOwn(dimensions, Name) && (Value ?? dimensions[Name]) === dimensions[Name],
          ),
        );
      const page = pageOf(found, PAGE, NextToken);
      return {
        Metrics: page.items.map((series) => ({
          Namespace: series.namespace,
          MetricName: series.name,
          Dimensions: listOf(series.dimensions),
        })),
        NextToken: page.NextToken,
      };
    },
  };
}
