/** MetricDataQueries, checked and worked out: what GetMetricData answers and alarms on expressions look at. */
import type { MetricArchive, MetricSeries } from '../../../kernel/index.ts';
import { invalidValue, notEmulated, validationError } from '../errors.ts';
import { evaluate } from '../math/evaluator.ts';
import { type Expression, parseExpression } from '../math/syntax.ts';
import { MathError, type MathValue, type Timeline, type TimeSeries } from '../math/values.ts';
import { type Dimension, dimensionsOf } from './dimensions.ts';
import { periods } from './periods.ts';
import { readStatistic, type Statistic, statisticOf } from './statistic.ts';

export interface MetricDataQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Expression?: string;
  readonly Period?: number;
  readonly AccountId?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace?: string;
      readonly MetricName?: string;
      readonly Dimensions?: readonly Dimension[];
    };
    readonly Period: number;
    readonly Stat: string;
    readonly Unit?: string;
  };
}

export type ReadQuery = {
  readonly id: string;
  readonly label: string | undefined;
  readonly returnData: boolean;
} & (
  | { readonly kind: 'metric'; readonly metric: MetricQuery }
  | { readonly kind: 'expression'; readonly text: string; readonly expression: Expression; readonly period?: number }
);

export interface MetricQuery {
  readonly series: MetricSeries;
  /** Seconds. */
  readonly period: number;
  readonly stat: string;
  readonly statistic: Statistic;
  readonly unit: string | undefined;
}

/** Throws ValidationError, InvalidParameterValue. */
export function readQueries(queries: readonly MetricDataQuery[]): ReadQuery[] {
  const ids = new Set<string>();
  return queries.map((query) => {
    if (!/^[a-z][A-Za-z0-9_]*$/.test(query.Id)) {
      throw validationError(
        `The value ${query.Id} for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    }
    if (ids.has(query.Id))
      throw validationError(`The values for parameter Id in MetricDataQueries are not unique: ${query.Id}.`);
    ids.add(query.Id);
    return readQuery(query);
  });
}

function readQuery({ Id: id, Label: label, ReturnData: returnData = true, ...query }: MetricDataQuery): ReadQuery {
  const { Expression: text, MetricStat } = query;
  if ((text === undefined) === (MetricStat === undefined)) {
    throw validationError(`Exactly one of MetricStat and Expression must be specified in MetricDataQueries for ${id}.`);
  }
  const common = { id, label, returnData };
  if (MetricStat) return { ...common, kind: 'metric', metric: readMetricStat(id, MetricStat) };
  if (/^\s*SELECT\b/i.test(text!)) throw notEmulated(`${id}: a Metrics Insights query (SELECT)`);
  const expression = orRefuse(id, () => parseExpression(text!));
  return { ...common, kind: 'expression', text: text!, expression, period: query.Period };
}

function readMetricStat(id: string, stat: NonNullable<MetricDataQuery['MetricStat']>): MetricQuery {
  const { Metric, Period: period, Stat, Unit } = stat;
  const { Namespace: namespace, MetricName: name } = Metric;
  if (namespace === undefined || name === undefined) {
    throw validationError(`Namespace and MetricName are required in MetricDataQueries for ${id}.`);
  }
  checkPeriod(period);
  const statistic = readStatistic(Stat);
  if (!statistic) throw invalidValue(`The value ${Stat} for parameter Stat is not supported.`);
  return {
    series: { namespace, name, dimensions: dimensionsOf(Metric.Dimensions) },
    period,
    stat: Stat,
    statistic,
    unit: Unit,
  };
}

/** 1, 5, 10, 20, 30 or whole minutes. Throws InvalidParameterValue. */
export function checkPeriod(period: number): void {
  if ([1, 5, 10, 20, 30].includes(period) || (period > 0 && period % 60 === 0)) return;
  throw invalidValue('The value for parameter Period must be 1, 5, 10, 20, 30, or any multiple of 60.');
}

export interface Answer {
  readonly query: ReadQuery;
  /** More than one of an expression that gives several. */
  readonly lines: readonly TimeSeries[];
}

/** Works out every query of a request, each once. Throws ValidationError. */
export function answer(
  metrics: MetricArchive,
  queries: readonly ReadQuery[],
  span: { from(period: number): number; readonly to: number },
): Answer[] {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const values = new Map<string, MathValue>();
  const open = new Set<string>();
  const period = commonPeriod(queries);
  const timeline: Timeline = { from: span.from(period), to: span.to, period };

  function resolveQuery(id: string): MathValue | undefined {
    const query = byId.get(id);
    if (!query) return undefined;
    const known = values.get(id);
    if (known) return known;
    if (open.has(id)) throw validationError(`Circular dependency in expression '${id}'`);
    open.add(id);
    const value = query.kind === 'metric' ? read(query.metric) : computed(query);
    values.set(id, value);
    return value;
  }

  function read({ series, statistic, ...metric }: MetricQuery): MathValue {
    const points = new Map<number, number>();
    for (const { at, aggregate } of periods(metrics, {
      ...metric,
      series,
      from: span.from(metric.period),
      to: span.to,
    })) {
      const value = statisticOf(statistic, aggregate);
      if (value !== undefined) points.set(at, value);
    }
    return { kind: 'series', series: { label: series.name, period: metric.period, points } };
  }

  function computed({ id, expression }: Extract<ReadQuery, { kind: 'expression' }>): MathValue {
    const value = orRefuse(id, () =>
      evaluate(expression, {
        timeline,
        resolve: resolveQuery,
        metrics: (containing) =>
          queries
            .filter((query) => query.kind === 'metric' && query.id.includes(containing))
            .flatMap((query) => linesOf(resolveQuery(query.id)!)),
      }),
    );
    if (value.kind === 'text') throw validationError(`Error in expression '${id}': it gives no time series`);
    return value;
  }

  return queries.map((query) => ({ query, lines: linesOf(resolveQuery(query.id)!, query) }));
}

function commonPeriod(queries: readonly ReadQuery[]): number {
  const stated = queries.map((query) => (query.kind === 'metric' ? query.metric.period : query.period));
  const known = stated.filter((period) => period !== undefined);
  return known.length === 0 ? 300 : Math.min(...known);
}

/** A number alone is no line: GetMetricData refuses it where it is to be returned. */
function linesOf(value: MathValue, query?: ReadQuery): readonly TimeSeries[] {
  switch (value.kind) {
    case 'series':
      return [value.series];
    case 'list':
      return value.list;
    case 'scalar':
      if (!query?.returnData) return [];
      throw validationError(
        `Error in expression '${query.id}': the expression must return a time series, not a number`,
      );
    case 'text':
      return [];
  }
}

function orRefuse<T>(id: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MathError) throw validationError(`Error in expression '${id}': ${error.message}`);
    throw error;
  }
}
