/** Files that have arrived in S3, off their queue: checked, described, and imported where that is what they are for. */
import { randomBytes } from 'node:crypto';
import { queueBatches } from '@app/shared/batches';
import { databaseVariables, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { createObjects } from '@app/shared/objects';
import { logger, MetricUnit, metrics, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import { eventPublisher } from '../../database/publisher.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { arrivedKey } from './arrival.ts';
import { csvTable } from './csv.ts';
import { importTickets } from './import-tickets.ts';
import { readMail } from './mail.ts';
import { processFile } from './process.ts';
import { fileRepository } from './repository.ts';
import { storedFile } from './stored-file.ts';

/** For what comes after the rows of an import: the report, the decision. */
const RESERVE_MS = 10_000;

const { secretArn, busName, bucket, ...options } = readConfiguration(process.env, {
  ...databaseVariables,
  busName: text('EVENT_BUS'),
  bucket: text('ATTACHMENTS_BUCKET'),
});

const database = createDatabase({
  ...options,
  credentials: credentialsFrom(secretsManager(), secretArn),
  trace: traced,
});
const repository = fileRepository(database);
const objects = createObjects({ bucket, environment: process.env });
const moment = () => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) });

const take = processFile({
  repository,
  open: (key) => storedFile(objects, key),
  remove: (key) => objects.delete(key),
  readers: { table: csvTable, mail: readMail },
  importTickets: importTickets({
    repository,
    writeReport: (key, report) => objects.write(key, report, 'application/json'),
    moment,
    publish: eventPublisher(database, { busName }),
  }),
  moment,
  onDecided: ({ id, ticketId, state, purpose, reason, metadata }) => {
    logger.info('A file was checked', { attachmentId: id, ticketId, purpose, state, ...(reason && { reason }) });
    metrics.addMetric(state === 'rejected' ? 'AttachmentRejected' : 'AttachmentStored', MetricUnit.Count, 1);
    if (metadata?.kind !== 'import') return;
    metrics.addMetric('ImportedTickets', MetricUnit.Count, metadata.opened);
    metrics.addMetric('RefusedRows', MetricUnit.Count, metadata.refused);
  },
  onStray: () => logger.warn('A file arrived that nobody announced, or whose ticket is no more'),
});

// Whatever comes twice finds itself decided, or its rows imported, in the database: nothing else needs to remember.
export const handler = observed(
  queueBatches(({ body }, context) => take(arrivedKey(body), () => context.getRemainingTimeInMillis() - RESERVE_MS)),
);
