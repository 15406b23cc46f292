/** `POST /webhooks/{channel}`. Outside the VPC: it needs a queue, secrets and a table, and nothing that is private. */
import { optionalText, readConfiguration, text } from '@app/shared/configuration';
import { doneWork } from '@app/shared/consumer';
import { logger, MetricUnit, metrics, observed } from '@app/shared/observability';
import { createOnce } from '@app/shared/once';
import { createQueue } from '@app/shared/queues';
import { secretsManagerByStage, textsOf } from '@app/shared/secrets';
import { serve } from '../../api/serve.ts';
import { webhookRoutes } from './receive.ts';
import { WINDOW_SECONDS } from './signature.ts';

const { email, chat, generic, queueUrl, doneTable, corsAllowOrigin } = readConfiguration(process.env, {
  email: text('EMAIL_SECRET_ARN'),
  chat: text('CHAT_SECRET_ARN'),
  generic: text('GENERIC_SECRET_ARN'),
  queueUrl: text('WEBHOOKS_QUEUE_URL'),
  doneTable: text('DONE_WORK_TABLE'),
  corsAllowOrigin: optionalText('CORS_ALLOW_ORIGIN'),
});

/** From the earliest moment at which a request is taken to the latest, and a little more. */
const REMEMBERED_SECONDS = 3 * WINDOW_SECONDS;

/** The function's own time-out: by then it has taken a request, or died. */
const TIMEOUT_MS = 10_000;

const stores = secretsManagerByStage();

const routes = webhookRoutes({
  secrets: { email: textsOf(stores, email), chat: textsOf(stores, chat), generic: textsOf(stores, generic) },
  once: createOnce({ store: doneWork(doneTable), seconds: REMEMBERED_SECONDS, withinMs: TIMEOUT_MS }),
  send: createQueue({ url: queueUrl }),
  now: Date.now,
  onQueued: (channel) => {
    metrics.addDimension('Channel', channel);
    metrics.addMetric('WebhookQueued', MetricUnit.Count, 1);
  },
});

// Who it is, the signature says; nobody's name comes with it.
const callerOf = () => ({ role: 'customer', email: '' }) as const;

export const handler = observed(serve({ routes, callerOf, logger, corsAllowOrigin }));
