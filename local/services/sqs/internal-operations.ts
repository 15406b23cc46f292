/** What other parts of the local cloud ask for, and no API of AWS has. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import type { Room } from './room.ts';

export interface QueueDepth {
  readonly Name: string;
  readonly Arn: string;
  readonly Visible: number;
  readonly InFlight: number;
  readonly Delayed: number;
  /** ms since the oldest message was sent; absent of a queue without any. */
  readonly OldestAge?: number;
  readonly DeadLetterTargetArn?: string;
}

export interface QueueDepthsOutput {
  readonly Queues: readonly QueueDepth[];
}

export function internalOperations({ book, clock }: Pick<Room, 'book' | 'clock'>): Record<string, Operation> {
  /** Of every queue, in order of names, as it is now: AWS tells the age of the oldest only as a metric, once a minute. */
  const depths: Operation<object, QueueDepthsOutput> = {
    requires(_input, { principal }) {
      if (principal.kind === 'internal') return [];
      throw new AwsError('UnknownOperationException', 'The operation ListQueueDepths of sqs is not emulated here');
    },
    handle: () => ({
      Queues: book.all().map(({ record, settings, messages }) => {
        const { visible, 'in-flight': inFlight, delayed } = messages.counts();
        const oldest = messages.oldest();
        return {
          Name: record.name,
          Arn: record.arn,
          Visible: visible,
          InFlight: inFlight,
          Delayed: delayed,
          ...(oldest !== undefined && { OldestAge: clock.now() - oldest }),
          ...(settings.redrive && { DeadLetterTargetArn: settings.redrive.deadLetterTargetArn }),
        };
      }),
    }),
  };
  return { ListQueueDepths: depths };
}
