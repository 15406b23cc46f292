/** A message that nobody can handle, among all others of one consumer. */
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { PoisonsFate } from './account.ts';
import type { Desk } from './desk.ts';

export interface Poison {
  /** Where it ends, once. */
  readonly deadLetters: string;
  /** Whether it is there yet. */
  isDead(): Promise<boolean>;
  /** @param handedOver when mails were, ms since 1970 */
  fate(handedOver: readonly number[]): Promise<PoisonsFate>;
}

/** An event that tells of no ticket. */
const BODY = JSON.stringify({ source: 'help-desk', 'detail-type': 'TicketOpened', detail: { type: 'TicketOpened' } });
const QUEUE = 'NotificationsQueue';
const DEAD_LETTERS = 'NotificationsDeadLetters';

/** Puts it into the queue of `notifications`. */
export async function poisonTheDesk(desk: Desk): Promise<Poison> {
  const { [QUEUE]: queue = '', [DEAD_LETTERS]: deadLetters = '' } = await desk.physicalIds();
  const sentAt = Date.now();
  const { mostTries, lastTryAt } = await withQueues(desk, async (sqs) => {
    const AttributeNames = ['RedrivePolicy' as const, 'VisibilityTimeout' as const];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames }));
    const { RedrivePolicy = '{}', VisibilityTimeout } = Attributes ?? {};
    const mostTries = Number((JSON.parse(RedrivePolicy) as { maxReceiveCount: number }).maxReceiveCount);
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: BODY }));
    // Not before then.
    return { mostTries, lastTryAt: sentAt + (mostTries - 1) * Number(VisibilityTimeout) * 1_000 };
  });
  return {
    deadLetters: nameOf(deadLetters),
    isDead: () =>
      withQueues(desk, async (sqs) => {
        const AttributeNames = ['ApproximateNumberOfMessages' as const];
        const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames }));
        return Number(Attributes?.['ApproximateNumberOfMessages']) > 0;
      }),
    fate: (handedOver) =>
      withQueues(desk, async (sqs) => {
        const ours: Message[] = [];
        for (let found: Message[] | undefined; found === undefined || found.length > 0; ) {
          const asked = { QueueUrl: deadLetters, MaxNumberOfMessages: 10, VisibilityTimeout: 60 };
          const received = await sqs.send(
            new ReceiveMessageCommand({ ...asked, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }),
          );
          found = received.Messages ?? [];
          ours.push(...found.filter(({ Body }) => Body === BODY));
        }
        return {
          dead: ours.length,
          // The last of them is ours.
          tries: Number(ours[0]?.Attributes?.['ApproximateReceiveCount'] ?? 1) - 1,
          mostTries,
          passedBy: handedOver.filter((at) => at > sentAt && at < lastTryAt).length,
        };
      }),
  };
}

/** Has every queue that a function reads, and that gives up, show its messages again sooner than its template says. */
export async function hurry(desk: Desk, seconds: number): Promise<void> {
  const ids = await desk.physicalIds();
  await withQueues(desk, async (sqs) => {
    for (const [name, QueueUrl] of Object.entries(ids)) {
      if (!/Queue$/.test(name) || !URL.canParse(QueueUrl)) continue;
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } }));
    }
  });
}

async function withQueues<Result>(desk: Desk, work: (sqs: SQSClient) => Promise<Result>): Promise<Result> {
  const sqs = new SQSClient(desk.client);
  try {
    return await work(sqs);
  } finally {
    sqs.destroy();
  }
}

export const nameOf = (queueUrl: string): string => queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
