/** Posts and reads at an even rate, and what the help desk takes of the machine meanwhile. */
import type { Desk } from '../chaos/desk.ts';
import { unfinishedOf } from '../chaos/evidence.ts';
import { drained } from './drained.ts';
import { flatness, quantile } from './flat.ts';
import { type Sample, sampleOf } from './sample.ts';
import { atPace, newTicket, saidBy, trafficTo } from './traffic.ts';

/** What has to stay where it is. The compiler and the pools have done their work by then. */
const HELD = [
  { what: 'megabytes', share: 0.1, amount: 5 },
  { what: 'handles', share: 0.1, amount: 10 },
  { what: 'threads', share: 0, amount: 2 },
  { what: 'processes', share: 0.1, amount: 5 },
] as const;

/** Logs, 512 MB of all groups together; traces, metrics and what SQLite has not taken back yet beside them. */
const MOST_TELEMETRY_MB = 640;

/** Until the rate is reached. */
const RAMP_SECONDS = 15;

export interface Soaked {
  readonly samples: readonly Sample[];
  readonly requests: number;
  /** Neither 200 nor 201, by what was said. */
  readonly failures: ReadonlyMap<string, number>;
  /** ms */
  readonly p50: number;
  readonly p99: number;
  /** Tickets that were not sorted yet when the last request was answered, and how long the queues took after it, s. */
  readonly left: number;
  readonly drainSeconds: number;
  /** Why the queues did not empty. */
  readonly undrained?: string;
}

/** @param rate requests a second, half of them new tickets */
export async function soak(
  desk: Desk,
  seconds: number,
  rate: number,
  onSample: (sample: Sample) => void,
): Promise<Soaked> {
  const traffic = trafficTo(desk);
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1_000;
  const samples: Sample[] = [];
  const take = () => {
    const sample = sampleOf(desk.pid, desk.stateDirectory, elapsed());
    samples.push(sample);
    onSample(sample);
  };
  const times: number[] = [];
  const failures = new Map<string, number>();
  let requests = 0;
  let last: string | undefined;
  const once = async () => {
    requests += 1;
    const isPost = requests % 2 === 1 || last === undefined;
    const answer = isPost
      ? await traffic.send('POST', '/tickets', newTicket(requests))
      : await traffic.send('GET', `/tickets/${last}`);
    times.push(answer.ms);
    if (answer.status === 201) last = (JSON.parse(answer.body) as { id: string }).id;
    else if (answer.status !== 200) {
      const said = saidBy(answer);
      failures.set(said, (failures.get(said) ?? 0) + 1);
    }
  };
  take();
  const timer = setInterval(take, Math.max(1_000, (seconds * 1_000) / 60));
  try {
    await atPace(rate, () => elapsed() >= seconds, once, RAMP_SECONDS);
  } finally {
    clearInterval(timer);
    traffic.close();
  }
  take();
  const { unsorted: left } = await unfinishedOf(desk, 'Ticket');
  const endedAt = elapsed();
  const undrained = await drained(desk).catch((error: Error) => error.message);
  return {
    samples,
    requests,
    failures,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    left,
    drainSeconds: elapsed() - endedAt,
    ...(undrained !== undefined && { undrained }),
  };
}

/** @param from in seconds; @returns a line for each, and what did not stay */
export function judged(samples: readonly Sample[], from: number): { lines: string[]; grown: string[] } {
  const after = samples.filter(({ second }) => second >= from);
  const lines: string[] = [];
  const grown: string[] = [];
  for (const { what, ...slack } of HELD) {
    const row = flatness(
      after.map((sample) => sample[what]),
      slack,
    );
    const line = `${what} ${row.from.toFixed(0)} → ${row.to.toFixed(0)}`;
    lines.push(`${line}: ${row.isFlat ? 'flat' : 'grows'}`);
    if (!row.isFlat) grown.push(line);
  }
  const most = Math.max(...samples.map(({ telemetryMegabytes }) => telemetryMegabytes));
  lines.push(`logs, traces and metrics at most ${most.toFixed(0)} MB on disk, of ${MOST_TELEMETRY_MB}`);
  if (most > MOST_TELEMETRY_MB) grown.push(`logs, traces and metrics take ${most.toFixed(0)} MB`);
  return { lines, grown };
}
