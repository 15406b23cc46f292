/** How metric data is kept: spread, resolution, age. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock, type MetricDatum, openStore, type Store, type Telemetry } from '../index.ts';
import { Distribution } from './distribution.ts';
import { MetricAggregate } from './metric-aggregate.ts';
import { createTelemetry, type TelemetryLimits } from './recorder.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const opened: [Store, Telemetry][] = [];

/** Nothing here waits for a timer, so time may jump over years of them. */
class JumpingClock extends ManualClock {
  #ahead = 0;
  override now(): number {
    return super.now() + this.#ahead;
  }
  jump(ms: number): void {
    this.#ahead += ms;
  }
}

function open(clock: JumpingClock, limits: TelemetryLimits = {}): Telemetry {
  const store = openStore('memory');
  const telemetry = createTelemetry({ store, clock, limits });
  opened.push([store, telemetry]);
  return telemetry;
}
afterEach(() => {
  for (const [store, telemetry] of opened.splice(0)) {
    telemetry.close();
    store.close();
  }
});

const SERIES = { namespace: 'App', name: 'Latency', dimensions: {} };
const datum = (timestamp: number, value: number, more: Partial<MetricDatum> = {}): MetricDatum => {
  return { ...SERIES, timestamp, value, unit: 'Milliseconds', ...more };
};

describe('a distribution', () => {
  test('keeps few values as they are, and many within two per cent, in bounded space', () => {
    const exact = new Distribution();
    for (const value of [3, 1, 2, 1]) exact.add(value, 1);
    expect(exact.values()).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ]);
    const many = new Distribution();
    for (let value = 1; value <= 10_000; value++) many.add(value, 1);
    const values = Distribution.fromBytes(many.toBytes()).values();
    expect(values.length).toBeLessThanOrEqual(256);
    expect(values.reduce((sum, [, count]) => sum + count, 0)).toBe(10_000);
    const aboveP99 = values.filter(([value]) => value > 9_900 * 1.02).reduce((sum, [, count]) => sum + count, 0);
    expect(aboveP99).toBeLessThanOrEqual(200);
    for (const [value, count] of values) if (value > 1_000) expect(count).toBeLessThan(value * 0.05);
  });

  test('holds whatever comes, of either sign and any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 }), { maxLength: 600 }),
        (all) => {
          const kept = new Distribution();
          for (const value of all) kept.add(value, 1);
          const values = kept.values();
          expect(values.length).toBeLessThanOrEqual(256);
          expect(values.reduce((sum, [, count]) => sum + count, 0)).toBe(all.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('an aggregate', () => {
  const set = (...values: number[]) => ({
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  });

  test('is the same however it was put together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 20 }),
        fc.nat(19),
        (all, cut) => {
          const [first, rest] = [all.slice(0, cut % all.length), all.slice(cut % all.length)];
          const whole = new MetricAggregate(set(all[0]!));
          for (const value of all.slice(1)) whole.add(set(value));
          const merged = new MetricAggregate(
            set(...rest),
            rest.map((value) => [value, 1] as const),
          );
          for (const value of first) merged.merge(MetricAggregate.stored(set(value), null));
          const { count, sum, minimum, maximum } = merged;
          expect({ count, sum, minimum, maximum }).toEqual(set(...all));
          expect(merged.values()).toEqual(whole.values());
          expect(merged.copy().values()).toEqual(whole.values());
          expect(MetricAggregate.stored(set(...all), merged.spreadBytes()).values()).toEqual(whole.values());
        },
      ),
    );
  });

  test('knows no single values once a set came without them', () => {
    const aggregate = new MetricAggregate(set(1));
    aggregate.add(set(1, 2));
    aggregate.add(set(7));
    expect(aggregate.values()).toBeUndefined();
    expect(aggregate.count).toBe(4);
    expect(MetricAggregate.stored(aggregate, aggregate.spreadBytes()).values()).toBeUndefined();
  });
});

describe('the archive', () => {
  test('keeps seconds where asked, beside the minutes, for three hours', () => {
    const clock = new JumpingClock(NOW);
    const telemetry = open(clock);
    telemetry.metric(datum(NOW + 1_500, 4, { storageResolution: 1 }));
    telemetry.metric(datum(NOW + 2_500, 6, { storageResolution: 1 }));
    telemetry.metric(datum(NOW + 3_500, 8));
    const read = (finest: number) =>
      telemetry.metrics
        .periods(SERIES, { from: NOW, to: NOW + 60_000, finest })
        .map(({ at, resolution, aggregate }) => [at - NOW, resolution, aggregate.sum]);
    expect(read(1)).toEqual([
      [1_000, 1, 4],
      [2_000, 1, 6],
    ]);
    expect(read(60)).toEqual([[0, 60, 18]]);
    clock.jump(3 * 3_600_000 + 60_000);
    telemetry.metric(datum(clock.now(), 1));
    expect(read(1)).toEqual([]);
    expect(read(60)).toEqual([[0, 60, 18]]);
  });

  test('rolls minutes up to five minutes, hours, and forgets, as they age', () => {
    const clock = new JumpingClock(NOW);
    const telemetry = open(clock);
    for (let minute = 0; minute < 6; minute++) telemetry.metric(datum(NOW + minute * 60_000, minute));
    const read = () =>
      telemetry.metrics
        .periods(SERIES, { from: NOW, to: NOW + 3_600_000, finest: 60 })
        .map(({ at, resolution, aggregate }) => [at - NOW, resolution, aggregate.sum, aggregate.values()?.length]);
    expect(read()).toHaveLength(6);
    const later = (days: number) => {
      clock.jump(days * 86_400_000);
      telemetry.metric(datum(clock.now(), 1));
      return read();
    };
    expect(later(16)).toEqual([
      [0, 300, 10, 5],
      [300_000, 300, 5, 1],
    ]);
    expect(later(50)).toEqual([[0, 3600, 15, 6]]);
    expect(later(400)).toEqual([]);
  });

  test('is bounded: the oldest periods make room', () => {
    const clock = new JumpingClock(NOW);
    const telemetry = open(clock, { metricPeriods: 3 });
    for (let minute = 0; minute < 6; minute++) telemetry.metric(datum(NOW + minute * 60_000, minute));
    expect(telemetry.metrics.minutes(SERIES).map(({ timestamp }) => (timestamp - NOW) / 60_000)).toEqual([3, 4, 5]);
  });

  test('counts on in a period that was written before', () => {
    const clock = new JumpingClock(NOW);
    const telemetry = open(clock);
    const old = NOW - 86_400_000;
    telemetry.metric(datum(old, 1));
    expect(telemetry.metrics.minutes(SERIES)).toHaveLength(1);
    telemetry.metric(datum(old, 2));
    const [period] = telemetry.metrics.periods(SERIES, { from: old, to: old + 1, finest: 60 });
    expect(period?.aggregate.values()).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});
