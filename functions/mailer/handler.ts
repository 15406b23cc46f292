/** Mails, off their queue, in the order of their ticket: out into the world. */
import { readConfiguration, text } from '@app/shared/configuration';
import { consumer, doneWork } from '@app/shared/consumer';
import { MetricUnit, metrics, observed } from '@app/shared/observability';
import { createTopic } from '@app/shared/topics';
import { mailFrom } from '../../domain/mail.ts';
import { handOver } from './hand-over.ts';

const { topicArn, doneTable } = readConfiguration(process.env, {
  topicArn: text('MAIL_TOPIC'),
  doneTable: text('DONE_WORK_TABLE'),
});

/** A topic that is slow to answer may have the mail: whoever asks again sends it twice. So once, and patiently. */
const send = handOver(createTopic({ arn: topicArn, timeoutMs: 4_000, tries: 1 }));

export const handler = observed(
  consumer({
    read: (body) => mailFrom(body),
    key: ({ id }) => id,
    handle: async (mail) => {
      await send(mail);
      metrics.addMetric('MailsHandedOver', MetricUnit.Count, 1);
    },
    store: doneWork(doneTable),
    inOrder: true,
  }),
);
