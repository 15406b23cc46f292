/** What came by webhook, off its queue: tickets, and messages of tickets. */
import { randomBytes } from 'node:crypto';
import { databaseVariables, readConfiguration, text } from '@app/shared/configuration';
import { consumer, doneWork } from '@app/shared/consumer';
import { createDatabase } from '@app/shared/database';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { eventPublisher } from '../../database/publisher.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { deliveryFrom } from '../../domain/webhook-message.ts';
import { processDelivery } from './process.ts';
import { deliveryRepository } from './repository.ts';

const { secretArn, busName, doneTable, ...options } = readConfiguration(process.env, {
  ...databaseVariables,
  busName: text('EVENT_BUS'),
  doneTable: text('DONE_WORK_TABLE'),
});

const database = createDatabase({
  ...options,
  credentials: credentialsFrom(secretsManager(), secretArn),
  trace: traced,
});

const take = processDelivery({
  repository: deliveryRepository(database),
  moment: () => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) }),
  publish: eventPublisher(database, { busName }),
  onTaken: ({ channel }, taken) => {
    const became = taken?.as ?? 'nothing: it was taken in before';
    logger.info('A delivery was taken in', { channel, became, ...(taken && { ticketId: taken.ticket.id }) });
    if (taken) metrics.addMetric(`WebhookBecame${taken.as === 'ticket' ? 'Ticket' : 'Message'}`, MetricUnit.Count, 1);
  },
});

export const handler = observed(
  consumer({
    read: deliveryFrom,
    key: ({ channel, id }) => `${channel} ${id}`,
    handle: take,
    store: doneWork(doneTable),
  }),
);
