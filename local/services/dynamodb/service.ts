/**
 * Amazon DynamoDB and its Streams, which share a signing name and IAM's actions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
 */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { resourceFacts } from './facts.ts';
import { batchOperations } from './items/batches.ts';
import { createExpiry } from './items/expiry.ts';
import { itemOperations } from './items/item-operations.ts';
import { queryOperation } from './items/query.ts';
import { scanOperation } from './items/scan.ts';
import { transactionOperations } from './items/transactions.ts';
import { createWriter, type Writer } from './items/writer.ts';
import { createTableMetrics } from './metrics.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import { providers } from './providers/providers.ts';
import type { Room } from './room.ts';
import { policyOperations } from './settings/resource-policies.ts';
import { settingOperations } from './settings/settings.ts';
import { tagOperations } from './settings/tags.ts';
import { streamOperations } from './streams/operations.ts';
import { openStreams } from './streams/streams.ts';
import { tableOperations } from './tables/operations.ts';
import { openTables } from './tables/tables.ts';

export function createService(context: ServiceContext): Service {
  const { store, clock, telemetry } = context;
  const tables = openTables(context);
  const streams = openStreams(context);
  const metrics = createTableMetrics(telemetry, clock);
  const stopListening = telemetry.beforeRead(metrics.flush);
  const expiry = createExpiry({
    tables,
    store,
    clock,
    writer: (): Writer => writer,
    deleted: (table, items) => metrics.expired(table.name, items),
  });
  const writer = createWriter(tables, streams, expiry.due);
  const room: Room = { ...context, tables, streams, writer, expiry, metrics };
  expiry.look();
  return {
    operations: {
      ...tableOperations(room),
      ...itemOperations(room),
      ...batchOperations(room),
      ...transactionOperations(room),
      Query: queryOperation(room),
      Scan: scanOperation(room),
      ...tagOperations(room),
      ...policyOperations(room),
      ...settingOperations(room),
      ...streamOperations(room),
      ...NOT_EMULATED,
    },
    providers: providers(room),
    resourceFacts: resourceFacts(tables),
    wordDenial: () => ({ statusCode: 400 }),
    wire: async () => ({
      protocol: 'json-1.0',
      schemas: { ...(await import('@aws-sdk/client-dynamodb-streams')), ...(await import('@aws-sdk/client-dynamodb')) },
      targetPrefix: 'DynamoDB_20120810',
      bodyChecksum: 'crc32',
    }),
    async stop() {
      stopListening();
      expiry.stop();
      metrics.flush();
    },
  };
}
