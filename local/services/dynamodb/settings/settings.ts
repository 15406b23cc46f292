/** What is set on a table besides its shape: Time to Live, continuous backups, contributor insights. */
import type {
  DescribeContinuousBackupsInput,
  DescribeContributorInsightsInput,
  DescribeTimeToLiveInput,
  UpdateContinuousBackupsInput,
  UpdateContributorInsightsInput,
  UpdateTimeToLiveInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { validationError } from '../errors.ts';
import { onTable } from '../requirements.ts';
import type { Room, With } from '../room.ts';
import { existing } from '../tables/lifecycle.ts';
import type { Table } from '../tables/table.ts';
import { nameOf, type OpenTable } from '../tables/tables.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 35;

/** Throws ValidationException where it is so already. */
export function setTimeToLive(
  { tables, expiry, store }: Room,
  table: OpenTable,
  attribute: string,
  enabled: boolean,
): void {
  if (enabled && table.ttl) throw validationError('TimeToLive is already enabled');
  if (!enabled && !table.ttl) throw validationError('TimeToLive is already disabled');
  if (!enabled && table.ttl?.attribute !== attribute) {
    throw validationError(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${table.ttl?.attribute}`,
    );
  }
  store.transaction(() => {
    if (enabled) expiry.index(table, attribute);
    else table.expiries.clear();
    tables.put({ ...table, ttl: enabled ? { attribute } : undefined });
  });
  expiry.look();
}

export function setRecovery({ tables, clock }: Room, table: OpenTable, enabled: boolean, days = DEFAULT_DAYS): Table {
  const recovery = enabled ? { since: table.recovery?.since ?? clock.now(), days } : undefined;
  const changed = { ...table, recovery };
  tables.put(changed);
  return changed;
}

export function settingOperations(room: Room): Record<string, Operation> {
  const { tables, clock } = room;
  const on = (action: string) => (input: { TableName: string }) => [onTable(tables, action, input.TableName)];

  function found(name: string): OpenTable {
    const table = tables.find(name);
    if (table) return table;
    throw new AwsError('TableNotFoundException', `Table not found: ${nameOf(name)}`);
  }

  function backupsOf({ recovery }: Table) {
    return {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: {
        PointInTimeRecoveryStatus: recovery ? 'ENABLED' : 'DISABLED',
        ...(recovery && {
          RecoveryPeriodInDays: recovery.days,
          EarliestRestorableDateTime: new Date(Math.max(recovery.since, clock.now() - recovery.days * DAY_MS)),
          LatestRestorableDateTime: new Date(Math.max(recovery.since, clock.now() - 300_000)),
        }),
      },
    };
  }

  const updateTimeToLive: Operation<With<UpdateTimeToLiveInput, 'TableName' | 'TimeToLiveSpecification'>> = {
    requires: on('UpdateTimeToLive'),
    handle({ TableName, TimeToLiveSpecification: { AttributeName = '', Enabled = false } }) {
      setTimeToLive(room, existing(room, TableName), AttributeName, Enabled);
      return { TimeToLiveSpecification: { AttributeName, Enabled } };
    },
  };

  const describeTimeToLive: Operation<With<DescribeTimeToLiveInput, 'TableName'>> = {
    requires: on('DescribeTimeToLive'),
    handle({ TableName }) {
      const { ttl } = existing(room, TableName);
      return {
        TimeToLiveDescription: ttl
          ? { TimeToLiveStatus: 'ENABLED', AttributeName: ttl.attribute }
          : { TimeToLiveStatus: 'DISABLED' },
      };
    },
  };

  const updateContinuousBackups: Operation<
    With<UpdateContinuousBackupsInput, 'TableName' | 'PointInTimeRecoverySpecification'>
  > = {
    requires: on('UpdateContinuousBackups'),
    handle({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled = false, RecoveryPeriodInDays },
    }) {
      const table = setRecovery(room, found(TableName), PointInTimeRecoveryEnabled, RecoveryPeriodInDays);
      return { ContinuousBackupsDescription: backupsOf(table) };
    },
  };

  const describeContinuousBackups: Operation<With<DescribeContinuousBackupsInput, 'TableName'>> = {
    requires: on('DescribeContinuousBackups'),
    handle: ({ TableName }) => ({ ContinuousBackupsDescription: backupsOf(found(TableName)) }),
  };

  const updateContributorInsights: Operation<With<UpdateContributorInsightsInput, 'TableName'>> = {
    requires: on('UpdateContributorInsights'),
    handle({ TableName, IndexName, ContributorInsightsAction }) {
      const table = existing(room, TableName);
      const others = (table.contributorInsights ?? []).filter((name) => name !== (IndexName ?? ''));
      const enabled = ContributorInsightsAction === 'ENABLE';
      tables.put({ ...table, contributorInsights: enabled ? [...others, IndexName ?? ''] : others });
      return { TableName: table.name, IndexName, ContributorInsightsStatus: enabled ? 'ENABLING' : 'DISABLING' };
    },
  };

  const describeContributorInsights: Operation<With<DescribeContributorInsightsInput, 'TableName'>> = {
    requires: on('DescribeContributorInsights'),
    handle({ TableName, IndexName }) {
      const table = existing(room, TableName);
      const enabled = table.contributorInsights?.includes(IndexName ?? '') ?? false;
      return { TableName: table.name, IndexName, ContributorInsightsStatus: enabled ? 'ENABLED' : 'DISABLED' };
    },
  };

  return {
    UpdateTimeToLive: updateTimeToLive,
    DescribeTimeToLive: describeTimeToLive,
    UpdateContinuousBackups: updateContinuousBackups,
    DescribeContinuousBackups: describeContinuousBackups,
    UpdateContributorInsights: updateContributorInsights,
    DescribeContributorInsights: describeContributorInsights,
  };
}
