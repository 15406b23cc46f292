/**
 * Dead letters go back, some each second.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
import { randomUUID } from 'node:crypto';
import type {
  CancelMessageMoveTaskRequest,
  ListMessageMoveTasksRequest,
  StartMessageMoveTaskRequest,
} from '@aws-sdk/client-sqs';
import type { Collection } from '../../kernel/index.ts';
import type { Operation, Requirement } from '../../kernel/service.ts';
import { createWakeUp } from '../../kernel/wake-up.ts';
import { sourcesOf } from './dead-letters.ts';
import { invalidParameter, invalidValue, resourceNotFound, unsupportedOperation } from './errors.ts';
import { moveSome } from './move-messages.ts';
import { addressOfArn } from './place.ts';
import type { Queue } from './queues/queue-book.ts';
import type { Room, With } from './room.ts';

type Status = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

export interface MoveTask {
  readonly id: string;
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly perSecond?: number;
  readonly status: Status;
  readonly moved: number;
  readonly toMove: number;
  readonly startedAt: number;
  readonly failureReason?: string;
}

export interface MoveTasks {
  readonly operations: Record<string, Operation>;
  stop(): void;
}

const FASTEST = 500;
const KEPT = 10;
const SECOND = 1_000;
const NEEDED = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

export function startMoveTasks(room: Room): MoveTasks {
  const { book, clock, store, needs } = room;
  const tasks: Collection<MoveTask> = store.collection('sqs', 'move-tasks');
  const wakeUp = createWakeUp(clock, step);
  const running = new Set(
    tasks
      .list()
      .filter(({ value }) => value.status === 'RUNNING')
      .map(({ key }) => key),
  );

  const keyOf = ({ sourceArn, startedAt, id }: MoveTask): string =>
    `${sourceArn}/${String(startedAt).padStart(15, '0')}/${id}`;
  const newestFirst = (sourceArn: string): MoveTask[] =>
    tasks
      .list({ prefix: `${sourceArn}/` })
      .map(({ value }) => value)
      .reverse();

  function schedule(): void {
    wakeUp.set(running.size === 0 ? undefined : clock.now() + SECOND);
  }

  function step(): void {
    for (const key of running) {
      book.transaction(() => {
        const task = tasks.get(key);
        const next = task && advance(task);
        if (next) tasks.put(key, next);
        if (next?.status !== 'RUNNING') store.onCommit(() => running.delete(key));
      });
    }
    schedule();
  }

  function advance(task: MoveTask): MoveTask {
    const { sourceArn, destinationArn, perSecond = FASTEST, moved } = task;
    const source = book.findByArn(sourceArn);
    if (!source) return { ...task, status: 'FAILED', failureReason: 'AWS.SimpleQueueService.NonExistentQueue' };
    const now = moveSome(room, source, destinationArn, perSecond);
    if (now.kind === 'stuck') return { ...task, moved: moved + now.moved, status: 'FAILED', failureReason: now.reason };
    const isDone = source.messages.counts().visible === 0;
    return { ...task, moved: moved + now.moved, status: isDone ? 'COMPLETED' : 'RUNNING' };
  }

  /** Without one, to wherever its messages may have come from. */
  function destinationsOf(sourceArn: string, destinationArn: string | undefined): readonly string[] {
    if (destinationArn !== undefined) return [destinationArn];
    const source = book.findByArn(sourceArn);
    return source ? sourcesOf(book, source).map(({ record }) => record.arn) : [];
  }

  /** Throws InvalidParameterValue and ResourceNotFoundException. */
  function queueOf(arn: string, name: string): Queue {
    if (!addressOfArn(arn, room))
      throw invalidValue(
        arn,
        name,
        `You must use this format to specify the ${name}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
      );
    const queue = book.findByArn(arn);
    if (!queue) throw resourceNotFound(`The resource that you specified for the ${name} parameter doesn't exist.`);
    return queue;
  }

  type Start = With<StartMessageMoveTaskRequest, 'SourceArn'>;
  const start: Operation<Start> = {
    requires: ({ SourceArn, DestinationArn }) => [
      ...needs.onArn(['StartMessageMoveTask', ...NEEDED], SourceArn),
      ...destinationsOf(SourceArn, DestinationArn).flatMap((arn) => needs.onArn(['SendMessage'], arn)),
    ],
    handle({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond }) {
      const source = queueOf(SourceArn, 'SourceArn');
      if (perSecond !== undefined && (perSecond < 1 || perSecond > FASTEST)) {
        throw invalidParameter(
          `Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a value between 1 and ${FASTEST}.`,
        );
      }
      if (sourcesOf(book, source).length === 0) {
        throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
      }
      if (DestinationArn !== undefined) {
        if (DestinationArn === SourceArn)
          throw invalidParameter('Source queue arn cannot be same as destination queue arn.');
        const destination = queueOf(DestinationArn, 'DestinationArn');
        if (destination.record.fifo !== source.record.fifo) {
          throw invalidParameter('Source and destination queues must be of the same type.');
        }
      }
      if (newestFirst(SourceArn).some(({ status }) => status === 'RUNNING')) {
        throw invalidParameter(
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
        );
      }
      const task: MoveTask = {
        id: randomUUID(),
        sourceArn: SourceArn,
        ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
        ...(perSecond !== undefined && { perSecond }),
        status: 'RUNNING',
        moved: 0,
        toMove: source.messages.counts().visible,
        startedAt: clock.now(),
      };
      const key = keyOf(task);
      store.transaction(() => {
        tasks.put(key, task);
        for (const old of newestFirst(SourceArn).slice(KEPT)) tasks.delete(keyOf(old));
      });
      running.add(key);
      // The first second begins at once.
      wakeUp.set(clock.now());
      return { TaskHandle: handleOf(task) };
    },
  };

  const cancel: Operation<With<CancelMessageMoveTaskRequest, 'TaskHandle'>> = {
    requires({ TaskHandle }): readonly Requirement[] {
      const { sourceArn = '*' } = readHandle(TaskHandle) ?? {};
      return needs.onArn(['CancelMessageMoveTask', ...NEEDED], sourceArn);
    },
    handle({ TaskHandle }) {
      const { taskId, sourceArn } = readHandle(TaskHandle) ?? {};
      if (taskId === undefined || sourceArn === undefined) {
        throw invalidParameter('Value for parameter TaskHandle is invalid.');
      }
      queueOf(sourceArn, 'SourceArn');
      const task = newestFirst(sourceArn).find(({ id }) => id === taskId);
      if (!task) throw resourceNotFound('Task does not exist.');
      if (task.status !== 'RUNNING') throw unsupportedOperation('Only active tasks can be cancelled.');
      tasks.put(keyOf(task), { ...task, status: 'CANCELLED' });
      running.delete(keyOf(task));
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };

  const list: Operation<With<ListMessageMoveTasksRequest, 'SourceArn'>> = {
    requires: ({ SourceArn }) =>
      needs.onArn(['ListMessageMoveTasks', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'], SourceArn),
    handle({ SourceArn, MaxResults = 1 }) {
      if (MaxResults < 1 || MaxResults > KEPT) {
        throw invalidParameter(
          'Value for parameter MaxResults is invalid. Reason: The value must be between 1 and 10.',
        );
      }
      queueOf(SourceArn, 'SourceArn');
      return { Results: newestFirst(SourceArn).slice(0, MaxResults).map(described) };
    },
  };

  schedule();
  return {
    operations: { StartMessageMoveTask: start, CancelMessageMoveTask: cancel, ListMessageMoveTasks: list },
    stop: () => wakeUp.set(undefined),
  };
}

function described(task: MoveTask) {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: handleOf(task) }),
    Status: task.status,
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.perSecond,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failureReason,
    StartedTimestamp: task.startedAt,
  };
}

const handleOf = ({ id, sourceArn }: MoveTask): string =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');

function readHandle(handle: string): { readonly taskId?: string; readonly sourceArn?: string } | undefined {
  try {
    return JSON.parse(Buffer.from(handle, 'base64').toString('utf8')) as { taskId?: string; sourceArn?: string };
  } catch {
    return undefined;
  }
}
