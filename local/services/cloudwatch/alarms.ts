/** The alarms of the account: kept, evaluated on the clock, and what a change of state sets off. */
import type { Timer } from '../../kernel/clock.ts';
import type { Call, ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import { type AlarmState, type Comparison, evaluateAlarm, type MissingData } from './evaluation.ts';
import { datapoints, type Statistic } from './statistics.ts';

export interface AlarmSettings {
  readonly name: string;
  readonly description?: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly missingData: MissingData;
  readonly unit?: string;
  readonly actionsEnabled: boolean;
  /** ARNs. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
}

export interface AlarmRecord extends AlarmSettings {
  /** ms since 1970, all of them. */
  readonly configuredAt: number;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData?: string;
  readonly stateUpdatedAt: number;
}

export interface Alarms {
  arn(name: string): string;
  put(settings: AlarmSettings): void;
  get(name: string): AlarmRecord | undefined;
  list(): AlarmRecord[];
  delete(name: string): void;
  setState(name: string, state: AlarmState, reason: string, reasonData?: string): void;
  /** Looks at the data as they are now; CloudWatch does once a minute, and so does the clock here. */
  evaluate(names?: readonly string[]): void;
  stop(): void;
}

const EVERY_MS = 60_000;
/** CloudWatch looks at some more periods than it needs, for data that come late. */
const FURTHER_PERIODS = 2;

export function createAlarms(context: ServiceContext): Alarms {
  const { accountId, region, partition, store, clock, telemetry, outbox } = context;
  const records: Collection<AlarmRecord> = store.collection('cloudwatch', 'alarms');
  let timer: Timer | undefined;

  const arn = (name: string): string => `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${name}`;

  function schedule(): void {
    timer ??= clock.after(EVERY_MS, () => {
      timer = undefined;
      evaluateAll(records.list().map(({ value }) => value));
      if (records.list({ limit: 1 }).length > 0) schedule();
    });
  }

  function evaluateAll(alarms: readonly AlarmRecord[]): void {
    for (const alarm of alarms) {
      const points = pointsOf(alarm);
      const {
        evaluationPeriods: periods,
        datapointsToAlarm,
        comparison,
        threshold,
        missingData: missing,
        state,
      } = alarm;
      const next = evaluateAlarm({ points, periods, datapointsToAlarm, comparison, threshold, missing, state });
      if (next !== state) change(alarm, next, reasonOf(alarm, points, next));
    }
  }

  function pointsOf(alarm: AlarmRecord): (number | undefined)[] {
    const { namespace, metricName: name, dimensions, period, unit, statistic, evaluationPeriods } = alarm;
    const periodMs = Math.max(60, period) * 1000;
    const count = evaluationPeriods + FURTHER_PERIODS;
    const last = Math.floor(clock.now() / periodMs) * periodMs;
    const from = last - (count - 1) * periodMs;
    const series = { namespace, name, dimensions };
    const found = new Map(
      datapoints(telemetry.metrics, { series, from, to: last + periodMs, period, unit }).map(({ at, values }) => [
        at,
        values[statistic],
      ]),
    );
    const points = Array.from({ length: count }, (_, i) => found.get(from + i * periodMs));
    // The period that runs counts as soon as there are data of it, and is no gap before.
    return points.at(-1) === undefined ? points.slice(0, -1) : points;
  }

  function change(alarm: AlarmRecord, state: AlarmState, reason: string, reasonData?: string): void {
    store.transaction(() => {
      const now = clock.now();
      const changed = { ...alarm, state, stateReason: reason, stateReasonData: reasonData, stateUpdatedAt: now };
      records.put(alarm.name, changed);
      if (alarm.actionsEnabled) for (const action of alarm.actions[state]) act(changed, action, alarm.state);
    });
  }

  function act(alarm: AlarmRecord, action: string, before: AlarmState): void {
    const call = actionCall(alarm, action, before);
    if (!call) return;
    // A function and a topic know CloudWatch by two names.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    const service = call.service === 'lambda' ? 'lambda.alarms.cloudwatch.amazonaws.com' : 'cloudwatch.amazonaws.com';
    const caller = { kind: 'service', service, sourceArn: arn(alarm.name), sourceAccount: accountId } as const;
    outbox.emit({ call: { ...call, caller }, retryDelaysMs: [1000, 10_000] });
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
  function actionCall(
    alarm: AlarmRecord,
    action: string,
    before: AlarmState,
  ): Omit<Call, 'signal' | 'caller'> | undefined {
    const timestamp = new Date(alarm.stateUpdatedAt).toISOString().replace('Z', '+0000');
    if (action.split(':')[2] === 'lambda') {
      const payload = {
        source: 'aws.cloudwatch',
        alarmArn: arn(alarm.name),
        accountId,
        time: timestamp,
        region,
        alarmData: {
          alarmName: alarm.name,
          state: { value: alarm.state, reason: alarm.stateReason, timestamp },
          previousState: { value: before },
          configuration: { description: alarm.description, metrics: [metricOf(alarm)] },
        },
      };
      const input = { FunctionName: action, InvocationType: 'Event', Payload: JSON.stringify(payload) };
      return { service: 'lambda', operation: 'Invoke', input };
    }
    if (action.split(':')[2] !== 'sns') return undefined;
    const message = {
      AlarmName: alarm.name,
      AlarmDescription: alarm.description ?? null,
      AWSAccountId: accountId,
      NewStateValue: alarm.state,
      NewStateReason: alarm.stateReason,
      StateChangeTime: timestamp,
      Region: region,
      AlarmArn: arn(alarm.name),
      OldStateValue: before,
      Trigger: {
        MetricName: alarm.metricName,
        Namespace: alarm.namespace,
        StatisticType: 'Statistic',
        Statistic: alarm.statistic.toUpperCase(),
        Dimensions: Object.entries(alarm.dimensions).map(([name, value]) => ({ name, value })),
        Period: alarm.period,
        EvaluationPeriods: alarm.evaluationPeriods,
        ComparisonOperator: alarm.comparison,
        Threshold: alarm.threshold,
        TreatMissingData: alarm.missingData,
      },
    };
    const Subject = `${alarm.state}: "${alarm.name}" in ${region}`;
    return {
      service: 'sns',
      operation: 'Publish',
      input: { TopicArn: action, Subject, Message: JSON.stringify(message) },
    };
  }

  if (records.list({ limit: 1 }).length > 0) schedule();

  return {
    arn,
    put(settings) {
      const before = records.get(settings.name);
      const now = clock.now();
      records.put(settings.name, {
        ...settings,
        configuredAt: now,
        state: before?.state ?? 'INSUFFICIENT_DATA',
        stateReason: before?.stateReason ?? 'Unchecked: Initial alarm creation',
        stateReasonData: before?.stateReasonData,
        stateUpdatedAt: before?.stateUpdatedAt ?? now,
      });
      schedule();
    },
    get: (name) => records.get(name),
    list: () => records.list().map(({ value }) => value),
    delete: (name) => void records.delete(name),
    setState(name, state, reason, reasonData) {
      const alarm = records.get(name);
      if (alarm) change(alarm, state, reason, reasonData);
    },
    evaluate: (names) =>
      evaluateAll(names ? names.flatMap((name) => records.get(name) ?? []) : records.list().map(({ value }) => value)),
    stop: () => timer?.cancel(),
  };
}

function metricOf({ namespace, metricName: name, dimensions, period, statistic: stat }: AlarmSettings): object {
  return { id: 'm1', metricStat: { metric: { namespace, name, dimensions }, period, stat }, returnData: true };
}

function reasonOf(alarm: AlarmSettings, points: readonly (number | undefined)[], state: AlarmState): string {
  const real = points.filter((point) => point !== undefined).slice(-alarm.evaluationPeriods);
  if (real.length === 0) {
    return state === 'INSUFFICIENT_DATA'
      ? `Insufficient Data: ${alarm.evaluationPeriods} datapoints were unknown.`
      : `Threshold Crossed: no datapoints were received for ${alarm.evaluationPeriods} periods and ${alarm.evaluationPeriods} missing datapoints were treated as [${alarm.missingData}].`;
  }
  const relation = alarm.comparison
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(' threshold', ' the threshold');
  const verb = state === 'ALARM' ? 'was' : 'was not';
  return `Threshold Crossed: ${real.length} datapoints [${real.join(', ')}] ${verb} ${relation} (${alarm.threshold}).`;
}
