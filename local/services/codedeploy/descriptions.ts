/** Records as the API shows them. */
import type { ConfigRecord, DeploymentRecord, GroupRecord } from './records.ts';

const time = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

export function describeDeployment(record: DeploymentRecord): object {
  const { status, error } = record;
  const isActive = status === 'Created' || status === 'InProgress';
  return {
    applicationName: record.applicationName,
    deploymentGroupName: record.groupName,
    deploymentConfigName: record.configName,
    deploymentId: record.id,
    revision: { revisionType: 'AppSpecContent', appSpecContent: { content: record.content } },
    status,
    errorInformation: error,
    createTime: time(record.createdAt),
    startTime: time(record.createdAt),
    completeTime: time(record.completedAt),
    deploymentOverview: {
      Pending: 0,
      InProgress: isActive ? 1 : 0,
      Succeeded: status === 'Succeeded' ? 1 : 0,
      Failed: status === 'Failed' || status === 'Stopped' ? 1 : 0,
      Skipped: 0,
      Ready: 0,
    },
    description: record.description,
    creator: 'user',
    ignoreApplicationStopFailures: false,
    rollbackInfo: record.rolledBack
      ? { rollbackMessage: `The alias was pointed at version ${record.spec.currentVersion} again.` }
      : undefined,
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    computePlatform: 'Lambda',
  };
}

export function describeTarget(record: DeploymentRecord, arn: (resource: string) => string): object {
  const { functionName, alias, currentVersion, targetVersion } = record.spec;
  return {
    deploymentTargetType: 'LambdaTarget',
    lambdaTarget: {
      deploymentId: record.id,
      targetId: `${functionName}:${alias}`,
      targetArn: arn(`deployment:${record.id}`),
      status: record.status === 'Created' ? 'Pending' : record.status === 'Stopped' ? 'Failed' : record.status,
      lastUpdatedAt: time(record.completedAt ?? record.createdAt),
      lifecycleEvents: record.events.map(({ name, status, startedAt, endedAt, message }) => ({
        lifecycleEventName: name,
        startTime: time(startedAt),
        endTime: time(endedAt),
        status,
        diagnostics: message === undefined ? undefined : { errorCode: 'ScriptFailed', message },
      })),
      lambdaFunctionInfo: {
        functionName,
        functionAlias: alias,
        currentVersion,
        targetVersion,
        targetVersionWeight: record.shifted / 100,
      },
    },
  };
}

export function describeGroup(group: GroupRecord): object {
  return {
    applicationName: group.applicationName,
    deploymentGroupId: group.id,
    deploymentGroupName: group.name,
    deploymentConfigName: group.configName,
    serviceRoleArn: group.serviceRoleArn,
    alarmConfiguration: { enabled: group.alarms.length > 0, alarms: group.alarms.map((name) => ({ name })) },
    autoRollbackConfiguration: { enabled: group.rollsBackOn.length > 0, events: group.rollsBackOn },
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    computePlatform: 'Lambda',
  };
}

export function describeConfig({ name, id, routing, createdAt }: ConfigRecord): object {
  const { kind } = routing;
  return {
    deploymentConfigId: id,
    deploymentConfigName: name,
    createTime: time(createdAt),
    computePlatform: 'Lambda',
    trafficRoutingConfig:
      kind === 'all-at-once'
        ? { type: 'AllAtOnce' }
        : kind === 'canary'
          ? {
              type: 'TimeBasedCanary',
              timeBasedCanary: { canaryPercentage: routing.percentage, canaryInterval: routing.minutes },
            }
          : {
              type: 'TimeBasedLinear',
              timeBasedLinear: { linearPercentage: routing.percentage, linearInterval: routing.minutes },
            },
  };
}
