/** The API. https://docs.aws.amazon.com/codedeploy/latest/APIReference/Welcome.html */
import { randomInt } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation, ServiceContext } from '../../kernel/service.ts';
import { readAppSpec } from './app-spec.ts';
import { configNames, findConfig } from './deployment-configs.ts';
import type { Deployments } from './deployments.ts';
import { describeConfig, describeDeployment, describeGroup, describeTarget } from './descriptions.ts';
import {
  type CodeDeployRecords,
  type DeploymentRecord,
  type DeploymentStatus,
  type GroupRecord,
  groupKey,
} from './records.ts';

/** An operation nobody outside can call: resolves when the deployment has ended, with its record. */
const AWAIT_DEPLOYMENT = 'AwaitDeployment';

interface CreateDeploymentInput {
  readonly applicationName: string;
  readonly deploymentGroupName?: string;
  readonly deploymentConfigName?: string;
  readonly description?: string;
  readonly revision?: {
    readonly appSpecContent?: { readonly content?: string };
    readonly string?: { readonly content?: string };
  };
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export interface Parts {
  readonly context: ServiceContext;
  readonly records: CodeDeployRecords;
  readonly deployments: Deployments;
}

export function operations({ context, records, deployments }: Parts): Readonly<Record<string, Operation>> {
  const { region, accountId, partition, clock } = context;
  const arn = (resource: string) => `arn:${partition}:codedeploy:${region}:${accountId}:${resource}`;
  const requires = (action: string, resource = '*') => [{ action: `codedeploy:${action}`, resource }];
  const onGroup =
    (action: string) =>
    ({ applicationName, deploymentGroupName = '*' }: { applicationName: string; deploymentGroupName?: string }) =>
      requires(action, arn(`deploymentgroup:${applicationName}/${deploymentGroupName}`));
  /** A deployment is its group's matter. */
  const onDeployments = (action: string, ids: readonly string[]) =>
    ids.flatMap((id) => {
      const { applicationName = '*', groupName = '*' } = records.deployments.get(id) ?? {};
      return requires(action, arn(`deploymentgroup:${applicationName}/${groupName}`));
    });

  function application(name: string) {
    const found = records.applications.get(name);
    if (found) return found;
    throw new AwsError('ApplicationDoesNotExistException', `Applications do not exist: ${name}`);
  }
  function group(applicationName: string, name: string | undefined): GroupRecord {
    application(applicationName);
    if (name === undefined)
      throw new AwsError('DeploymentGroupNameRequiredException', 'Deployment Group name is missing');
    const found = records.groups.get(groupKey(applicationName, name));
    if (found) return found;
    throw new AwsError('DeploymentGroupDoesNotExistException', `No Deployment Group found for name: ${name}`);
  }
  function deployment(id: string): DeploymentRecord {
    const found = records.deployments.get(id);
    if (found) return found;
    throw new AwsError('DeploymentDoesNotExistException', `The deployment ${id} could not be found`);
  }
  const isActive = ({ status }: DeploymentRecord) => status === 'Created' || status === 'InProgress';

  return {
    CreateDeployment: {
      requires: onGroup('CreateDeployment'),
      handle(input: CreateDeploymentInput) {
        const owner = group(input.applicationName, input.deploymentGroupName);
        const content = input.revision?.appSpecContent?.content ?? input.revision?.string?.content;
        if (content === undefined) {
          throw new AwsError('RevisionRequiredException', 'A revision with the content of an AppSpec file is required');
        }
        const spec = readAppSpec(content);
        const configName = input.deploymentConfigName ?? owner.configName;
        if (!findConfig(records, configName)) {
          throw new AwsError(
            'DeploymentConfigDoesNotExistException',
            `No Deployment Configuration found for name: ${configName}`,
          );
        }
        const active = records.deployments
          .list()
          .find(
            ({ value }) =>
              isActive(value) && value.applicationName === owner.applicationName && value.groupName === owner.name,
          );
        if (active) {
          throw new AwsError(
            'DeploymentLimitExceededException',
            `The Deployment Group '${owner.name}' already has an active Deployment '${active.key}'`,
          );
        }
        const id = `d-${Array.from({ length: 9 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
        deployments.start(
          {
            id,
            applicationName: owner.applicationName,
            groupName: owner.name,
            configName,
            content,
            spec,
            description: input.description,
            status: 'Created',
            createdAt: clock.now(),
            shifted: 0,
            events: (['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'] as const).map((name) => ({
              name,
              status: 'Pending',
            })),
          },
          owner,
        );
        return { deploymentId: id };
      },
    },

    [AWAIT_DEPLOYMENT]: {
      requires: () => [],
      handle: ({ deploymentId }: { readonly deploymentId: string }) => deployments.ended(deploymentId),
    },

    GetDeployment: {
      requires: ({ deploymentId }: { readonly deploymentId: string }) => onDeployments('GetDeployment', [deploymentId]),
      handle: ({ deploymentId }: { readonly deploymentId: string }) => ({
        deploymentInfo: describeDeployment(deployment(deploymentId)),
      }),
    },

    BatchGetDeployments: {
      requires: ({ deploymentIds }: { readonly deploymentIds: readonly string[] }) =>
        onDeployments('BatchGetDeployments', deploymentIds),
      handle: ({ deploymentIds }: { readonly deploymentIds: readonly string[] }) => ({
        deploymentsInfo: deploymentIds.flatMap((id) => records.deployments.get(id) ?? []).map(describeDeployment),
      }),
    },

    ListDeployments: {
      requires: ({
        applicationName = '*',
        deploymentGroupName,
      }: {
        applicationName?: string;
        deploymentGroupName?: string;
      }) => onGroup('ListDeployments')({ applicationName, deploymentGroupName }),
      handle(input: {
        readonly applicationName?: string;
        readonly deploymentGroupName?: string;
        readonly includeOnlyStatuses?: readonly DeploymentStatus[];
      }) {
        const found = records.deployments
          .list()
          .map(({ value }) => value)
          .filter(
            ({ applicationName, groupName, status }) =>
              (input.applicationName ?? applicationName) === applicationName &&
              (input.deploymentGroupName ?? groupName) === groupName &&
              (!input.includeOnlyStatuses?.length || input.includeOnlyStatuses.includes(status)),
          )
          .toSorted((a, b) => b.createdAt - a.createdAt);
        return { deployments: found.map(({ id }) => id) };
      },
    },

    StopDeployment: {
      requires: () => requires('StopDeployment'),
      handle({ deploymentId }: { readonly deploymentId: string }) {
        deployment(deploymentId);
        if (!deployments.stopDeployment(deploymentId)) {
          throw new AwsError('DeploymentAlreadyCompletedException', `Deployment ${deploymentId} is already completed`);
        }
        return { status: 'Pending', statusMessage: 'No instance in the deployment group is being stopped.' };
      },
    },

    GetDeploymentTarget: {
      requires: () => requires('GetDeploymentTarget'),
      handle: ({ deploymentId }: { readonly deploymentId: string }) => ({
        deploymentTarget: describeTarget(deployment(deploymentId), arn),
      }),
    },

    BatchGetDeploymentTargets: {
      requires: () => requires('BatchGetDeploymentTargets'),
      handle: ({ deploymentId }: { readonly deploymentId: string }) => ({
        deploymentTargets: [describeTarget(deployment(deploymentId), arn)],
      }),
    },

    ListDeploymentTargets: {
      requires: () => requires('ListDeploymentTargets'),
      handle({ deploymentId }: { readonly deploymentId: string }) {
        const { spec } = deployment(deploymentId);
        return { targetIds: [`${spec.functionName}:${spec.alias}`] };
      },
    },

    PutLifecycleEventHookExecutionStatus: {
      requires: () => requires('PutLifecycleEventHookExecutionStatus'),
      handle(input: {
        readonly deploymentId?: string;
        readonly lifecycleEventHookExecutionId?: string;
        readonly status?: string;
      }) {
        const { deploymentId = '', lifecycleEventHookExecutionId = '', status = '' } = input;
        if (status !== 'Succeeded' && status !== 'Failed') {
          throw new AwsError(
            'InvalidLifecycleEventHookExecutionStatusException',
            'The result of a Lambda validation function that verifies a lifecycle event is invalid. It should return Succeeded or Failed.',
          );
        }
        deployment(deploymentId);
        deployments.report(deploymentId, lifecycleEventHookExecutionId, status);
        return { lifecycleEventHookExecutionId };
      },
    },

    GetApplication: {
      requires: ({ applicationName }: { readonly applicationName: string }) =>
        requires('GetApplication', arn(`application:${applicationName}`)),
      handle({ applicationName }: { readonly applicationName: string }) {
        const { name, id, createdAt } = application(applicationName);
        return {
          application: {
            applicationId: id,
            applicationName: name,
            createTime: new Date(createdAt),
            linkedToGitHub: false,
            computePlatform: 'Lambda',
          },
        };
      },
    },

    ListApplications: {
      requires: () => requires('ListApplications'),
      handle: () => ({ applications: records.applications.list().map(({ key }) => key) }),
    },

    GetDeploymentGroup: {
      requires: onGroup('GetDeploymentGroup'),
      handle: (input: { readonly applicationName: string; readonly deploymentGroupName: string }) => ({
        deploymentGroupInfo: describeGroup(group(input.applicationName, input.deploymentGroupName)),
      }),
    },

    ListDeploymentGroups: {
      requires: ({ applicationName }: { readonly applicationName: string }) =>
        requires('ListDeploymentGroups', arn(`application:${applicationName}`)),
      handle({ applicationName }: { readonly applicationName: string }) {
        application(applicationName);
        const found = records.groups.list({ prefix: `${applicationName}\n` });
        return { applicationName, deploymentGroups: found.map(({ value }) => value.name) };
      },
    },

    GetDeploymentConfig: {
      requires: ({ deploymentConfigName }: { readonly deploymentConfigName: string }) =>
        requires('GetDeploymentConfig', arn(`deploymentconfig:${deploymentConfigName}`)),
      handle({ deploymentConfigName: name }: { readonly deploymentConfigName: string }) {
        const config = findConfig(records, name);
        if (config) return { deploymentConfigInfo: describeConfig(config) };
        throw new AwsError(
          'DeploymentConfigDoesNotExistException',
          `No Deployment Configuration found for name: ${name}`,
        );
      },
    },

    ListDeploymentConfigs: {
      requires: () => requires('ListDeploymentConfigs'),
      handle: () => ({ deploymentConfigsList: configNames(records) }),
    },
  };
}
