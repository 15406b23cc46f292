/**
 * Deployments on their way: hook, traffic, hook; and back, when one of them fails or an alarm rings.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
 */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import { Refusal } from '../../kernel/doors.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import { findConfig, trafficSteps } from './deployment-configs.ts';
import type {
  CodeDeployRecords,
  DeploymentRecord,
  GroupRecord,
  LifecycleEvent,
  LifecycleEventName,
  RollbackEvent,
} from './records.ts';

export interface DeploymentsOptions {
  readonly context: ServiceContext;
  readonly records: CodeDeployRecords;
  /** Waits are divided by it. */
  readonly speed: number;
}

export interface Deployments {
  /** Begins. */
  start(deployment: DeploymentRecord, group: GroupRecord): void;
  /** Resolves with the record when it has ended; at once when it has already. */
  ended(id: string): Promise<DeploymentRecord | undefined>;
  /** Gives back false when it has ended already. */
  stopDeployment(id: string): boolean;
  /** A hook function reports. Throws AwsError when nobody waits for it. */
  report(deploymentId: string, hookExecutionId: string, status: string): void;
  /** Ends everything without deciding anything: the next start asks again. */
  stop(): void;
}

/** https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html: one hour. */
const HOOK_TIMEOUT_MS = 3_600_000;
const ALARMS_EVERY_MS = 10_000;

/** Why a deployment does not go on. */
class Halt extends Error {
  readonly code: string;
  readonly event: RollbackEvent;
  constructor(event: RollbackEvent, code: string, message: string) {
    super(message);
    this.event = event;
    this.code = code;
  }
}

interface Hook {
  readonly deploymentId: string;
  readonly resolve: (status: string) => void;
}

export function createDeployments({ context, records, speed }: DeploymentsOptions): Deployments {
  const { clock, dispatch, telemetry, accountId } = context;
  const running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  const hooks = new Map<string, Hook>();
  const closing = new AbortController();

  // What a crash or a stop cut off: whoever wanted the deployment asks for it again.
  for (const { key, value } of records.deployments.list()) {
    if (value.status !== 'Created' && value.status !== 'InProgress') continue;
    const error = { code: 'INTERNAL_ERROR', message: 'The local cloud ended during the deployment.' };
    records.deployments.put(key, { ...value, status: 'Failed', error, completedAt: clock.now() });
  }

  /** In the group's service role. */
  const call = (group: GroupRecord, service: string, operation: string, input: unknown): Promise<unknown> =>
    dispatch({
      caller: {
        kind: 'role',
        roleArn: group.serviceRoleArn,
        service: 'codedeploy.amazonaws.com',
        sessionName: 'CodeDeploy',
        sourceAccount: accountId,
      },
      service,
      operation,
      input,
    });

  function change(id: string, changes: Partial<DeploymentRecord>): DeploymentRecord {
    const record = { ...(records.deployments.get(id) as DeploymentRecord), ...changes };
    records.deployments.put(id, record);
    return record;
  }

  function mark(id: string, name: LifecycleEventName, changes: Partial<LifecycleEvent>): void {
    const { events } = records.deployments.get(id) as DeploymentRecord;
    change(id, { events: events.map((event) => (event.name === name ? { ...event, ...changes } : event)) });
  }

  async function run(id: string, group: GroupRecord, signal: AbortSignal): Promise<void> {
    const { spec } = change(id, { status: 'InProgress' });
    try {
      await step(id, 'BeforeAllowTraffic', () => hook(id, group, spec.beforeAllowTraffic, signal));
      await step(id, 'AllowTraffic', () => shift(id, group, signal));
      await step(id, 'AfterAllowTraffic', () => hook(id, group, spec.afterAllowTraffic, signal));
      change(id, { status: 'Succeeded', completedAt: clock.now() });
    } catch (error) {
      if (closing.signal.aborted) return;
      await halted(id, group, asHalt(error, group, signal));
    }
  }

  async function step(id: string, name: LifecycleEventName, work: () => Promise<'done' | 'skipped'>): Promise<void> {
    mark(id, name, { status: 'InProgress', startedAt: clock.now() });
    try {
      const how = await work();
      mark(id, name, { status: how === 'done' ? 'Succeeded' : 'Skipped', endedAt: clock.now() });
    } catch (error) {
      if (!closing.signal.aborted) {
        mark(id, name, { status: 'Failed', endedAt: clock.now(), message: (error as Error).message });
      }
      throw error;
    }
  }

  async function halted(id: string, group: GroupRecord, halt: Halt): Promise<void> {
    const { spec } = records.deployments.get(id) as DeploymentRecord;
    const rollsBack = group.rollsBackOn.includes(halt.event);
    if (rollsBack)
      await route(id, group, 0).catch((error) =>
        say(`${spec.functionName}:${spec.alias} could not be rolled back: ${error.message}`),
      );
    change(id, {
      status: halt.event === 'DEPLOYMENT_FAILURE' ? 'Failed' : 'Stopped',
      completedAt: clock.now(),
      error: { code: halt.code, message: halt.message },
      rolledBack: rollsBack,
    });
    say(`deployment ${id} of ${spec.functionName}:${spec.alias}: ${halt.message}${rollsBack ? '; rolled back' : ''}`);
  }

  async function shift(id: string, group: GroupRecord, signal: AbortSignal): Promise<'done'> {
    const { configName } = records.deployments.get(id) as DeploymentRecord;
    const config = findConfig(records, configName);
    if (!config) throw new Halt('DEPLOYMENT_FAILURE', 'DEPLOYMENT_CONFIG_MISSING', `no configuration ${configName}`);
    for (const { percent, minutes } of trafficSteps(config.routing)) {
      await checkAlarms(group);
      await route(id, group, percent);
      await wait((minutes * 60_000) / speed, group, signal);
    }
    return 'done';
  }

  /** `percent` of the alias's requests go to the target version. */
  async function route(id: string, group: GroupRecord, percent: number): Promise<void> {
    const { spec } = change(id, { shifted: percent });
    await call(group, 'lambda', 'UpdateAlias', {
      FunctionName: spec.functionName,
      Name: spec.alias,
      FunctionVersion: percent === 100 ? spec.targetVersion : spec.currentVersion,
      RoutingConfig: {
        AdditionalVersionWeights: percent === 0 || percent === 100 ? {} : { [spec.targetVersion]: percent / 100 },
      },
    });
  }

  /** Looks at the alarms now and then meanwhile. */
  async function wait(ms: number, group: GroupRecord, signal: AbortSignal): Promise<void> {
    const end = clock.now() + ms;
    for (let left = ms; left > 0; left = end - clock.now()) {
      await clock.sleep(Math.min(left, ALARMS_EVERY_MS / speed), signal);
      await checkAlarms(group);
    }
  }

  async function checkAlarms(group: GroupRecord): Promise<void> {
    const { alarms } = group;
    if (alarms.length === 0) return;
    const output = await call(group, 'monitoring', 'DescribeAlarms', { AlarmNames: alarms, StateValue: 'ALARM' });
    const ringing = (output as { MetricAlarms: { AlarmName: string }[] }).MetricAlarms.map(
      ({ AlarmName }) => AlarmName,
    );
    if (ringing.length === 0) return;
    const message = `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <${ringing.join(', ')}>`;
    throw new Halt('DEPLOYMENT_STOP_ON_ALARM', 'ALARM_ACTIVE', message);
  }

  /** Runs a validation function and waits until it has reported. */
  async function hook(
    id: string,
    group: GroupRecord,
    functionName: string | undefined,
    signal: AbortSignal,
  ): Promise<'done' | 'skipped'> {
    await checkAlarms(group);
    if (functionName === undefined) return 'skipped';
    const executionId = randomBytes(48).toString('base64url');
    const failed = (message: string) => new Halt('DEPLOYMENT_FAILURE', 'HEALTH_CONSTRAINTS', message);
    const over = new AbortController();
    try {
      const reported = new Promise<string>((resolve) => hooks.set(executionId, { deploymentId: id, resolve }));
      const Payload = JSON.stringify({ DeploymentId: id, LifecycleEventHookExecutionId: executionId });
      const invoked = call(group, 'lambda', 'Invoke', { FunctionName: functionName, Payload }).then((output) => {
        const { FunctionError, Payload: answer } = output as { FunctionError?: string; Payload?: string };
        // Lambda would leave CodeDeploy waiting for its hour; what is known now is said now.
        if (FunctionError !== undefined) throw failed(`The validation function ${functionName} failed: ${answer}`);
        return new Promise<never>(() => {});
      });
      const late = clock.sleep(HOOK_TIMEOUT_MS / speed, AbortSignal.any([signal, over.signal])).then((): never => {
        throw failed(`The validation function ${functionName} did not report within an hour.`);
      });
      const status = await Promise.race([reported, invoked, late]);
      if (status !== 'Succeeded') throw failed(`The validation function ${functionName} reported ${status}.`);
      await checkAlarms(group);
      return 'done';
    } finally {
      hooks.delete(executionId);
      over.abort();
    }
  }

  function say(message: string): void {
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return {
    start(deployment, group) {
      records.deployments.put(deployment.id, deployment);
      const { functionName, alias, currentVersion, targetVersion } = deployment.spec;
      const pace = speed === 1 ? '' : `, ${speed} times as fast as on AWS`;
      say(
        `${functionName}:${alias} goes from version ${currentVersion} to ${targetVersion}: ${deployment.configName}${pace}`,
      );
      const stop = new AbortController();
      const ended = run(deployment.id, group, AbortSignal.any([stop.signal, closing.signal]))
        .catch((error) => say(`deployment ${deployment.id} could not be ended: ${(error as Error).stack}`))
        .finally(() => running.delete(deployment.id));
      running.set(deployment.id, { stop, ended });
    },
    async ended(id) {
      await running.get(id)?.ended;
      return records.deployments.get(id);
    },
    stopDeployment(id) {
      const one = running.get(id);
      one?.stop.abort();
      return one !== undefined;
    },
    report(deploymentId, hookExecutionId, status) {
      const waiting = hooks.get(hookExecutionId);
      if (waiting?.deploymentId !== deploymentId) {
        throw new AwsError(
          'InvalidLifecycleEventHookExecutionIdException',
          'A lifecycle event hook is invalid. Review the hooks section in your AppSpec file to ensure the lifecycle events and hooks functions are valid.',
        );
      }
      waiting.resolve(status);
    },
    stop: () => closing.abort(),
  };
}

function asHalt(error: unknown, { serviceRoleArn }: GroupRecord, signal: AbortSignal): Halt {
  if (error instanceof Halt) return error;
  if (signal.aborted) return new Halt('DEPLOYMENT_STOP_ON_REQUEST', 'MANUAL_STOP', 'The deployment was stopped.');
  if (error instanceof Refusal)
    return new Halt('DEPLOYMENT_FAILURE', 'IAM_ROLE_PERMISSIONS', roleFallsShort(serviceRoleArn, error));
  return new Halt('DEPLOYMENT_FAILURE', 'INTERNAL_ERROR', (error as Error).message);
}

/** https://docs.aws.amazon.com/codedeploy/latest/userguide/error-codes.html */
function roleFallsShort(roleArn: string, { message }: Refusal): string {
  const service = message.includes('cloudwatch:') ? 'AmazonCloudWatch' : 'AWSLambda';
  return `The IAM role ${roleArn} does not give you permission to perform operations in the following AWS service: ${service}. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.`;
}
