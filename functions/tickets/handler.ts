/** All `/tickets` routes but attachments and drafts. What each does is in `routes.ts`. */
import { randomBytes } from 'node:crypto';
import { callerOf } from '@app/shared/caller';
import { databaseVariables, optionalText, readConfiguration } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { serve } from '../../api/serve.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { ticketRepository } from './repository.ts';
import { ticketRoutes } from './routes.ts';

const { secretArn, corsAllowOrigin, ...database } = readConfiguration(process.env, {
  ...databaseVariables,
  corsAllowOrigin: optionalText('CORS_ALLOW_ORIGIN'),
});

const repository = ticketRepository(
  createDatabase({ ...database, credentials: credentialsFrom(secretsManager(), secretArn), trace: traced }),
);

const routes = ticketRoutes({
  repository,
  moment: () => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) }),
  announce: async (events) => {
    for (const { type } of events) metrics.addMetric(type, MetricUnit.Count, 1);
  },
});

export const handler = observed(serve({ routes, callerOf, logger, corsAllowOrigin }));
