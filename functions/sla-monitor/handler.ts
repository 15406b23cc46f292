/** Every minute: whoever waits longer than was promised is escalated. */
import { randomBytes } from 'node:crypto';
import { databaseVariables, optionalText, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { eventPublisher } from '../../database/publisher.ts';
import { calendarFrom } from '../../domain/business-time.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { targetsFrom } from '../../domain/sla.ts';
import { slaMonitor } from './monitor.ts';
import { slaRepository } from './repository.ts';

const { secretArn, busName, hours, timeZone, holidays, targets, ...options } = readConfiguration(process.env, {
  ...databaseVariables,
  busName: text('EVENT_BUS'),
  hours: text('BUSINESS_HOURS'),
  timeZone: text('BUSINESS_TIME_ZONE'),
  holidays: optionalText('BUSINESS_HOLIDAYS'),
  targets: text('SLA_TARGETS'),
});

const database = createDatabase({
  ...options,
  credentials: credentialsFrom(secretsManager(), secretArn),
  trace: traced,
});

const run = slaMonitor({
  repository: slaRepository(database),
  promised: { calendar: calendarFrom(hours, timeZone, holidays), targets: targetsFrom(targets) },
  now: Date.now,
  newId: () => uuidV7(Date.now(), randomBytes),
  publish: eventPublisher(database, { busName }),
});

export const handler = observed(async (_event: unknown, context) => {
  const done = await run(() => context.getRemainingTimeInMillis());
  metrics.addMetric('TicketsEscalated', MetricUnit.Count, done.escalated);
  if (done.escalated > 0) logger.info('Tickets were escalated', { ...done });
  return done;
});
