/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
import type { MetricDatum } from '../../../kernel/index.ts';
import type { Operation, ServiceContext } from '../../../kernel/service.ts';
import { invalidCombination, invalidValue, missingParameter } from '../errors.ts';
import { type Dimension, dimensionsOf } from './dimensions.ts';

interface Datum {
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
  readonly StorageResolution?: number;
}

interface PutMetricDataInput {
  readonly Namespace: string;
  readonly MetricData?: readonly Datum[];
  readonly EntityMetricData?: readonly { readonly Entity?: unknown; readonly MetricData?: readonly Datum[] }[];
}

const MOST_DATA = 1_000;
const MOST_DIMENSIONS = 30;
const MOST_VALUES = 150;
const OLDEST_MS = 14 * 86_400_000;
const LATEST_MS = 2 * 3_600_000;
const LARGEST = 2 ** 360;

export function putMetricData({ telemetry, clock }: ServiceContext): Operation<PutMetricDataInput> {
  return {
    requires: ({ Namespace }) => [
      { action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': Namespace } },
    ],
    handle({ Namespace: namespace, MetricData = [], EntityMetricData = [] }) {
      if (namespace.startsWith('AWS/')) {
        throw invalidValue(`The value AWS/ for parameter Namespace is invalid.`);
      }
      // Which entity (a service of Application Signals) a metric belongs to, nothing here asks.
      const all = [...MetricData, ...EntityMetricData.flatMap((one) => one.MetricData ?? [])];
      if (all.length === 0) throw missingParameter('The parameter MetricData is required.');
      if (all.length > MOST_DATA) {
        throw invalidValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`);
      }
      const now = clock.now();
      // All or nothing: what is wrong with the last is found before the first is kept.
      const read = all.map((datum, index) => readDatum(datum, `MetricData.member.${index + 1}`, namespace, now));
      for (const datum of read) telemetry.metric(datum);
      return {};
    },
  };
}

function readDatum(datum: Datum, at: string, namespace: string, now: number): MetricDatum {
  const { MetricName: name, Unit: unit, Dimensions = [], StorageResolution = 60 } = datum;
  if (Dimensions.length > MOST_DIMENSIONS) {
    throw invalidValue(`The collection ${at}.Dimensions must not have a size greater than ${MOST_DIMENSIONS}.`);
  }
  if (StorageResolution !== 1 && StorageResolution !== 60) {
    throw invalidValue(`The parameter ${at}.StorageResolution must be 1 or 60.`);
  }
  const timestamp = datum.Timestamp?.getTime() ?? now;
  if (timestamp < now - OLDEST_MS) {
    throw invalidValue(`The parameter ${at}.Timestamp must specify a time no more than two weeks in the past.`);
  }
  if (timestamp > now + LATEST_MS) {
    throw invalidValue(`The parameter ${at}.Timestamp must specify a time no more than two hours in the future.`);
  }
  const common = { namespace, name, unit, timestamp, storageResolution: StorageResolution } as const;
  return { ...common, dimensions: dimensionsOf(Dimensions), ...measured(datum, at) };
}

function measured(datum: Datum, at: string): Pick<MetricDatum, 'value' | 'statistics'> {
  const { Value: value, StatisticValues, Values = [], Counts } = datum;
  const given = [value !== undefined, StatisticValues !== undefined, Values.length > 0].filter(Boolean).length;
  if (given > 1) {
    throw invalidCombination(
      `The parameters ${at}.Value, ${at}.Values and ${at}.StatisticValues are mutually exclusive and you have specified more than one.`,
    );
  }
  if (StatisticValues) return { value: 0, statistics: readStatisticSet(StatisticValues, at) };
  if (Values.length > 0) return { value: 0, statistics: readValues(Values, Counts, at) };
  if (value === undefined) {
    throw missingParameter(
      `At least one of the parameters must be specified: ${at}.Value, ${at}.Values or ${at}.StatisticValues.`,
    );
  }
  check(value, `${at}.Value`);
  return { value };
}

function readStatisticSet(set: NonNullable<Datum['StatisticValues']>, at: string): MetricDatum['statistics'] {
  const { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } = set;
  for (const [name, value] of Object.entries(set)) check(value as number, `${at}.StatisticValues.${name}`);
  if (count < 0)
    throw invalidValue(`The parameter ${at}.StatisticValues.SampleCount must be greater than or equal to 0.`);
  if (minimum > maximum) {
    throw invalidCombination(
      `The parameter ${at}.StatisticValues.Maximum must be greater than ${at}.StatisticValues.Minimum.`,
    );
  }
  return { count, sum, minimum, maximum };
}

function readValues(
  values: readonly number[],
  counts: readonly number[] | undefined,
  at: string,
): MetricDatum['statistics'] {
  if (values.length > MOST_VALUES) {
    throw invalidValue(`The collection ${at}.Values must not have a size greater than ${MOST_VALUES}.`);
  }
  if (counts && counts.length !== values.length) {
    throw invalidCombination(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`);
  }
  const weighted = values.map((value, index) => [value, counts?.[index] ?? 1] as const);
  for (const [value, count] of weighted) {
    check(value, `${at}.Values`);
    check(count, `${at}.Counts`);
    if (count < 0) throw invalidValue(`The parameter ${at}.Counts must not be negative.`);
  }
  return {
    count: weighted.reduce((total, [, count]) => total + count, 0),
    sum: weighted.reduce((total, [value, count]) => total + value * count, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    values: weighted,
  };
}

function check(value: number, at: string): void {
  if (Number.isFinite(value) && Math.abs(value) <= LARGEST) return;
  throw invalidValue(`The value ${value} for parameter ${at} is invalid.`);
}
