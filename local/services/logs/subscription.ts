/**
 * Log events on their way to a function: batched, zipped, sent as CloudWatch Logs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
 */
import { gzipSync } from 'node:zlib';
import type { Timer } from '../../kernel/clock.ts';
import type { LogEvent, LogSource } from '../../kernel/telemetry.ts';
import { readFilterPattern } from './filter-pattern/index.ts';
import type { SubscriptionFilterRecord } from './filter-records.ts';
import type { Room } from './groups.ts';

export interface Subscription {
  take(source: LogSource, event: LogEvent): void;
  /** Hands over what waits. */
  stop(): void;
}

const WAIT_MS = 500;
/** An event of Lambda may have 1 MB, in base64 and with its frame: what is logged twice over is zipped once. */
const LARGEST_BATCH = 512 * 1024;
/** For a day, as AWS tries; what is refused is not tried again. */
const RETRY_DELAYS_MS = [1_000, 5_000, 30_000, 120_000, 600_000, ...Array.from({ length: 24 }, () => 3_600_000)];
const DAY = 86_400_000;

interface Batch {
  readonly events: { readonly id: string; readonly timestamp: number; readonly message: string }[];
  bytes: number;
}

export function subscribe(filter: SubscriptionFilterRecord, room: Room): Subscription {
  const { matches } = readFilterPattern(filter.filterPattern);
  const batches = new Map<string, Batch>();
  let timer: Timer | undefined;
  let sequence = 0;

  function take({ logStream }: LogSource, { timestamp, message }: LogEvent): void {
    if (!matches(message)) return;
    const batch = batches.get(logStream) ?? { events: [], bytes: 0 };
    if (batch.events.length > 0 && batch.bytes + message.length > LARGEST_BATCH) {
      send(logStream, batch);
      batches.delete(logStream);
      take({ logGroup: filter.logGroupName, logStream, label: '' }, { timestamp, message });
      return;
    }
    const id = `${String(timestamp).padStart(16, '0')}${String(sequence++).padStart(40, '0')}`;
    batch.events.push({ id, timestamp, message });
    batch.bytes += message.length;
    batches.set(logStream, batch);
    timer ??= room.clock.after(WAIT_MS, flush);
  }

  function flush(): void {
    timer?.cancel();
    timer = undefined;
    for (const [logStream, batch] of batches) send(logStream, batch);
    batches.clear();
  }

  function send(logStream: string, { events }: Batch): void {
    const { filterName, logGroupName } = filter;
    const data = dataMessage(room.accountId, logGroupName, logStream, filterName, events);
    room.store.transaction(() =>
      room.outbox.emit({
        call: invocation(room, filter, data),
        retryDelaysMs: RETRY_DELAYS_MS,
        maximumAgeMs: DAY,
      }),
    );
  }

  return { take, stop: flush };
}

function dataMessage(
  owner: string,
  logGroup: string,
  logStream: string,
  filterName: string,
  logEvents: Batch['events'],
): object {
  return { messageType: 'DATA_MESSAGE', owner, logGroup, logStream, subscriptionFilters: [filterName], logEvents };
}

/** What AWS sends to see that the destination is there. */
export function controlMessage(now: number): object {
  return {
    messageType: 'CONTROL_MESSAGE',
    owner: 'CloudwatchLogs',
    logGroup: '',
    logStream: '',
    subscriptionFilters: [],
    logEvents: [
      {
        id: '',
        timestamp: now,
        message: 'CWL CONTROL MESSAGE: Checking health of destination Lambda function.',
      },
    ],
  };
}

/** The call that hands a message to the function, in CloudWatch Logs' own name. */
export function invocation(
  room: Room,
  filter: Pick<SubscriptionFilterRecord, 'destinationArn' | 'logGroupName' | 'principal'>,
  message: object,
) {
  const data = gzipSync(JSON.stringify(message)).toString('base64');
  return {
    caller: {
      kind: 'service',
      service: filter.principal,
      sourceArn: `${room.groupArn(filter.logGroupName)}:*`,
      sourceAccount: room.accountId,
    },
    service: 'lambda',
    operation: 'Invoke',
    input: {
      FunctionName: filter.destinationArn,
      InvocationType: 'Event',
      Payload: JSON.stringify({ awslogs: { data } }),
    },
  } as const;
}
