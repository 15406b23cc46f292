/**
 * Applies `database/migrations`: as CloudFormation's custom resource at deployments, and invoked directly (event `{}`),
 * when it returns what it did.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { databaseVariables, type Environment, readConfiguration, text } from '@app/shared/configuration';
import { answerCloudFormation, isCustomResourceEvent, put, type Send } from '@app/shared/custom-resource';
import { createDatabase, letsIn } from '@app/shared/database';
import { logger, observed, traced } from '@app/shared/observability';
import { credentialsFrom, secretsManager } from '@app/shared/secrets';
import type { Context } from 'aws-lambda';
import { migrate, type Report } from './migrate.ts';
import { migrations } from './migrations.ts';

/** Kept back from the function's time for telling CloudFormation that the rest was not enough. */
const TIME_TO_ANSWER_MS = 10_000;
const PATIENCE_MS = 60_000;

/** Read with each event, not while the module loads: a failure then still reaches CloudFormation. */
async function run(environment: Environment, remainingMs: number, signal: AbortSignal): Promise<Report> {
  const configuration = readConfiguration(environment, {
    ...databaseVariables,
    adminSecretArn: text('DATABASE_ADMIN_SECRET_ARN'),
  });
  const { host, port, name, certificateAuthority, secretArn, adminSecretArn } = configuration;
  const secrets = secretsManager();
  const server = { host, port, certificateAuthority, poolSize: 1, queryTimeoutMs: remainingMs, trace: traced };
  const database = createDatabase({ ...server, credentials: credentialsFrom(secrets, adminSecretArn) });
  try {
    return await migrate({
      database,
      schema: name,
      applicationCredentials: credentialsFrom(secrets, secretArn),
      accepts: (credentials) => letsIn(createDatabase({ ...server, credentials: async () => credentials })),
      migrations,
      patienceMs: PATIENCE_MS,
      pause,
      signal,
    });
  } finally {
    await database.close();
  }
}

/** Gives work up that takes longer, by the signal. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.abort(new Error(`The migration did not end within ${Math.round(ms / 1000)} s`));
    reject(late.signal.reason);
  }, ms);
  try {
    return await Promise.race([work(late.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

export function migrateDatabase(environment: Environment, send: Send) {
  return async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<unknown> => {
    const work = async (): Promise<Report> => {
      const remainingMs = Math.max(1_000, context.getRemainingTimeInMillis() - TIME_TO_ANSWER_MS);
      const report = await within(remainingMs, (signal) => run(environment, remainingMs, signal));
      logger.info('The database is up to date', { ...report });
      return report;
    };
    if (!isCustomResourceEvent(event)) return await work();
    // Delete does nothing: the database outlives the stack, or goes with its own resource.
    return await answerCloudFormation(
      event,
      'help-desk-schema',
      async () => {
        const { applied, schemaVersion } = await work().catch((error: Error) => {
          logger.error('The migration failed', error);
          throw error;
        });
        return { Applied: applied.join(','), SchemaVersion: schemaVersion };
      },
      send,
    );
  };
}

export const handler = observed(migrateDatabase(process.env, put));
