/** Events of tickets, off their queue: who is told what, by their preferences, as mails onto a topic. */
import { optionalText, readConfiguration, text } from '@app/shared/configuration';
import { consumer, doneWork } from '@app/shared/consumer';
import { createItems } from '@app/shared/items';
import { MetricUnit, metrics, observed } from '@app/shared/observability';
import { createTopic } from '@app/shared/topics';
import { helpDeskEvent } from '../../domain/received.ts';
import { tenantHooks } from '../../domain/tenant-hooks.ts';
import { notify } from './notify.ts';

/** A tenant's configuration is in force a minute after it was written. */
const TENANTS_KEPT_MS = 60_000;

const { topicArn, doneTable, preferenceTable, tenantTable, team } = readConfiguration(process.env, {
  topicArn: text('NOTIFICATIONS_TOPIC'),
  doneTable: text('DONE_WORK_TABLE'),
  preferenceTable: text('PREFERENCE_TABLE'),
  tenantTable: text('TENANT_TABLE'),
  team: optionalText('TEAM_ADDRESS'),
});

const publish = createTopic({ arn: topicArn });

const tell = notify({
  team: team === '' ? null : team,
  preferencesOf: createItems({ tableName: preferenceTable, key: 'recipient' }),
  hooksOf: tenantHooks(createItems({ tableName: tenantTable, key: 'domain', keptMs: TENANTS_KEPT_MS })),
  publish: async (mail) => {
    await publish({ text: JSON.stringify(mail), order: { group: mail.ticketId, id: mail.id } });
    metrics.addMetric('MailsWritten', MetricUnit.Count, 1);
  },
  onUnwanted: () => metrics.addMetric('MailsUnwanted', MetricUnit.Count, 1),
});

export const handler = observed(
  consumer({ read: helpDeskEvent, key: ({ id }) => id, handle: tell, store: doneWork(doneTable) }),
);
