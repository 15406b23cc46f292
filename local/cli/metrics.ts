/** `sampan metrics`: what there is, or one series as a line and a table. */
import { type CloudWatchQuery, queryCloudWatch } from './cloudwatch-query.ts';
import { duration } from './duration.ts';
import { sparkline } from './output/sparkline.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { UserError } from './user-error.ts';

export interface MetricsFlags extends ProjectFlags {
  /** `Name=Value`, repeated. */
  readonly dimension: readonly string[];
  readonly stat?: string;
  readonly period: number;
  readonly since: string;
  readonly json: boolean;
}

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

interface Line {
  readonly metric: Metric;
  readonly points: readonly { readonly at: string; readonly value: number }[];
}

/** More lines than anybody reads. */
const MOST_LINES = 100;

export async function showMetrics(
  namespace: string | undefined,
  name: string | undefined,
  flags: MetricsFlags,
  out: Output,
): Promise<number> {
  const wanted = flags.dimension.map(readDimension);
  const query = await queryCloudWatch(findProject(flags, process.cwd()));
  const metrics = await listAll(query, namespace, name, wanted);
  const write = (line: string) => out.stream.write(`${line}\n`);
  if (namespace === undefined || name === undefined) {
    for (const metric of metrics) write(flags.json ? JSON.stringify(metric) : nameOf(metric));
    if (metrics.length === 0 && !flags.json) write('no metrics yet');
    return 0;
  }
  if (metrics.length === 0) {
    throw new UserError(
      `there is no metric ${name} in ${namespace} with these dimensions: sampan metrics ${namespace} lists them`,
      2,
    );
  }
  for (const line of await linesOf(query, metrics.slice(0, MOST_LINES), flags)) {
    if (flags.json) write(JSON.stringify(line));
    else show(line, flags, out);
  }
  return 0;
}

function readDimension(text: string): { Name: string; Value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new UserError(`--dimension ${text}: write Name=Value, e.g. FunctionName=tickets`, 2);
  return { Name: text.slice(0, at), Value: text.slice(at + 1) };
}

async function listAll(
  query: CloudWatchQuery,
  Namespace: string | undefined,
  MetricName: string | undefined,
  Dimensions: readonly { Name: string; Value: string }[],
): Promise<Metric[]> {
  const found: Metric[] = [];
  let NextToken: string | undefined;
  do {
    const page: { Metrics: Metric[]; NextToken?: string } = await query.ask('ListMetrics', {
      Namespace,
      MetricName,
      Dimensions,
      NextToken,
    });
    found.push(...page.Metrics);
    NextToken = page.NextToken;
  } while (NextToken);
  return found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

async function linesOf(query: CloudWatchQuery, metrics: readonly Metric[], flags: MetricsFlags): Promise<Line[]> {
  const now = Date.now();
  const answer = await query.ask<{ MetricDataResults: { Id: string; Timestamps: string[]; Values: number[] }[] }>(
    'GetMetricData',
    {
      StartTime: new Date(now - duration(flags.since)),
      EndTime: new Date(now + 1_000),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: metrics.map((metric, index) => ({
        Id: `m${index}`,
        MetricStat: { Metric: metric, Period: flags.period, Stat: statisticFor(metric, flags) },
      })),
    },
  );
  return answer.MetricDataResults.map(({ Id, Timestamps, Values }) => ({
    metric: metrics[Number(Id.slice(1))]!,
    points: Timestamps.map((at, index) => ({ at, value: Values[index]! })),
  }));
}

/** Of what is counted the sum says something, of anything else the average. */
function statisticFor({ MetricName }: Metric, { stat }: MetricsFlags): string {
  if (stat !== undefined) return stat;
  return /^(Count|Invocations|Errors|Throttles|[45]XXError)$|Errors?$|Count$/.test(MetricName) ? 'Sum' : 'Average';
}

function show({ metric, points }: Line, flags: MetricsFlags, out: Output): void {
  const { colours } = out;
  const write = (line: string) => out.stream.write(`${line}\n`);
  write(
    `${colours.bold(nameOf(metric))} ${colours.dim(`${statisticFor(metric, flags)} of ${flags.period} s, since ${flags.since}`)}`,
  );
  if (points.length === 0) {
    write('  no data');
    return;
  }
  write(`  ${sparkline(points.map(({ value }) => value))}`);
  const values = points.map(({ value }) => value);
  write(
    colours.dim(
      `  least ${rounded(Math.min(...values))}, most ${rounded(Math.max(...values))}, last ${rounded(values.at(-1)!)}`,
    ),
  );
  for (const { at, value } of points) write(`  ${at.slice(0, 19).replace('T', ' ')}  ${rounded(value)}`);
}

const nameOf = ({ Namespace, MetricName, Dimensions }: Metric): string =>
  [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(' ');

const rounded = (value: number): string => String(Number(value.toPrecision(6)));
