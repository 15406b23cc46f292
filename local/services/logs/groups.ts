/** What CloudWatch Logs keeps of a group besides its events, which are telemetry's. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import type { LogArchive, LogGroup } from '../../kernel/telemetry.ts';
import { noSuchGroup } from './errors.ts';
import { type Filters, openFilters } from './filter-records.ts';
import { type Ingestion, watchIngestion } from './ingestion.ts';
import type { QueryDefinitionRecord } from './insights/definitions.ts';
import type { PolicyRecord } from './policies.ts';

export interface GroupSettings {
  readonly tags?: Readonly<Record<string, string>>;
  readonly kmsKeyId?: string;
  readonly logGroupClass?: string;
  readonly deletionProtection?: boolean;
}

/** What the operations of this room work with. */
export interface Room extends ServiceContext {
  readonly archive: LogArchive;
  readonly settings: Collection<GroupSettings>;
  readonly filters: Filters;
  /** By name. */
  readonly policies: Collection<PolicyRecord>;
  /** By id. */
  readonly definitions: Collection<QueryDefinitionRecord>;
  /** Opened when it is first asked for. */
  ingestion(): Ingestion;
  /** `arn:aws:logs:us-east-1:123456789012:log-group:NAME`, without the `:*` that policies and old answers have. */
  groupArn(name: string): string;
}

export function openRoom(context: ServiceContext): Room {
  const { partition, region, accountId } = context;
  let ingestion: Ingestion | undefined;
  const room: Room = {
    ...context,
    filters: openFilters(context),
    policies: context.store.collection('logs', 'resource-policies'),
    definitions: context.store.collection('logs', 'query-definitions'),
    ingestion() {
      ingestion ??= watchIngestion(room);
      return ingestion;
    },
    archive: context.telemetry.logs,
    settings: context.store.collection<GroupSettings>('logs', 'groups'),
    groupArn: (name) => `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`,
  };
  return room;
}

/** Operations take a name, or a name or ARN as `logGroupIdentifier`. Throws ResourceNotFoundException. */
export function findGroup(room: Room, input: { logGroupName?: string; logGroupIdentifier?: string }): LogGroup {
  const group = room.archive.group(nameOf(input));
  if (!group) throw noSuchGroup();
  return group;
}

export function nameOf(input: { logGroupName?: string; logGroupIdentifier?: string }): string {
  const identifier = input.logGroupName ?? input.logGroupIdentifier ?? '';
  return nameInArn(identifier) ?? identifier;
}

/** Undefined for anything that is no log group's ARN. */
export function nameInArn(arn: string): string | undefined {
  return /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:(.+?)(:\*|:log-stream:.*)?$/.exec(arn)?.[1];
}
