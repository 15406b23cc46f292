/** All `/tickets` routes but attachments and drafts. What each does is in `routes.ts`. */
import { randomBytes } from 'node:crypto';
import { callerOf } from '@app/shared/caller';
import { databaseVariables, optionalText, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { serve } from '../../api/serve.ts';
import { eventPublisher } from '../../database/publisher.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { ticketRepository } from './repository.ts';
import { ticketRoutes } from './routes.ts';

const { secretArn, corsAllowOrigin, busName, ...options } = readConfiguration(process.env, {
  ...databaseVariables,
  busName: text('EVENT_BUS'),
  corsAllowOrigin: optionalText('CORS_ALLOW_ORIGIN'),
});

const database = createDatabase({
  ...options,
  credentials: credentialsFrom(secretsManager(), secretArn),
  trace: traced,
});

// Whoever waits for the answer waits for the bus, too, but not long: what does not get there is the relay's.
const publish = eventPublisher(database, {
  busName,
  timeoutMs: 1_000,
  onLeft: (events) => metrics.addMetric('EventsLeftToRelay', MetricUnit.Count, events),
});

const routes = ticketRoutes({
  repository: ticketRepository(database),
  moment: () => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) }),
  announce: async (events) => {
    for (const { type } of events) metrics.addMetric(type, MetricUnit.Count, 1);
    await publish(events);
  },
});

export const handler = observed(serve({ routes, callerOf, logger, corsAllowOrigin }));
