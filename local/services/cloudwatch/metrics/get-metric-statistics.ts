/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
import type { Operation, ServiceContext } from '../../../kernel/service.ts';
import { invalidCombination, invalidValue, missingParameter } from '../errors.ts';
import { type Dimension, dimensionsOf } from './dimensions.ts';
import { periods, roundedStart } from './periods.ts';
import { checkPeriod } from './queries.ts';
import { readStatistic, SIMPLE_STATISTICS, type Statistic, statisticOf } from './statistic.ts';

interface GetMetricStatisticsInput {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly StartTime: Date;
  readonly EndTime: Date;
  readonly Period: number;
  readonly Statistics?: readonly string[];
  readonly ExtendedStatistics?: readonly string[];
  readonly Unit?: string;
}

const MOST_DATAPOINTS = 1_440;

export function getMetricStatistics({ telemetry, clock }: ServiceContext): Operation<GetMetricStatisticsInput> {
  return {
    requires: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
    handle(input) {
      const [start, to] = [input.StartTime.getTime(), input.EndTime.getTime()];
      if (start >= to) throw invalidCombination('The parameter StartTime must be less than the parameter EndTime.');
      checkPeriod(input.Period);
      const [simple, extended] = statisticsOf(input);
      const wanted = Math.ceil((to - start) / (input.Period * 1000));
      if (wanted > MOST_DATAPOINTS) {
        throw invalidCombination(
          `You have requested up to ${wanted} datapoints, which exceeds the limit of ${MOST_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
        );
      }
      const series = {
        namespace: input.Namespace,
        name: input.MetricName,
        dimensions: dimensionsOf(input.Dimensions),
      };
      const from = roundedStart(start, clock.now(), input.Period);
      const found = periods(telemetry.metrics, { series, from, to, period: input.Period, unit: input.Unit }, true);
      const told = (statistics: readonly Named[], { aggregate }: (typeof found)[number]): [string, number][] =>
        statistics.flatMap(({ name, statistic }): [string, number][] => {
          const value = statisticOf(statistic, aggregate);
          return value === undefined ? [] : [[name, value]];
        });
      return {
        Label: input.MetricName,
        Datapoints: found.map((period) => {
          const percentiles = told(extended, period);
          return {
            Timestamp: new Date(period.at),
            Unit: period.unit,
            ...Object.fromEntries(told(simple, period)),
            ...(percentiles.length > 0 && { ExtendedStatistics: Object.fromEntries(percentiles) }),
          };
        }),
      };
    },
  };
}

interface Named {
  readonly name: string;
  readonly statistic: Statistic;
}

function statisticsOf(input: GetMetricStatisticsInput): readonly [readonly Named[], readonly Named[]] {
  const { Statistics: simple = [], ExtendedStatistics: extended = [] } = input;
  if (simple.length === 0 && extended.length === 0) {
    throw missingParameter('Must specify at least one of the parameters Statistics or ExtendedStatistics.');
  }
  const read =
    (isSimple: boolean) =>
    (name: string): Named => {
      const statistic = readStatistic(name);
      if (statistic && (statistic.kind === 'simple') === isSimple) return { name, statistic };
      throw invalidValue(
        isSimple
          ? `The value ${name} for parameter Statistics is not one of ${SIMPLE_STATISTICS.join(', ')}.`
          : `The value ${name} for parameter ExtendedStatistics is not supported.`,
      );
    };
  return [simple.map(read(true)), extended.map(read(false))];
}
