/** Alarms as they are kept. */
import type { Dimensions } from '../metrics/dimensions.ts';
import type { MetricDataQuery } from '../metrics/queries.ts';
import type { AlarmState, Comparison, MissingData } from './evaluation.ts';

export type Tags = Readonly<Record<string, string>>;

interface Settings {
  readonly name: string;
  readonly description: string | undefined;
  readonly actionsEnabled: boolean;
  /** ARNs, by the state they belong to. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
}

/** What a metric alarm looks at: one metric, or expressions of which one is the alarm's. */
export type Watched =
  | {
      readonly kind: 'metric';
      readonly namespace: string;
      readonly metricName: string;
      readonly dimensions: Dimensions;
      /** As the template has it: `Sum`, `p99`, `TM(10%:90%)`. */
      readonly statistic: string;
      /** Seconds. */
      readonly period: number;
      readonly unit: string | undefined;
    }
  | { readonly kind: 'expressions'; readonly queries: readonly MetricDataQuery[]; readonly period: number };

export interface MetricAlarmSettings extends Settings {
  readonly kind: 'metric';
  readonly watched: Watched;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  /** As it was given; undefined: as many as there are periods. */
  readonly statedDatapointsToAlarm: number | undefined;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly missingData: MissingData;
  readonly statedMissingData: MissingData | undefined;
  readonly lowSampleCountPercentile: 'evaluate' | 'ignore' | undefined;
}

export interface Suppressor {
  /** An alarm's name or ARN, as it was given. */
  readonly alarm: string;
  /** Seconds, both. */
  readonly waitPeriod: number;
  readonly extensionPeriod: number;
}

export interface CompositeAlarmSettings extends Settings {
  readonly kind: 'composite';
  readonly rule: string;
  readonly suppressor: Suppressor | undefined;
}

/** Why a composite alarm's actions wait. */
export interface Suppression {
  readonly by: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod';
  /** When the actions are taken after all, ms since 1970; undefined while the suppressor is in ALARM. */
  readonly until: number | undefined;
  /** The state whose actions wait, and the one before it. */
  readonly state: AlarmState;
  readonly before: Standing;
}

/** What an alarm is, since when and why. */
export interface Standing {
  readonly state: AlarmState;
  readonly reason: string;
  /** JSON text. */
  readonly reasonData: string | undefined;
  /** ms since 1970. */
  readonly updatedAt: number;
  readonly transitionedAt: number;
}

interface Kept {
  /** ms since 1970 */
  readonly configuredAt: number;
  readonly standing: Standing;
  readonly tags: Tags;
}

export type MetricAlarm = MetricAlarmSettings & Kept;
export type CompositeAlarm = CompositeAlarmSettings & Kept & { readonly suppression?: Suppression };
export type Alarm = MetricAlarm | CompositeAlarm;
export type AlarmSettings = MetricAlarmSettings | CompositeAlarmSettings;
