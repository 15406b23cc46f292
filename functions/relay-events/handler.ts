/** Every minute: publishes the events that nobody has published yet, and forgets those that were long ago. */
import { databaseVariables, integer, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { createEventBus } from '@app/shared/events';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { EVENT_SOURCE } from '../../domain/events.ts';
import { relayAll } from './relay-all.ts';

const { secretArn, busName, keptDays, ...options } = readConfiguration(process.env, {
  ...databaseVariables,
  busName: text('EVENT_BUS'),
  keptDays: integer('PUBLISHED_EVENTS_DAYS', { minimum: 1, maximum: 365, fallback: 7 }),
});

const run = relayAll({
  database: createDatabase({ ...options, credentials: credentialsFrom(secretsManager(), secretArn), trace: traced }),
  publish: createEventBus({ busName, source: EVENT_SOURCE }),
  now: Date.now,
  keptMs: keptDays * 24 * 3_600_000,
});

export const handler = observed(async (_event: unknown, context) => {
  const relayed = await run(() => context.getRemainingTimeInMillis());
  metrics.addMetric('EventsRelayed', MetricUnit.Count, relayed.published);
  if (relayed.published + relayed.refused > 0) logger.info('Events were relayed', { ...relayed });
  return relayed;
});
