/** `/tickets/{id}/attachments`: where to send a file, and where to get it. Its bytes never come through here. */
import { randomBytes } from 'node:crypto';
import { callerOf } from '@app/shared/caller';
import { databaseVariables, integer, optionalText, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { createFiles } from '@app/shared/files';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { serve } from '../../api/serve.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { attachmentRepository } from './repository.ts';
import { attachmentRoutes } from './routes.ts';

/** S3 takes 5 GB in one request. */
const LARGEST_MIB = 5_000;

const { secretArn, corsAllowOrigin, bucket, validSeconds, maximumMib, ...database } = readConfiguration(process.env, {
  ...databaseVariables,
  corsAllowOrigin: optionalText('CORS_ALLOW_ORIGIN'),
  bucket: text('ATTACHMENTS_BUCKET'),
  validSeconds: integer('ATTACHMENT_URL_SECONDS', { minimum: 1, maximum: 3_600 }),
  maximumMib: integer('ATTACHMENT_MAXIMUM_MIB', { minimum: 1, maximum: LARGEST_MIB }),
});

const routes = attachmentRoutes({
  repository: attachmentRepository(
    createDatabase({ ...database, credentials: credentialsFrom(secretsManager(), secretArn), trace: traced }),
  ),
  files: createFiles({ bucket, validSeconds, environment: process.env, now: () => new Date() }),
  maximumBytes: maximumMib * 1024 * 1024,
  moment: () => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) }),
  count: ({ size }) => {
    metrics.addMetric('AttachmentAnnounced', MetricUnit.Count, 1);
    metrics.addMetric('AttachmentSize', MetricUnit.Bytes, size);
  },
});

export const handler = observed(serve({ routes, callerOf, logger, corsAllowOrigin }));
