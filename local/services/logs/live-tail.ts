/**
 * Live Tail: what is logged, as it comes.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
 */
import { randomUUID } from 'node:crypto';
import type { LiveTailSessionLogEvent, StartLiveTailRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter } from './errors.ts';
import { onGroup } from './group-operations.ts';
import { findGroup, nameOf, type Room } from './groups.ts';
import { readPattern } from './metric-filters.ts';
import { validate } from './validation.ts';

const EVERY_MS = 1_000;
const MOST_EVENTS = 500;
const MOST_GROUPS = 10;
const LONGEST_MS = 3 * 3_600_000;

type Start = StartLiveTailRequest & { logGroupIdentifiers: string[] };

export function liveTailOperations(room: Room): Record<string, Operation> {
  const start: Operation<Start> = {
    requires: (input) =>
      input.logGroupIdentifiers.flatMap((one) => onGroup(room, 'StartLiveTail', { logGroupIdentifier: one })),
    handle(input, { signal }) {
      const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern = '' } = input;
      validate({ logStreamNames });
      if (logGroupIdentifiers.length > MOST_GROUPS) {
        throw invalidParameter(`A live tail session has ${MOST_GROUPS} log groups at most.`);
      }
      if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined) {
        throw invalidParameter('Only one of logStreamNames and logStreamNamePrefixes may be specified.');
      }
      if ((logStreamNames ?? logStreamNamePrefixes) !== undefined && logGroupIdentifiers.length !== 1) {
        throw invalidParameter('Log streams can be given for a single log group only.');
      }
      const groups = new Set(logGroupIdentifiers.map((one) => findGroup(room, { logGroupIdentifier: one }).name));
      const { matches } = readPattern(logEventFilterPattern);
      const isOfStreams = (stream: string): boolean =>
        (logStreamNames?.includes(stream) ?? true) &&
        (logStreamNamePrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true);
      return { responseStream: session(room, input, { groups, matches, isOfStreams }, signal) };
    },
  };
  return { StartLiveTail: start };
}

interface Wanted {
  readonly groups: ReadonlySet<string>;
  readonly matches: (message: string) => boolean;
  readonly isOfStreams: (stream: string) => boolean;
}

async function* session(room: Room, input: Start, { groups, matches, isOfStreams }: Wanted, signal?: AbortSignal) {
  const { telemetry, clock } = room;
  let waiting: LiveTailSessionLogEvent[] = [];
  let isSampled = false;
  const unsubscribe = telemetry.onLog((source, { timestamp, message }, isKept) => {
    if (!isKept || !groups.has(source.logGroup) || !isOfStreams(source.logStream) || !matches(message)) return;
    // More a second than anybody reads: the rest is left out, and said to be.
    if (waiting.length >= MOST_EVENTS) {
      isSampled = true;
      return;
    }
    waiting.push({
      logStreamName: source.logStream,
      logGroupIdentifier: room.groupArn(source.logGroup),
      message,
      timestamp,
      ingestionTime: clock.now(),
    });
  });
  try {
    yield {
      sessionStart: {
        requestId: randomUUID(),
        sessionId: randomUUID(),
        logGroupIdentifiers: input.logGroupIdentifiers.map((one) => room.groupArn(nameOf({ logGroupIdentifier: one }))),
        logStreamNames: input.logStreamNames,
        logStreamNamePrefixes: input.logStreamNamePrefixes,
        logEventFilterPattern: input.logEventFilterPattern,
      },
    };
    const end = clock.now() + LONGEST_MS;
    while (clock.now() < end && signal?.aborted !== true) {
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
      const sessionResults = waiting;
      const sampled = isSampled;
      waiting = [];
      isSampled = false;
      yield { sessionUpdate: { sessionMetadata: { sampled }, sessionResults } };
    }
  } finally {
    unsubscribe();
  }
}
