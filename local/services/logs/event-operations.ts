/** Log events: written, read in order, searched. */
import type { FilterLogEventsRequest, GetLogEventsRequest, PutLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../kernel/service.ts';
import type { LogEvent } from '../../kernel/telemetry.ts';
import { invalidParameter, noSuchGroup, noSuchStream } from './errors.ts';
import { compileFilterPattern, FilterPatternError, type Matcher } from './filter-pattern/index.ts';
import { onGroup } from './group-operations.ts';
import { findGroup, nameOf, type Room } from './groups.ts';
import { validate } from './validation.ts';

type Put = PutLogEventsRequest & { logGroupName: string; logStreamName: string; logEvents: LogEvent[] };
type Get = GetLogEventsRequest & { logStreamName: string };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOST_BYTES = 1_048_576;
const EVENT_OVERHEAD = 26;
const MOST_EVENTS = 10_000;

export function eventOperations(room: Room): Record<string, Operation> {
  const { archive, telemetry, clock } = room;

  const putLogEvents: Operation<Put> = {
    requires: (input) => onGroup(room, 'PutLogEvents', input, input.logStreamName),
    handle(input) {
      validate(input);
      checkBatch(input.logEvents);
      const name = nameOf(input);
      const destination = archive.destination(name, input.logStreamName);
      if (destination.kind === 'no group') throw noSuchGroup();
      if (destination.kind === 'no stream') throw noSuchStream();
      const { accepted, rejectedLogEventsInfo } = sift(input.logEvents, clock.now(), destination.retentionInDays);
      if (accepted.length > 0) {
        telemetry.log({ logGroup: name, logStream: input.logStreamName, label: name }, accepted);
      }
      // Sequence tokens are not checked any more; clients of old still pass one on.
      return { nextSequenceToken: '49590302938475827365918273645', rejectedLogEventsInfo };
    },
  };

  const getLogEvents: Operation<Get> = {
    requires: (input) => onGroup(room, 'GetLogEvents', input, input.logStreamName),
    handle(input) {
      validate(input, MOST_EVENTS);
      checkToken(input.nextToken, /^[fb]\/\d+$/);
      const found = archive.events({
        group: findGroup(room, input).name,
        stream: input.logStreamName,
        startTime: input.startTime,
        endTime: input.endTime,
        startFromHead: input.startFromHead,
        limit: input.limit,
        nextToken: input.nextToken,
      });
      if (!found) throw noSuchStream();
      const { events, nextForwardToken, nextBackwardToken } = found;
      return {
        events: events.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
        nextForwardToken,
        nextBackwardToken,
      };
    },
  };

  const filterLogEvents: Operation<FilterLogEventsRequest> = {
    requires: (input) => onGroup(room, 'FilterLogEvents', input),
    handle(input) {
      validate(input, MOST_EVENTS);
      checkToken(input.nextToken, /^\d+$/);
      if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
        throw invalidParameter('Only one of logStreamNamePrefix and logStreamNames may be specified.');
      }
      const group = findGroup(room, input).name;
      const streams = input.logStreamNames;
      if (streams?.some((name) => !archive.streams(group, name)?.some((stream) => stream.name === name))) {
        throw noSuchStream();
      }
      const found = archive.filter({
        group,
        streams,
        streamPrefix: input.logStreamNamePrefix,
        startTime: input.startTime,
        endTime: input.endTime,
        matches: matcherOf(input.filterPattern ?? ''),
        limit: input.limit,
        nextToken: input.nextToken,
      });
      return {
        events: (found?.events ?? []).map((event) => ({
          logStreamName: event.logStream,
          timestamp: event.timestamp,
          message: event.message,
          ingestionTime: event.ingestionTime,
          eventId: event.eventId,
        })),
        searchedLogStreams: [],
        nextToken: found?.nextToken,
      };
    },
  };

  return { PutLogEvents: putLogEvents, GetLogEvents: getLogEvents, FilterLogEvents: filterLogEvents };
}

function checkToken(token: string | undefined, form: RegExp): void {
  if (token !== undefined && !form.test(token)) throw invalidParameter('The specified nextToken is invalid.');
}

function matcherOf(pattern: string): Matcher {
  try {
    return compileFilterPattern(pattern);
  } catch (error) {
    if (error instanceof FilterPatternError) throw invalidParameter(error.message);
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
function checkBatch(events: readonly LogEvent[]): void {
  if (events.some(({ message }) => message.length === 0)) {
    throw invalidParameter(
      "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD, 0);
  if (bytes > MOST_BYTES) throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${MOST_BYTES}`);
  if (events.some(({ timestamp }, index) => index > 0 && timestamp < events[index - 1]!.timestamp)) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  }
  if (events.at(-1)!.timestamp - events[0]!.timestamp > DAY) {
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
}

/** Events of two weeks back to two hours ahead are taken; the others are named by where they begin and end. */
function sift(events: readonly LogEvent[], now: number, retentionInDays = Number.POSITIVE_INFINITY) {
  const tooOld = events.filter(({ timestamp }) => timestamp < now - 14 * DAY).length;
  const expired = events.filter(({ timestamp }) => timestamp < now - retentionInDays * DAY).length;
  const firstNew = events.findIndex(({ timestamp }) => timestamp > now + 2 * HOUR);
  const from = Math.max(tooOld, expired);
  const accepted = events.slice(from, firstNew < 0 ? undefined : firstNew);
  const isWhole = from === 0 && firstNew < 0;
  const rejectedLogEventsInfo = isWhole
    ? undefined
    : {
        tooNewLogEventStartIndex: firstNew < 0 ? undefined : firstNew,
        tooOldLogEventEndIndex: tooOld > 0 ? tooOld : undefined,
        expiredLogEventEndIndex: expired > 0 ? expired : undefined,
      };
  return { accepted: accepted.map(({ timestamp, message }) => ({ timestamp, message })), rejectedLogEventsInfo };
}
