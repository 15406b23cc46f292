/** Deliveries in the database: each once, with what it becomes, in one transaction. */
import type { Database, Statements } from '@app/shared/database';
import { toSqlTime } from '../../database/rows.ts';
import { insertOpened, insertReplied, lockTicket, sizeOfMessages } from '../../database/tickets.ts';
import type { Ticket } from '../../domain/ticket.ts';
import type { Delivery } from '../../domain/webhook.ts';
import type { TakenIn } from '../../domain/webhook-ticket.ts';

export interface DeliveryRepository {
  /**
   * Finds the ticket of the thread, lets `decide` say what becomes of the delivery, and stores that with its events.
   * Undefined where that has been done before. `decide` may be called twice. May reject with `DatabaseUnavailableError`.
   */
  takeIn(delivery: Delivery, at: string, decide: Decide): Promise<TakenIn | undefined>;
}

type Decide = (continued: { ticket: Ticket; size: number } | undefined) => TakenIn;

export function deliveryRepository(database: Pick<Database, 'transaction'>): DeliveryRepository {
  return {
    takeIn: (delivery, at, decide) =>
      database.transaction(async (statements) => {
        const { channel, id, thread, continues } = delivery;
        // Whoever takes in the same delivery at the same time waits here, and finds it done.
        const { affectedRows } = await statements.write(
          'INSERT IGNORE INTO webhook_deliveries (channel, delivery_id, handled_at) VALUES (?, ?, ?)',
          [channel, id, toSqlTime(at)],
        );
        if (affectedRows === 0) return undefined;

        const ticketId = continues === null ? undefined : await ticketOfThread(statements, channel, continues);
        const taken = decide(ticketId === undefined ? undefined : await withSize(statements, ticketId));
        if (taken.as === 'ticket') await insertOpened(statements, taken);
        else await insertReplied(statements, taken);

        // A thread whose ticket is over goes on in the new one.
        const threads = new Set([thread, ...(ticketId === undefined || continues === null ? [] : [continues])]);
        for (const name of threads) {
          await statements.write('REPLACE INTO webhook_threads (channel, thread_id, ticket_id) VALUES (?, ?, ?)', [
            channel,
            name,
            taken.ticket.id,
          ]);
        }
        await statements.write('UPDATE webhook_deliveries SET ticket_id = ? WHERE channel = ? AND delivery_id = ?', [
          taken.ticket.id,
          channel,
          id,
        ]);
        return taken;
      }),
  };
}

/** Locks the place of a thread that is not known yet, too: of two that open it at once, one waits and continues it. */
async function ticketOfThread(statements: Statements, channel: string, thread: string): Promise<string | undefined> {
  const [row] = await statements.read<{ ticket_id: string }>(
    'SELECT ticket_id FROM webhook_threads WHERE channel = ? AND thread_id = ? FOR UPDATE',
    [channel, thread],
  );
  return row?.ticket_id;
}

async function withSize(statements: Statements, ticketId: string): Promise<{ ticket: Ticket; size: number }> {
  return { ticket: await lockTicket(statements, ticketId), size: await sizeOfMessages(statements, ticketId) };
}
