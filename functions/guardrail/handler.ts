/** Changes of a guarded bucket's policy or public access block, off their queue: put back, and told of. */
import { readConfiguration, text } from '@app/shared/configuration';
import { consumer, doneWork, REMEMBERED_SECONDS } from '@app/shared/consumer';
import { logger, MetricUnit, metrics, observed } from '@app/shared/observability';
import { createMemory } from '@app/shared/once';
import { createTopic } from '@app/shared/topics';
import { alertOf } from './alert.ts';
import { bucketSettings, s3Sender } from './bucket-settings.ts';
import { changeFrom } from './change.ts';
import { guard } from './guard.ts';
import { policiesByBucket } from './protection.ts';

const LOOK_WITHIN_MS = 15_000;

const { policies, ownRole, doneTable, alertTopic } = readConfiguration(process.env, {
  policies: policiesByBucket('GUARDED_POLICIES'),
  ownRole: text('OWN_ROLE'),
  doneTable: text('DONE_WORK_TABLE'),
  alertTopic: text('ALERT_TOPIC'),
});

const publish = createTopic({ arn: alertTopic });

const handle = guard({
  policies,
  buckets: bucketSettings(s3Sender(process.env)),
  // Powertools wants a store for each way to use one.
  remembered: createMemory({ store: doneWork(doneTable), seconds: REMEMBERED_SECONDS, withinMs: LOOK_WITHIN_MS }),
  alert: (change, changed) => publish(alertOf(change, changed)),
  onPutBack: (change, changed) => {
    logger.warn('The protection of a bucket was changed and has been put back', { ...change, changed });
    metrics.addMetric('BucketsPutBack', MetricUnit.Count, 1);
  },
  onLeftAlone: (change) => logger.info('A change of a bucket needs nothing', { ...change }),
});

export const handler = observed(
  consumer({ read: (body) => changeFrom(body, ownRole), key: ({ id }) => id, handle, store: doneWork(doneTable) }),
);
