/** Every event of a ticket, off its queue, into what the read model knows of the ticket. */
import { queueGroups } from '@app/shared/batches';
import { readConfiguration, text } from '@app/shared/configuration';
import { observed } from '@app/shared/observability';
import { getting, putting, tableClient } from '@app/shared/tables';
import { helpDeskEvent } from '../../domain/received.ts';
import { noteEvents } from './note-events.ts';
import { ticketViews } from './repository.ts';

const { tableName } = readConfiguration(process.env, { tableName: text('TICKET_VIEWS_TABLE') });

const table = { tableName, client: tableClient() };
const handle = noteEvents(ticketViews({ ...getting(table), ...putting(table) }));

// What an event tells changes nothing a second time, so it needs not be remembered which ones have come.
export const handler = observed(queueGroups({ read: helpDeskEvent, groupOf: ({ ticketId }) => ticketId, handle }));
