/** What CodeDeploy remembers. JSON only: it is stored. */
import type { Collection, Store } from '../../kernel/store.ts';

/** How traffic moves. https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html */
export type Routing =
  | { readonly kind: 'all-at-once' }
  /** A percentage first, the rest after `minutes`. */
  | { readonly kind: 'canary'; readonly percentage: number; readonly minutes: number }
  /** A percentage every `minutes`. */
  | { readonly kind: 'linear'; readonly percentage: number; readonly minutes: number };

export interface ConfigRecord {
  readonly name: string;
  readonly id: string;
  readonly routing: Routing;
  /** ms since 1970, as all times here. */
  readonly createdAt: number;
}

export interface ApplicationRecord {
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
}

export interface GroupRecord {
  readonly applicationName: string;
  readonly name: string;
  readonly id: string;
  readonly configName: string;
  readonly serviceRoleArn: string;
  /** Names of CloudWatch alarms that stop a deployment. */
  readonly alarms: readonly string[];
  readonly rollsBackOn: readonly RollbackEvent[];
}

export const ROLLBACK_EVENTS = [
  'DEPLOYMENT_FAILURE',
  'DEPLOYMENT_STOP_ON_ALARM',
  'DEPLOYMENT_STOP_ON_REQUEST',
] as const;
export type RollbackEvent = (typeof ROLLBACK_EVENTS)[number];

/** What an AppSpec file says. */
export interface AppSpec {
  readonly functionName: string;
  readonly alias: string;
  readonly currentVersion: string;
  readonly targetVersion: string;
  /** Function names or ARNs. */
  readonly beforeAllowTraffic?: string;
  readonly afterAllowTraffic?: string;
}

export type DeploymentStatus = 'Created' | 'InProgress' | 'Succeeded' | 'Failed' | 'Stopped';
export type EventStatus = 'Pending' | 'InProgress' | 'Succeeded' | 'Failed' | 'Skipped';
export type LifecycleEventName = 'BeforeAllowTraffic' | 'AllowTraffic' | 'AfterAllowTraffic';

export interface LifecycleEvent {
  readonly name: LifecycleEventName;
  readonly status: EventStatus;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly message?: string;
}

export interface DeploymentRecord {
  readonly id: string;
  readonly applicationName: string;
  readonly groupName: string;
  readonly configName: string;
  readonly content: string;
  readonly spec: AppSpec;
  readonly description?: string;
  readonly status: DeploymentStatus;
  readonly createdAt: number;
  readonly completedAt?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly rolledBack?: boolean;
  /** Percent of the traffic on the target version. */
  readonly shifted: number;
  readonly events: readonly LifecycleEvent[];
}

export interface CodeDeployRecords {
  readonly applications: Collection<ApplicationRecord>;
  /** `application\ngroup` */
  readonly groups: Collection<GroupRecord>;
  /** Those the account made; CodeDeploy's own are in `deployment-configs.ts`. */
  readonly configs: Collection<ConfigRecord>;
  readonly deployments: Collection<DeploymentRecord>;
}

export const groupKey = (applicationName: string, groupName: string): string => `${applicationName}\n${groupName}`;

export function openRecords(store: Store): CodeDeployRecords {
  return {
    applications: store.collection('codedeploy', 'applications'),
    groups: store.collection('codedeploy', 'groups'),
    configs: store.collection('codedeploy', 'configs'),
    deployments: store.collection('codedeploy', 'deployments'),
  };
}
