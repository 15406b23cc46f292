/** What this room keeps, and what its parts are built from. Times are ms since 1970. */
import type { Target } from '@aws-sdk/client-scheduler';
import type { Collection, ServiceContext } from '../../kernel/index.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';

export type ScheduleTarget = Target & { readonly Arn: string; readonly RoleArn: string };

export interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly arn: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly description?: string;
  readonly startAt?: number;
  readonly endAt?: number;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly kmsKeyArn?: string;
  readonly target: ScheduleTarget;
  /** Minutes; absent: at its time exactly. */
  readonly windowMinutes?: number;
  readonly deletesItself: boolean;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface Room extends ServiceContext {
  /** By `group/name`. */
  readonly schedules: Collection<Schedule>;
  readonly groups: Collection<Group>;
  /** After a schedule was put or removed; the argument is its key. */
  readonly changed: (key: string) => void;
}

export const SCHEDULER = 'scheduler.amazonaws.com';
export const DEFAULT_GROUP = 'default';

export const keyOf = (group: string, name: string): string => `${group}/${name}`;

export const arnOf = (
  { partition, region, accountId }: Pick<ServiceContext, 'partition' | 'region' | 'accountId'>,
  resource: string,
): string => `arn:${partition}:scheduler:${region}:${accountId}:${resource}`;

export const say = ({ telemetry, clock }: Pick<ServiceContext, 'telemetry' | 'clock'>, message: string): void =>
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);

/** Inputs come in through the wire or from a provider; what is required is then known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };
