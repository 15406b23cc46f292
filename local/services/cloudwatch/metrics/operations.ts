import type { Operation, ServiceContext } from '../../../kernel/service.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import { listMetrics } from './list-metrics.ts';
import { putMetricData } from './put-metric-data.ts';

export function metricOperations(context: ServiceContext): Readonly<Record<string, Operation>> {
  return {
    PutMetricData: putMetricData(context),
    ListMetrics: listMetrics(context),
    GetMetricStatistics: getMetricStatistics(context),
    GetMetricData: getMetricData(context),
  };
}
