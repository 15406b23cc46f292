/**
 * Looks at the data of metric alarms when CloudWatch does: every minute; every ten seconds where the period is shorter;
 * once an hour where more than a day is looked at. The evaluation window slides with it, whatever the period is.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */

import type { MetricArchive, ServiceContext } from '../../../kernel/index.ts';
import { createWakeUp } from '../../../kernel/wake-up.ts';
import type { TimeSeries } from '../math/values.ts';
import { periods } from '../metrics/periods.ts';
import { answer, readQueries } from '../metrics/queries.ts';
import { readStatistic, statisticOf } from '../metrics/statistic.ts';
import type { AlarmBook } from './book.ts';
import { COMPARISONS, type Judgement, judge } from './evaluation.ts';
import type { MetricAlarm } from './records.ts';
import type { Transitions } from './transitions.ts';
import { type Datapoint, reasonDataOf, reasonOf } from './words.ts';

export interface MetricWatch {
  /** Some alarm has come, gone or changed. */
  reschedule(): void;
  /** Looks at once, at the period that runs too. */
  lookNow(alarms: readonly MetricAlarm[]): void;
  stop(): void;
}

/** CloudWatch looks at some more periods than it needs, for data that comes late. */
const FURTHER_PERIODS = 2;
/** Data of a period that has just ended may be on its way for a moment. */
const SETTLING_MS = 1_000;
const DAY_S = 86_400;

/** Seconds between two looks at it. */
function paceOf({ watched: { period }, evaluationPeriods }: MetricAlarm): number {
  if (period < 60) return 10;
  return period * evaluationPeriods > DAY_S ? 3_600 : 60;
}

export function createMetricWatch(context: ServiceContext, book: AlarmBook, transitions: Transitions): MetricWatch {
  const { clock, telemetry } = context;
  let lookedAt = clock.now();
  const wakeUp = createWakeUp(clock, () => {
    const now = clock.now();
    const due = book.metricAlarms().filter((alarm) => lastLook(paceOf(alarm), now) > lastLook(paceOf(alarm), lookedAt));
    lookedAt = now;
    for (const alarm of due) look(alarm, windowEnd(paceOf(alarm), now));
    reschedule();
  });

  function reschedule(): void {
    const paces = book.metricAlarms().map(paceOf);
    if (paces.length === 0) {
      wakeUp.set(undefined);
      return;
    }
    const pace = Math.min(...paces) * 1000;
    wakeUp.set((Math.floor((clock.now() - SETTLING_MS) / pace) + 1) * pace + SETTLING_MS);
  }

  function look(alarm: MetricAlarm, end: number): void {
    const points = pointsOf(alarm, telemetry.metrics, end);
    const verdict = judge(
      { ...alarm, periods: alarm.evaluationPeriods, missing: alarm.missingData },
      points.map((point) => point?.value),
      alarm.standing.state,
    );
    if (verdict.state === alarm.standing.state || hasTooFewSamples(alarm, verdict, points)) return;
    const decided = verdict.decided.map((place) => points[place]!);
    const isBreaching = (value: number) => COMPARISONS[alarm.comparison](value, alarm.threshold);
    transitions.change(alarm, {
      state: verdict.state,
      reason: reasonOf(alarm, verdict, decided, isBreaching),
      reasonData: reasonDataOf(alarm, decided, clock.now()),
    });
  }

  return {
    reschedule,
    lookNow(alarms) {
      for (const alarm of alarms) {
        const pace = paceOf(alarm);
        const end = windowEnd(pace, clock.now());
        look(alarm, end + pace * 1000);
      }
    },
    stop: () => wakeUp.set(undefined),
  };
}

/** ms since 1970; the latest whole minute (ten seconds, hour). */
const windowEnd = (pace: number, now: number): number => Math.floor(now / (pace * 1000)) * pace * 1000;
const lastLook = (pace: number, now: number): number => windowEnd(pace, now - SETTLING_MS);

/** Of the evaluation range that ends at `end`, oldest first. */
export function pointsOf(
  alarm: Pick<MetricAlarm, 'watched' | 'evaluationPeriods'>,
  metrics: MetricArchive,
  end: number,
): (Datapoint | undefined)[] {
  const { watched, evaluationPeriods } = alarm;
  const length = watched.period * 1000;
  const count = evaluationPeriods + FURTHER_PERIODS;
  const from = end - count * length;
  const found =
    watched.kind === 'metric' ? ofMetric(watched, metrics, from, end) : ofExpressions(watched, metrics, from, end);
  return Array.from({ length: count }, (_, place) => found.get(from + place * length));
}

function ofMetric(
  watched: Extract<MetricAlarm['watched'], { kind: 'metric' }>,
  metrics: MetricArchive,
  from: number,
  to: number,
): Map<number, Datapoint> {
  const { namespace, metricName: name, dimensions, period, unit } = watched;
  const statistic = readStatistic(watched.statistic)!;
  const found = new Map<number, Datapoint>();
  for (const { at, aggregate } of periods(metrics, {
    series: { namespace, name, dimensions },
    from,
    to,
    period,
    unit,
  })) {
    const value = statisticOf(statistic, aggregate);
    if (value !== undefined) found.set(at, { at, value, sampleCount: aggregate.count });
  }
  return found;
}

function ofExpressions(
  { queries }: Extract<MetricAlarm['watched'], { kind: 'expressions' }>,
  metrics: MetricArchive,
  from: number,
  to: number,
): Map<number, Datapoint> {
  const answers = answer(metrics, readQueries(queries), { from: () => from, to });
  const line: TimeSeries | undefined = answers.find(({ query }) => query.returnData)?.lines[0];
  return new Map([...(line?.points ?? [])].map(([at, value]) => [at, { at, value }]));
}

/** A percentile of few values says little: `EvaluateLowSampleCountPercentile: ignore` leaves the alarm as it is then. */
function hasTooFewSamples(
  { watched, lowSampleCountPercentile }: MetricAlarm,
  { decided }: Judgement,
  points: readonly (Datapoint | undefined)[],
): boolean {
  if (lowSampleCountPercentile !== 'ignore' || watched.kind !== 'metric') return false;
  const statistic = readStatistic(watched.statistic);
  if (statistic?.kind !== 'percentile') return false;
  const share = statistic.percent / 100;
  const needed = share >= 0.5 ? 10 / (1 - share) : 10 / share;
  return decided.some((place) => (points[place]?.sampleCount ?? 0) < needed);
}
