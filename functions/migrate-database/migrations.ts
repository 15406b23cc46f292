/** Every file of `database/migrations`, in order. They travel inside the bundle; a test compares this list with the folder. */
import tickets from '../../database/migrations/0001-tickets.sql';
import outbox from '../../database/migrations/0002-outbox.sql';
import attachmentState from '../../database/migrations/0003-attachment-state.sql';
import events from '../../database/migrations/0004-events.sql';
import sla from '../../database/migrations/0005-sla.sql';
import webhooks from '../../database/migrations/0006-webhooks.sql';
import checkedFiles from '../../database/migrations/0007-checked-files.sql';
import type { Migration } from './apply.ts';

export const migrations: readonly Migration[] = [
  { name: '0001-tickets', sql: tickets },
  { name: '0002-outbox', sql: outbox },
  { name: '0003-attachment-state', sql: attachmentState },
  { name: '0004-events', sql: events },
  { name: '0005-sla', sql: sla },
  { name: '0006-webhooks', sql: webhooks },
  { name: '0007-checked-files', sql: checkedFiles },
];
