/** What changed in the views of tickets, off their table's stream, into the counts over all of them. */
import { streamBatches } from '@app/shared/batches';
import { readConfiguration, text } from '@app/shared/configuration';
import { observed } from '@app/shared/observability';
import { getting, tableClient, transacting } from '@app/shared/tables';
import { project } from './project.ts';

const { tableName } = readConfiguration(process.env, { tableName: text('STATS_TABLE') });

const table = { tableName, client: tableClient() };

export const handler = observed(streamBatches(project({ ...getting(table), ...transacting(table) })));
