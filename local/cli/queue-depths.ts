/** The queues of the running instance as they are now, each with what it is called. */
import type { QueueDepth, QueueDepthsOutput } from '../services/sqs/internal-operations.ts';
import type { MessagingQuery } from './messaging-query.ts';

export interface ShownQueue extends QueueDepth {
  /** Its logical id, else its name. */
  readonly title: string;
}

export interface Queues {
  readonly all: readonly ShownQueue[];
  /** By logical id, name or ARN. */
  find(name: string): ShownQueue | undefined;
  /** Where its dead letters go. */
  deadLettersOf(queue: ShownQueue): ShownQueue | undefined;
  /** Whose dead letters it takes. */
  sourcesOf(queue: ShownQueue): readonly ShownQueue[];
}

export async function readQueues({ ask, titleOf, physicalId }: MessagingQuery): Promise<Queues> {
  const { Queues } = await ask<QueueDepthsOutput>('sqs:ListQueueDepths', {});
  const all = Queues.map((queue) => ({ ...queue, title: titleOf(queue.Name) }));
  return {
    all,
    find: (name) => all.find(({ Name, Arn }) => Name === physicalId(name) || Arn === name),
    deadLettersOf: ({ DeadLetterTargetArn }) => all.find(({ Arn }) => Arn === DeadLetterTargetArn),
    sourcesOf: ({ Arn }) => all.filter(({ DeadLetterTargetArn }) => DeadLetterTargetArn === Arn),
  };
}

/** All messages that are in it, whatever state they are in. */
export const depthOf = ({ Visible, InFlight, Delayed }: QueueDepth): number => Visible + InFlight + Delayed;
