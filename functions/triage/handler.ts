/** `TicketOpened`, off its queue: what the ticket is about, by a model or by rules, noted on the ticket. */
import { randomBytes } from 'node:crypto';
import { createModel } from '@app/shared/bedrock';
import { databaseVariables, integer, readConfiguration, text } from '@app/shared/configuration';
import { consumer, doneWork } from '@app/shared/consumer';
import { createDatabase } from '@app/shared/database';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { eventPublisher } from '../../database/publisher.ts';
import { hooksOfTenants } from '../../database/tenants.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { costOf } from '../../domain/model-prices.ts';
import { helpDeskEvent } from '../../domain/received.ts';
import { triageRepository } from './repository.ts';
import { triage } from './triage.ts';

/** For what comes after the model: the database, the bus, what was done. */
const RESERVE_MS = 4_000;

const { secretArn, busName, modelId, inputTokens, outputTokens, doneTable, tenantTable, ...options } =
  readConfiguration(process.env, {
    ...databaseVariables,
    busName: text('EVENT_BUS'),
    doneTable: text('DONE_WORK_TABLE'),
    tenantTable: text('TENANT_TABLE'),
    modelId: text('MODEL_ID'),
    inputTokens: integer('MODEL_INPUT_BUDGET', { minimum: 500, maximum: 100_000 }),
    outputTokens: integer('MODEL_OUTPUT_BUDGET', { minimum: 100, maximum: 4_096 }),
  });

const database = createDatabase({
  ...options,
  credentials: credentialsFrom(secretsManager(), secretArn),
  trace: traced,
});
const publish = eventPublisher(database, { busName });

const sort = triage({
  repository: triageRepository(database),
  model: createModel({ modelId, maximumTokens: outputTokens }),
  inputTokens,
  hooksOf: hooksOfTenants(tenantTable),
  newBoundary: () => randomBytes(16).toString('hex'),
  moment: () => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) }),
  publish,
  onAnswer: ({ usage, attempts }) => {
    metrics.addDimension('Model', modelId);
    metrics.addMetric('ModelInputTokens', MetricUnit.Count, usage.inputTokens);
    metrics.addMetric('ModelOutputTokens', MetricUnit.Count, usage.outputTokens);
    metrics.addMetric('ModelAttempts', MetricUnit.Count, attempts);
    const dollars = costOf(modelId, usage);
    if (dollars !== undefined) metrics.addMetric('ModelCost', MetricUnit.NoUnit, dollars);
  },
  onHookProblems: (problems) => {
    metrics.addMetric('TenantStepsSkipped', MetricUnit.Count, problems.length);
    logger.warn('Steps of a tenant were left out', { problems });
  },
  onRules: (error) => {
    metrics.addMetric('TriagedByRules', MetricUnit.Count, 1);
    logger.warn('No model sorted the ticket: rules did', { reason: error.name });
  },
});

export const handler = observed(
  consumer({
    read: helpDeskEvent,
    key: ({ id }) => id,
    handle: (event, context) => sort(event.ticketId, () => context.getRemainingTimeInMillis() - RESERVE_MS),
    store: doneWork(doneTable),
  }),
);
