/** `GET /stats`: the help desk in numbers, from the read model, for agents. */
import { callerOf } from '@app/shared/caller';
import { optionalText, readConfiguration, text } from '@app/shared/configuration';
import { logger, observed } from '@app/shared/observability';
import { querying, tableClient } from '@app/shared/tables';
import { serve } from '../../api/serve.ts';
import { statsRepository } from './repository.ts';
import { statsRoutes } from './routes.ts';

const { statsTable, viewsTable, viewsIndex, corsAllowOrigin } = readConfiguration(process.env, {
  statsTable: text('STATS_TABLE'),
  viewsTable: text('TICKET_VIEWS_TABLE'),
  viewsIndex: text('UNRESOLVED_TICKETS_INDEX'),
  corsAllowOrigin: optionalText('CORS_ALLOW_ORIGIN'),
});

const client = tableClient();
const routes = statsRoutes({
  repository: statsRepository({
    stats: querying({ tableName: statsTable, client }),
    views: querying({ tableName: viewsTable, client }),
    viewsIndex,
  }),
  now: Date.now,
});

export const handler = observed(serve({ routes, callerOf, logger, corsAllowOrigin }));
