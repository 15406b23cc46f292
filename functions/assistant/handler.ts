/** `POST /tickets/{id}/draft`: a suggested reply, streamed from the model to the caller. */
import { randomBytes } from 'node:crypto';
import { createModel } from '@app/shared/bedrock';
import { callerOf } from '@app/shared/caller';
import { databaseVariables, integer, optionalText, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { createFiles } from '@app/shared/files';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { costOf } from '../../domain/model-prices.ts';
import { assistant, type OnAnswer } from './assistant.ts';
import { attachedTexts } from './attached-texts.ts';
import { streamed } from './lambda-stream.ts';
import { maskedLogger } from './masked-logger.ts';
import { assistantRepository } from './repository.ts';
import { serve } from './serve.ts';

/** Larger texts do not fit into the budget anyway. */
const LARGEST_ATTACHMENT = 64 * 1024;
/** For what comes after the model: the last event, metrics, logs. */
const RESERVE_MS = 1_500;

const { secretArn, corsAllowOrigin, bucket, modelId, inputTokens, outputTokens, ...database } = readConfiguration(
  process.env,
  {
    ...databaseVariables,
    corsAllowOrigin: optionalText('CORS_ALLOW_ORIGIN'),
    bucket: text('ATTACHMENTS_BUCKET'),
    modelId: text('MODEL_ID'),
    inputTokens: integer('MODEL_INPUT_BUDGET', { minimum: 500, maximum: 100_000 }),
    outputTokens: integer('MODEL_OUTPUT_BUDGET', { minimum: 100, maximum: 4_096 }),
  },
);

const log = maskedLogger(logger);

const count: OnAnswer = ({ usage, attempts, firstPieceMs }) => {
  metrics.addDimension('Model', modelId);
  metrics.addMetric('ModelInputTokens', MetricUnit.Count, usage.inputTokens);
  metrics.addMetric('ModelOutputTokens', MetricUnit.Count, usage.outputTokens);
  metrics.addMetric('ModelAttempts', MetricUnit.Count, attempts);
  metrics.addMetric('ModelFirstToken', MetricUnit.Milliseconds, firstPieceMs);
  const dollars = costOf(modelId, usage);
  if (dollars !== undefined) metrics.addMetric('ModelCost', MetricUnit.NoUnit, dollars);
};

const answer = serve({
  suggest: assistant({
    repository: assistantRepository(
      createDatabase({ ...database, credentials: credentialsFrom(secretsManager(), secretArn), trace: traced }),
      LARGEST_ATTACHMENT,
    ),
    read: attachedTexts({
      files: createFiles({ bucket, validSeconds: 60, environment: process.env, now: () => new Date() }),
      fetch,
      trace: traced,
      bucket,
      largestBytes: LARGEST_ATTACHMENT,
      onMissing: (attachmentId, why) => logger.info('An attachment is left out', { attachmentId, why }),
    }),
    model: createModel({ modelId, maximumTokens: outputTokens }),
    modelId,
    inputTokens,
    newBoundary: () => randomBytes(16).toString('hex'),
    onAnswer: count,
    onShortened: (parts) => logger.info('The ticket is longer than the budget', { parts }),
  }),
  callerOf,
  logger: log,
  corsAllowOrigin,
});

export const handler = streamed((event, context, reply) =>
  observed((request: APIGatewayProxyEvent) =>
    answer(request, reply, () => context.getRemainingTimeInMillis() - RESERVE_MS),
  )(event, context),
);
