/** What is there: tickets and outbox in the database, messages in queues. */
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { RowDataPacket } from 'mysql2/promise';
import { connectAsAdministrator, openAdministratorSession } from '../../local/services/rds/index.ts';
import type { Evidence, QueueDepth } from './account.ts';
import type { Desk } from './desk.ts';

/** @param name what subjects begin with */
export async function evidenceOf(desk: Desk, name: string): Promise<Evidence> {
  const session = openAdministratorSession({ stateDirectory: desk.stateDirectory });
  const connection = await connectAsAdministrator(session);
  try {
    const [tickets] = await connection.query<RowDataPacket[]>(
      `SELECT id, subject, category IS NOT NULL AS sorted,
         (SELECT COUNT(*) FROM messages WHERE ticket_id = tickets.id) AS messages
       FROM tickets WHERE subject LIKE ?`,
      [`${name} %`],
    );
    const [events] = await connection.query<RowDataPacket[]>(
      'SELECT id, type, ticket_id, published_at IS NOT NULL AS published FROM outbox',
    );
    return {
      tickets: tickets.map(({ id, subject, sorted, messages }) => ({
        id,
        subject,
        isSorted: Number(sorted) === 1,
        messages: Number(messages),
      })),
      events: events.map(({ id, type, ticket_id, published }) => ({
        id,
        type,
        ticketId: ticket_id,
        isPublished: Number(published) === 1,
      })),
      queues: await queueDepths(desk),
    };
  } finally {
    await connection.end();
  }
}

async function queueDepths({ awsUrl }: Desk): Promise<QueueDepth[]> {
  const sqs = new SQSClient({
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    return await Promise.all(
      QueueUrls.map(async (QueueUrl) => {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: [
              'ApproximateNumberOfMessages',
              'ApproximateNumberOfMessagesDelayed',
              'ApproximateNumberOfMessagesNotVisible',
            ],
          }),
        );
        const messages = Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
        return { name: QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1), messages };
      }),
    );
  } finally {
    sqs.destroy();
  }
}
