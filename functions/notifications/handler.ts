/** Events of tickets, off their queue: who is told what, by their preferences, as mails onto a topic. */
import { optionalText, readConfiguration, text } from '@app/shared/configuration';
import { consumer, doneWork } from '@app/shared/consumer';
import { createItems } from '@app/shared/items';
import { MetricUnit, metrics, observed } from '@app/shared/observability';
import { createTopic } from '@app/shared/topics';
import { hooksOfTenants } from '../../database/tenants.ts';
import { helpDeskEvent } from '../../domain/received.ts';
import { notify } from './notify.ts';

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
  hooksOf: hooksOfTenants(tenantTable),
  publish: async (mail) => {
    await publish({ text: JSON.stringify(mail), order: { group: mail.ticketId, id: mail.id } });
    metrics.addMetric('MailsWritten', MetricUnit.Count, 1);
  },
  onUnwanted: () => metrics.addMetric('MailsUnwanted', MetricUnit.Count, 1),
});

export const handler = observed(
  consumer({ read: helpDeskEvent, key: ({ id }) => id, handle: tell, store: doneWork(doneTable) }),
);
