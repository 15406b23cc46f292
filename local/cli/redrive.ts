/** `sampan redrive QUEUE`: its dead letters go back to where they came from. */
import { type MessagingQuery, queryMessaging } from './messaging-query.ts';
import { createProgress } from './output/progress.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { type Queues, readQueues, type ShownQueue } from './queue-depths.ts';
import { named } from './queues.ts';
import { stopSignal } from './stop-signal.ts';
import { UserError } from './user-error.ts';

export interface RedriveFlags extends ProjectFlags {
  readonly perSecond?: number;
  readonly json: boolean;
}

interface Task {
  readonly TaskHandle?: string;
  readonly Status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly ApproximateNumberOfMessagesMoved: number;
  readonly ApproximateNumberOfMessagesToMove: number;
  readonly FailureReason?: string;
}

const LOOK_EVERY_MS = 200;

/** Gives 1 when not all of them could go, and what Ctrl-C gives when it cut the move short. */
export async function redrive(name: string, flags: RedriveFlags, said: Output, out: Output): Promise<number> {
  const query = await queryMessaging(findProject(flags, process.cwd()));
  const queues = await readQueues(query);
  const { deadLetters, sources } = routeOf(queues, named(queues, name));
  const toWhere = sources.map(({ title }) => title).join(', ');
  const tell = (outcome: Task['Status'], moved: number, sentence: string) =>
    out.stream.write(
      flags.json
        ? `${JSON.stringify({ from: deadLetters.title, to: sources.map(({ title }) => title), outcome, moved })}\n`
        : `${sentence}\n`,
    );
  if (deadLetters.Visible === 0) {
    const hidden = deadLetters.InFlight > 0 ? ` (${deadLetters.InFlight} are in flight)` : '';
    tell('COMPLETED', 0, `${deadLetters.title} has no messages to move${hidden}`);
    return 0;
  }
  await query.ask('sqs:StartMessageMoveTask', {
    SourceArn: deadLetters.Arn,
    MaxNumberOfMessagesPerSecond: flags.perSecond,
  });
  const { task, code } = await watch(query, deadLetters, said);
  const moved = task.ApproximateNumberOfMessagesMoved;
  const sentence = `${messages(moved)} of ${deadLetters.title} went back to ${toWhere}`;
  if (task.Status === 'FAILED') {
    tell(task.Status, moved, out.colours.red(`${sentence}, and then it failed: ${task.FailureReason}`));
    return 1;
  }
  tell(task.Status, moved, task.Status === 'COMPLETED' ? sentence : `${sentence}; the others stay`);
  return code;
}

/** Throws UserError where the queue neither has dead letters nor takes any. */
function routeOf(queues: Queues, queue: ShownQueue): { deadLetters: ShownQueue; sources: readonly ShownQueue[] } {
  const deadLetters = queues.sourcesOf(queue).length > 0 ? queue : queues.deadLettersOf(queue);
  if (!deadLetters) throw new UserError(`${queue.title} has no dead-letter queue, and is none`, 2);
  return { deadLetters, sources: queues.sourcesOf(deadLetters) };
}

/** Until the move has ended; Ctrl-C cancels it. */
async function watch(query: MessagingQuery, { Arn, title }: ShownQueue, said: Output) {
  const progress = createProgress(said);
  const stop = stopSignal();
  let code = 0;
  const cancelled = stop.requested.then((by) => {
    code = by;
  });
  try {
    for (;;) {
      const { Results } = await query.ask<{ Results: Task[] }>('sqs:ListMessageMoveTasks', { SourceArn: Arn });
      const task = Results[0]!;
      if (task.Status !== 'RUNNING') return { task, code };
      if (code !== 0 && task.TaskHandle !== undefined) {
        await query.ask('sqs:CancelMessageMoveTask', { TaskHandle: task.TaskHandle });
        continue;
      }
      const { ApproximateNumberOfMessagesMoved: moved, ApproximateNumberOfMessagesToMove: all } = task;
      progress.step(`${title}: ${moved} of ${messages(all)} moved …`);
      await Promise.race([cancelled, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
    }
  } finally {
    progress.clear();
    stop.forget();
  }
}

const messages = (count: number): string => `${count} ${count === 1 ? 'message' : 'messages'}`;
