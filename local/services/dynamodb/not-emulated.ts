/** Operations that nothing here stands behind. Who calls one is told so, by name. */
import { notEmulatedOperations } from '../../kernel/not-emulated.ts';

export const NOT_EMULATED = notEmulatedOperations({
  'there is no PartiQL: use the operations on items': [
    'ExecuteStatement',
    'BatchExecuteStatement',
    'ExecuteTransaction',
  ],
  'there is one Region': [
    'CreateGlobalTable',
    'DescribeGlobalTable',
    'DescribeGlobalTableSettings',
    'DescribeTableReplicaAutoScaling',
    'ListGlobalTables',
    'UpdateGlobalTable',
    'UpdateGlobalTableSettings',
    'UpdateTableReplicaAutoScaling',
  ],
  'there are no Kinesis data streams': [
    'DescribeKinesisStreamingDestination',
    'DisableKinesisStreamingDestination',
    'EnableKinesisStreamingDestination',
    'UpdateKinesisStreamingDestination',
  ],
  'tables are neither exported to S3 nor imported from it': [
    'DescribeExport',
    'DescribeImport',
    'ExportTableToPointInTime',
    'ImportTable',
    'ListExports',
    'ListImports',
  ],
  'no backups are made': [
    'CreateBackup',
    'DeleteBackup',
    'DescribeBackup',
    'ListBackups',
    'RestoreTableFromBackup',
    'RestoreTableToPointInTime',
  ],
  'nobody counts who contributes most': ['ListContributorInsights'],
  'items are not written in bulk': [
    'CancelBulkOperation',
    'DescribeBulkOperation',
    'ListBulkOperations',
    'StartBulkPutItems',
  ],
  'there are no vector indexes': ['SearchVectors'],
});
