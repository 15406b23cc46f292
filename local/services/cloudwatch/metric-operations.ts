/** Metrics in and out. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation, ServiceContext } from '../../kernel/service.ts';
import { datapoints, type Statistic, statisticNamed } from './statistics.ts';

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

interface PutMetricDataInput {
  readonly Namespace: string;
  readonly MetricData?: readonly {
    readonly MetricName: string;
    readonly Dimensions?: readonly Dimension[];
    readonly Timestamp?: Date;
    readonly Value?: number;
    readonly StatisticValues?: {
      readonly SampleCount: number;
      readonly Sum: number;
      readonly Minimum: number;
      readonly Maximum: number;
    };
    readonly Values?: readonly number[];
    readonly Counts?: readonly number[];
    readonly Unit?: string;
  }[];
}

interface MetricDataQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly Dimension[];
    };
    readonly Period: number;
    readonly Stat: string;
    readonly Unit?: string;
  };
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
const requires = (action: string) => () => [{ action: `cloudwatch:${action}`, resource: '*' }];
const asRecord = (dimensions: readonly Dimension[] = []): Record<string, string> =>
  Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));
const asList = (dimensions: Readonly<Record<string, string>>): Dimension[] =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

export function metricOperations({ telemetry, clock }: ServiceContext): Readonly<Record<string, Operation>> {
  const { metrics } = telemetry;
  return {
    PutMetricData: {
      requires: requires('PutMetricData'),
      handle({ Namespace: namespace, MetricData = [] }: PutMetricDataInput) {
        for (const datum of MetricData) {
          const { MetricName: name, Timestamp, Value, StatisticValues, Values = [], Counts = [], Unit: unit } = datum;
          const common = {
            namespace,
            name,
            dimensions: asRecord(datum.Dimensions),
            unit,
            timestamp: Timestamp?.getTime() ?? clock.now(),
          };
          if (StatisticValues) {
            const { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } = StatisticValues;
            telemetry.metric({ ...common, value: 0, statistics: { count, sum, minimum, maximum } });
          } else if (Values.length > 0) {
            Values.forEach((value, index) => {
              const count = Counts[index] ?? 1;
              const statistics = { count, sum: value * count, minimum: value, maximum: value };
              telemetry.metric({ ...common, value, statistics });
            });
          } else if (Value !== undefined) telemetry.metric({ ...common, value: Value });
          else
            throw invalid(
              `At least one of the parameters must be specified: Value, Values, StatisticValues for ${name}.`,
            );
        }
        return {};
      },
    },

    ListMetrics: {
      requires: requires('ListMetrics'),
      handle(input: {
        readonly Namespace?: string;
        readonly MetricName?: string;
        readonly Dimensions?: readonly Partial<Dimension>[];
      }) {
        const found = metrics
          .series({ namespace: input.Namespace, name: input.MetricName })
          .filter(({ dimensions }) =>
            (input.Dimensions ?? []).every(
              ({ Name = '', Value }) =>
                Object.hasOwn(dimensions, Name) && (Value ?? dimensions[Name]) === dimensions[Name],
            ),
          );
        return {
          Metrics: found.map(({ namespace, name, dimensions }) => ({
            Namespace: namespace,
            MetricName: name,
            Dimensions: asList(dimensions),
          })),
        };
      },
    },

    GetMetricStatistics: {
      requires: requires('GetMetricStatistics'),
      handle(input: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions?: readonly Dimension[];
        readonly StartTime: Date;
        readonly EndTime: Date;
        readonly Period: number;
        readonly Statistics?: readonly string[];
        readonly Unit?: string;
      }) {
        const statistics = (input.Statistics ?? []).map(statisticNamed);
        if (statistics.length === 0)
          throw invalid('At least one of the parameters Statistics and ExtendedStatistics must be specified.');
        const found = datapoints(metrics, {
          series: { namespace: input.Namespace, name: input.MetricName, dimensions: asRecord(input.Dimensions) },
          from: input.StartTime.getTime(),
          to: input.EndTime.getTime(),
          period: input.Period,
          unit: input.Unit,
        });
        return {
          Label: input.MetricName,
          Datapoints: found.map(({ at, values, unit }) => ({
            Timestamp: new Date(at),
            Unit: unit,
            ...Object.fromEntries(statistics.map((name: Statistic) => [name, values[name]])),
          })),
        };
      },
    },

    GetMetricData: {
      requires: requires('GetMetricData'),
      handle(input: {
        readonly MetricDataQueries: readonly MetricDataQuery[];
        readonly StartTime: Date;
        readonly EndTime: Date;
        readonly ScanBy?: 'TimestampAscending' | 'TimestampDescending';
      }) {
        return {
          MetricDataResults: input.MetricDataQueries.filter(({ ReturnData = true }) => ReturnData).map((query) => {
            const { Id, MetricStat, Label } = query;
            if (!MetricStat) throw new AwsError('ValidationError', `${Id}: metric math is not computed here.`);
            const { Metric, Period, Stat, Unit } = MetricStat;
            const statistic = statisticNamed(Stat);
            const found = datapoints(metrics, {
              series: { namespace: Metric.Namespace, name: Metric.MetricName, dimensions: asRecord(Metric.Dimensions) },
              from: input.StartTime.getTime(),
              to: input.EndTime.getTime(),
              period: Period,
              unit: Unit,
            });
            const ordered = input.ScanBy === 'TimestampAscending' ? found : found.toReversed();
            return {
              Id,
              Label: Label ?? Metric.MetricName,
              Timestamps: ordered.map(({ at }) => new Date(at)),
              Values: ordered.map(({ values }) => values[statistic]),
              StatusCode: 'Complete',
            };
          }),
          Messages: [],
        };
      },
    },
  };
}
