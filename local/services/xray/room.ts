/** What the operations of this room work with. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Requirement, ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Sampling } from '../../kernel/telemetry/sampling.ts';
import type { TraceArchive } from '../../kernel/telemetry.ts';

/** https://docs.aws.amazon.com/xray/latest/api/API_Group.html */
export interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly filterExpression?: string;
  readonly insights: { readonly InsightsEnabled: boolean; readonly NotificationsEnabled: boolean };
}

export interface EncryptionRecord {
  readonly type: 'NONE' | 'KMS';
  readonly keyId?: string;
}

export interface Room extends ServiceContext {
  readonly archive: TraceArchive;
  readonly sampling: Sampling;
  /** By name. */
  readonly groups: Collection<GroupRecord>;
  /** Of the account, under `config`. */
  readonly encryption: Collection<EncryptionRecord>;
  /** By ARN. */
  readonly tags: Collection<Readonly<Record<string, string>>>;
  ruleArn(name: string): string;
}

export function openRoom(context: ServiceContext): Room {
  const { partition, region, accountId, store, telemetry } = context;
  return {
    ...context,
    archive: telemetry.traces,
    sampling: telemetry.sampling,
    groups: store.collection('xray', 'groups'),
    encryption: store.collection('xray', 'encryption'),
    tags: store.collection('xray', 'tags'),
    ruleArn: (name) => `arn:${partition}:xray:${region}:${accountId}:sampling-rule/${name}`,
  };
}

/** Most operations of X-Ray have no resource. */
export const onEverything = (action: string) => (): readonly Requirement[] => [
  { action: `xray:${action}`, resource: '*' },
];

export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);

export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);
