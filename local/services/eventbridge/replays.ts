/** Archived events once more. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html */
import type {
  CancelReplayRequest,
  DescribeReplayRequest,
  ListReplaysRequest,
  StartReplayRequest,
} from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Collection, Operation } from '../../kernel/index.ts';
import { createRetryQueue, type Queued } from '../../kernel/retry-queue.ts';
import type { Archives } from './archives.ts';
import { alreadyExists, limitExceeded, notFound, validationError } from './errors.ts';
import { page } from './paging.ts';
import type { Passage } from './passage.ts';
import { arnOf, type Room, say, type With } from './room.ts';

interface Replay {
  readonly name: string;
  readonly description?: string;
  readonly state: 'STARTING' | 'RUNNING' | 'CANCELLED' | 'COMPLETED';
  readonly archive: string;
  readonly bus: string;
  readonly ruleArns?: readonly string[];
  readonly from: number;
  readonly to: number;
  /** Key of the event replayed last. */
  readonly after?: string;
  readonly lastTime?: number;
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MOST_ACTIVE = 10;
const AT_ONCE = 50;

const isActive = ({ state }: Replay): boolean => state === 'STARTING' || state === 'RUNNING';

export function replayOperations(room: Room, archives: Archives, passage: Passage): Record<string, Operation> {
  const { store, clock, buses } = room;
  const replays: Collection<Replay> = store.collection('events', 'replays');
  /** Names of those under way: a page of each at a time, and on after a restart. */
  const queue = createRetryQueue<string>({
    store,
    clock,
    collection: store.collection<Queued<string>>('events', 'replay-queue'),
    concurrency: 10,
    attempt:
      async ({ item }) =>
      () =>
        replayPage(item),
    report: (message) => say(room, message),
  });
  room.outbox.join(queue);

  function replayPage(name: string): { kind: 'done' } | { kind: 'again'; delayMs: number } {
    const replay = replays.get(name);
    if (!replay || replay.state === 'CANCELLED') return { kind: 'done' };
    const { archive, bus, ruleArns, from, to, after } = replay;
    const events = archives.events(archive, { from, to, ...(after !== undefined && { after }), limit: AT_ONCE });
    const rules = ruleArns && new Set(ruleArns);
    for (const { text } of events) {
      const told = `${text.slice(0, -1)},"replay-name":${JSON.stringify(name)}}`;
      const parsed = JSON.parse(told) as Record<string, unknown>;
      const event = { id: String(parsed['id']), text: told, parsed, buses: [bus], ingestedAt: clock.now() };
      passage.pass(event, { ...(rules && { rules }), archived: false });
    }
    const last = events.at(-1);
    const isOver = events.length < AT_ONCE;
    replays.put(name, {
      ...replay,
      state: isOver ? 'COMPLETED' : 'RUNNING',
      ...(last && { after: last.key, lastTime: last.time }),
      ...(isOver && { endedAt: clock.now() }),
    });
    return isOver ? { kind: 'done' } : { kind: 'again', delayMs: 0 };
  }

  const get = (name: string): Replay => {
    const replay = replays.get(name);
    if (!replay) throw notFound(`Replay ${name} does not exist.`);
    return replay;
  };
  const arn = (name: string): string => arnOf(room, `replay/${name}`);
  const onReplay =
    (action: string) =>
    ({ ReplayName }: { readonly ReplayName: string }) => [{ action: `events:${action}`, resource: arn(ReplayName) }];

  const listed = ({ name, state, archive, from, to, lastTime, startedAt, endedAt }: Replay) => ({
    ReplayName: name,
    State: state,
    EventSourceArn: archives.arnOf(archive),
    EventStartTime: new Date(from),
    EventEndTime: new Date(to),
    ReplayStartTime: new Date(startedAt),
    ...(lastTime !== undefined && { EventLastReplayedTime: new Date(lastTime) }),
    ...(endedAt !== undefined && { ReplayEndTime: new Date(endedAt) }),
  });

  type Start = With<
    StartReplayRequest,
    'ReplayName' | 'EventSourceArn' | 'EventStartTime' | 'EventEndTime' | 'Destination'
  >;

  const start: Operation<Start> = {
    requires: onReplay('StartReplay'),
    handle({ ReplayName: name, EventSourceArn, EventStartTime, EventEndTime, Destination, Description }) {
      if (replays.get(name)) throw alreadyExists(`Replay ${name} already exists.`);
      const archive = archives.find(EventSourceArn.split('/').at(-1)!);
      if (!archive || archives.arnOf(archive.name) !== EventSourceArn) {
        throw validationError(
          `Parameter EventSourceArn is not valid. Reason: Archive ${EventSourceArn.split('/').at(-1)} does not exist.`,
        );
      }
      const bus = buses.get(Destination.Arn);
      if (bus.name !== archive.bus) {
        throw validationError(
          'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
        );
      }
      if (EventEndTime <= EventStartTime) {
        throw validationError(
          'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
        );
      }
      if (replays.list().filter(({ value }) => isActive(value)).length >= MOST_ACTIVE) throw limitExceeded();
      store.transaction(() => {
        replays.put(name, {
          name,
          ...(Description !== undefined && { description: Description }),
          state: 'STARTING',
          archive: archive.name,
          bus: bus.name,
          ...(Destination.FilterArns?.length && { ruleArns: Destination.FilterArns }),
          from: EventStartTime.getTime(),
          to: EventEndTime.getTime(),
          startedAt: clock.now(),
        });
        queue.put(name);
      });
      return { ReplayArn: arn(name), State: 'STARTING', ReplayStartTime: new Date(clock.now()) };
    },
  };

  const cancel: Operation<With<CancelReplayRequest, 'ReplayName'>> = {
    requires: onReplay('CancelReplay'),
    handle({ ReplayName }) {
      const replay = get(ReplayName);
      if (!isActive(replay)) {
        const message = `Replay ${ReplayName} is not in a valid state for this operation.`;
        throw new AwsError('IllegalStatusException', message);
      }
      replays.put(ReplayName, { ...replay, state: 'CANCELLED', endedAt: clock.now() });
      return { ReplayArn: arn(ReplayName), State: 'CANCELLING' };
    },
  };

  const describe: Operation<With<DescribeReplayRequest, 'ReplayName'>> = {
    requires: onReplay('DescribeReplay'),
    handle({ ReplayName }) {
      const replay = get(ReplayName);
      return {
        ...listed(replay),
        ReplayArn: arn(ReplayName),
        ...(replay.description !== undefined && { Description: replay.description }),
        Destination: { Arn: buses.arnOf(replay.bus), ...(replay.ruleArns && { FilterArns: replay.ruleArns }) },
      };
    },
  };

  const list: Operation<ListReplaysRequest> = {
    requires: () => [{ action: 'events:ListReplays', resource: '*' }],
    handle(input) {
      const { NamePrefix: prefix = '', State, EventSourceArn } = input;
      const all = replays
        .list({ prefix })
        .map(({ value }) => listed(value))
        .filter((one) => State === undefined || one.State === State)
        .filter((one) => EventSourceArn === undefined || one.EventSourceArn === EventSourceArn);
      const { items, ...rest } = page(all, input);
      return { Replays: items, ...rest };
    },
  };

  return { StartReplay: start, CancelReplay: cancel, DescribeReplay: describe, ListReplays: list };
}
