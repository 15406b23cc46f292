/** The help desk's database as its administrator sees it, past all doors: what is to be worked on, and what came of it. */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { uuidV7 } from '../../domain/identifiers.ts';
import { asAdministrator, openAdministratorSession } from '../../local/services/rds/index.ts';
import type { HelpDesk } from './help-desk.ts';
import { moment, Refused } from './seen.ts';

type Row = Readonly<Record<string, unknown>>;

async function query(desk: HelpDesk, sql: string, values: (string | number)[]): Promise<Row[]> {
  const stateDirectory = dirname(desk.cloud.kernel.store.directory('rds'));
  const session = openAdministratorSession({ stateDirectory, database: 'helpdesk' });
  return asAdministrator(session, async (connection) => (await connection.query(sql, values))[0] as Row[]);
}

export const newId = (): string => uuidV7(Date.now(), randomBytes);

const NOW = 'UTC_TIMESTAMP(6)';

/** Nobody has sorted it. Where its time has run out, nobody has answered for a month either. */
export async function storeTicket(
  desk: HelpDesk,
  { requester = 'ada@example.com', isOverdue = false }: { requester?: string; isOverdue?: boolean } = {},
): Promise<string> {
  const id = newId();
  const since = isOverdue ? `${NOW} - INTERVAL 30 DAY` : NOW;
  const lookAt = isOverdue ? "'2000-01-01'" : "'9999-01-01'";
  await query(
    desk,
    `INSERT INTO tickets (id, subject, requester_email, status, priority, version, created_at, updated_at, sla_check_at)
     VALUES (?, 'Printer on fire', ?, 'open', 'urgent', 1, ${since}, ${since}, ${lookAt})`,
    [id, requester],
  );
  await query(
    desk,
    `INSERT INTO messages (id, ticket_id, author, body, created_at) VALUES (?, ?, ?, 'By the window.', ${since})`,
    [newId(), id, requester],
  );
  return id;
}

/** An event that whoever wrote it has not published. @returns the ticket that it tells of */
export async function leaveEvent(desk: HelpDesk): Promise<string> {
  const [id, ticketId] = [newId(), newId()];
  const detail = { id, type: 'TicketClosed', occurredAt: new Date().toISOString(), ticketId, ticketVersion: 1 };
  await query(
    desk,
    `INSERT INTO outbox (id, type, ticket_id, detail, occurred_at) VALUES (?, 'TicketClosed', ?, ?, ${NOW})`,
    [id, ticketId, JSON.stringify(detail)],
  );
  return ticketId;
}

/** @returns the ticket that a delivery of a webhook became */
export async function ticketOfDelivery(desk: HelpDesk, deliveryId: string): Promise<string> {
  const [row] = await query(desk, 'SELECT ticket_id FROM webhook_deliveries WHERE delivery_id = ?', [deliveryId]);
  if (!row) throw new Refused(`delivery ${deliveryId} became nothing`);
  return String(row['ticket_id']);
}

/** As it was announced; nobody has looked at it. @returns its id */
export async function storeFile(
  desk: HelpDesk,
  file: { ticketId: string; contentType: string; size: number; purpose: string },
): Promise<string> {
  const id = newId();
  const { ticketId, contentType, size, purpose } = file;
  await query(
    desk,
    `INSERT INTO attachments (id, ticket_id, file_name, content_type, size, purpose, object_key, created_at)
     VALUES (?, ?, 'file', ?, ?, ?, ?, ${NOW})`,
    [id, ticketId, contentType, size, purpose, `tickets/${ticketId}/${id}`],
  );
  return id;
}

/** @returns the ticket that the first row of an import became */
export async function ticketOfImport(desk: HelpDesk, attachmentId: string): Promise<string> {
  const [row] = await query(desk, 'SELECT ticket_id FROM import_rows WHERE attachment_id = ?', [attachmentId]);
  if (!row) throw new Refused(`import ${attachmentId} became nothing`);
  return String(row['ticket_id']);
}

/** How long somebody else may be at it who was faster, ms. */
const PATIENCE_MS = 1_000;

/** Resolves when the bus has everything that was to be told of the ticket. Rejects with Refused. */
export async function published(desk: HelpDesk, ticketId: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; ; await moment()) {
    const rows = await query(desk, 'SELECT type, published_at FROM outbox WHERE ticket_id = ?', [ticketId]);
    const left = rows.filter(({ published_at }) => published_at === null);
    if (rows.length > 0 && left.length === 0) return;
    if (Date.now() < until) continue;
    const what = rows.length === 0 ? 'nothing' : left.map(({ type }) => type).join(', ');
    throw new Refused(`of ticket ${ticketId} nobody was told: ${what} is left in the outbox`);
  }
}
