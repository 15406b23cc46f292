/** `sampan alarms`: which ring, since when, why, and where to read what to do. */
import { type CloudWatchQuery, queryCloudWatch } from './cloudwatch-query.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { stopSignal } from './stop-signal.ts';
import { UserError } from './user-error.ts';

export interface AlarmsFlags extends ProjectFlags {
  readonly history: boolean;
  readonly follow: boolean;
  readonly exitCode: boolean;
  readonly json: boolean;
}

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly StateReason: string;
  readonly StateTransitionedTimestamp: string;
  readonly ActionsSuppressedBy?: string;
}

interface HistoryItem {
  readonly AlarmName: string;
  readonly Timestamp: string;
  readonly HistoryItemType: string;
  readonly HistorySummary: string;
}

/** Ringing alarms first. */
const ORDER = ['ALARM', 'INSUFFICIENT_DATA', 'OK'] as const;
const ALARM_TYPES = ['MetricAlarm', 'CompositeAlarm'];
const LOOK_EVERY_MS = 2_000;

/** Gives 1 when an alarm rings and `--exit-code` was given. */
export async function showAlarms(name: string | undefined, flags: AlarmsFlags, out: Output): Promise<number> {
  const query = await queryCloudWatch(findProject(flags, process.cwd()));
  const ids = await query.physicalIds();
  const shortNames = new Map(Object.entries(ids).map(([logicalId, physicalId]) => [physicalId, logicalId]));
  const wanted = name === undefined ? undefined : (ids[name] ?? name);
  const read = () => readAlarms(query, wanted);
  const alarms = await read();
  if (wanted !== undefined && alarms.length === 0)
    throw new UserError(`there is no alarm ${name}: sampan alarms lists them`, 2);
  const titled = (alarm: { readonly AlarmName: string }) => shortNames.get(alarm.AlarmName) ?? alarm.AlarmName;
  // From the first line on, Ctrl-C is the way to end it.
  const stop = flags.follow ? stopSignal() : undefined;
  if (flags.history) await showHistory(query, wanted, flags, out, titled);
  else for (const alarm of alarms) show(alarm, titled(alarm), flags, out);
  if (alarms.length === 0 && !flags.json) out.stream.write('there are no alarms\n');
  if (stop) {
    const code = await follow(stop, read, alarms, (alarm) => show(alarm, titled(alarm), flags, out));
    if (!flags.exitCode) return code;
  }
  return flags.exitCode && (await read()).some(({ StateValue }) => StateValue === 'ALARM') ? 1 : 0;
}

async function readAlarms(query: CloudWatchQuery, name: string | undefined): Promise<Alarm[]> {
  const found: Alarm[] = [];
  let NextToken: string | undefined;
  do {
    const page: { MetricAlarms: Alarm[]; CompositeAlarms: Alarm[]; NextToken?: string } = await query.ask(
      'DescribeAlarms',
      {
        AlarmTypes: ALARM_TYPES,
        ...(name !== undefined && { AlarmNames: [name] }),
        NextToken,
      },
    );
    found.push(...page.MetricAlarms, ...page.CompositeAlarms);
    NextToken = page.NextToken;
  } while (NextToken);
  const rank = ({ StateValue }: Alarm): number => ORDER.indexOf(StateValue);
  return found.sort((a, b) => rank(a) - rank(b) || (a.AlarmName < b.AlarmName ? -1 : 1));
}

function show(alarm: Alarm, title: string, { json }: AlarmsFlags, out: Output): void {
  const { colours, stream } = out;
  if (json) {
    stream.write(`${JSON.stringify(alarm)}\n`);
    return;
  }
  const {
    StateValue: state,
    StateReason,
    StateTransitionedTimestamp,
    AlarmDescription = '',
    ActionsSuppressedBy,
  } = alarm;
  const paint = state === 'ALARM' ? colours.red : state === 'OK' ? colours.green : colours.yellow;
  const since = StateTransitionedTimestamp.slice(0, 19).replace('T', ' ');
  stream.write(`${paint(state.padEnd(17))} ${colours.bold(title)} ${colours.dim(`since ${since}`)}\n`);
  if (state === 'OK') return;
  stream.write(`  ${StateReason}\n`);
  if (ActionsSuppressedBy !== undefined) stream.write(`  its actions wait: ${ActionsSuppressedBy}\n`);
  const runbook = /docs\/runbooks\/\S+\.md/.exec(AlarmDescription)?.[0];
  if (state === 'ALARM' && runbook !== undefined) stream.write(`  ${runbook}\n`);
}

async function showHistory(
  query: CloudWatchQuery,
  AlarmName: string | undefined,
  { json }: AlarmsFlags,
  out: Output,
  titled: (item: HistoryItem) => string,
): Promise<void> {
  const { AlarmHistoryItems } = await query.ask<{ AlarmHistoryItems: HistoryItem[] }>('DescribeAlarmHistory', {
    AlarmTypes: ALARM_TYPES,
    ...(AlarmName !== undefined && { AlarmName }),
    ScanBy: 'TimestampAscending',
  });
  for (const item of AlarmHistoryItems) {
    const at = item.Timestamp.slice(0, 19).replace('T', ' ');
    out.stream.write(
      json ? `${JSON.stringify(item)}\n` : `${out.colours.dim(at)} ${titled(item)}: ${item.HistorySummary}\n`,
    );
  }
}

/** Shows what has changed since the last look, until somebody presses Ctrl-C; resolves with the exit code. */
async function follow(
  stop: ReturnType<typeof stopSignal>,
  read: () => Promise<Alarm[]>,
  first: readonly Alarm[],
  tell: (alarm: Alarm) => void,
): Promise<number> {
  let known = new Map(first.map((alarm) => [alarm.AlarmName, alarm.StateValue]));
  let isOver = false;
  const over = stop.requested.finally(() => {
    isOver = true;
  });
  try {
    while (!isOver) {
      const pause = new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      await Promise.race([pause, over]);
      if (isOver) break;
      const alarms = await read();
      for (const alarm of alarms) if (known.get(alarm.AlarmName) !== alarm.StateValue) tell(alarm);
      known = new Map(alarms.map((alarm) => [alarm.AlarmName, alarm.StateValue]));
    }
    return await over;
  } finally {
    stop.forget();
  }
}
