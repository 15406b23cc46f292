/** What is there: tickets and outbox in the database, messages in queues, mails that were handed over. */
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { connectAsAdministrator, openAdministratorSession } from '../../local/services/rds/index.ts';
import type { Evidence, QueueDepth } from './account.ts';
import type { Desk } from './desk.ts';
import { nameOf, type Poison } from './poison.ts';
import { type HeardMail, WITNESS } from './witness.ts';

/** What is not over yet. */
export interface Unfinished {
  readonly unsorted: number;
  readonly unpublished: number;
  /** That are not empty. */
  readonly queues: readonly QueueDepth[];
}

/** @param name what subjects begin with */
export async function unfinishedOf(desk: Desk, name: string): Promise<Unfinished> {
  const [[counts] = []] = await inDatabase(desk, (connection) =>
    connection.query<RowDataPacket[]>(
      `SELECT (SELECT COUNT(*) FROM tickets WHERE category IS NULL AND subject LIKE ?) AS unsorted,
         (SELECT COUNT(*) FROM outbox WHERE published_at IS NULL) AS unpublished`,
      [`${name} %`],
    ),
  );
  const queues = await queueDepths(desk);
  return {
    unsorted: Number(counts?.['unsorted']),
    unpublished: Number(counts?.['unpublished']),
    queues: queues.filter(({ messages }) => messages > 0),
  };
}

/** Connections of the database: the most that there have been at once, and the most that there may be. */
export async function connectionsOf(desk: Desk): Promise<{ used: number; allowed: number }> {
  const [[status] = [], [setting] = []] = await inDatabase(desk, async (connection) => [
    (await connection.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Max_used_connections'"))[0],
    (await connection.query<RowDataPacket[]>("SHOW GLOBAL VARIABLES LIKE 'max_connections'"))[0],
  ]);
  return { used: Number(status?.['Value']), allowed: Number(setting?.['Value']) };
}

/** @param name what subjects begin with */
export async function evidenceOf(
  desk: Desk,
  name: string,
  mails: readonly HeardMail[],
  poison?: Poison,
): Promise<Evidence> {
  const fate = await poison?.fate(mails.map(({ at }) => at));
  const queues = (await queueDepths(desk)).map((queue) =>
    queue.name === poison?.deadLetters ? { ...queue, messages: queue.messages - (fate?.dead ?? 0) } : queue,
  );
  return await inDatabase(desk, async (connection) => {
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
      queues,
      mails: mails.filter(({ kind }) => kind === 'received'),
      ...(fate && { poison: fate }),
    };
  });
}

async function inDatabase<Result>(
  { stateDirectory }: Desk,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connectAsAdministrator(openAdministratorSession({ stateDirectory }));
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** Of the help desk's own. */
export async function queueDepths(desk: Desk): Promise<QueueDepth[]> {
  const sqs = new SQSClient(desk.client);
  try {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    return await Promise.all(
      QueueUrls.filter((url) => nameOf(url) !== WITNESS).map(async (QueueUrl) => {
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
        return { name: nameOf(QueueUrl), messages, visible: Number(Attributes['ApproximateNumberOfMessages']) };
      }),
    );
  } finally {
    sqs.destroy();
  }
}
