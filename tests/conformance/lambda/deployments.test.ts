/**
 * Versions, aliases and gradual deployments from a template.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
 */
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  BatchGetDeploymentTargetsCommand,
  CodeDeployClient,
  GetDeploymentCommand,
  ListDeploymentsCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-codedeploy';
import { GetAliasCommand, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../local/kernel/manual-clock.ts';
import { type Contents, eventually, type FunctionProperties, functions, inHouse, ROLE_OF_TEMPLATE } from '../house.ts';
import { sdkBundle } from '../sdk-bundle.ts';

const MINUTE = 60_000;
const clock = new ManualClock();
const SDK = sdkBundle('@aws-sdk/client-codedeploy');

/** As the SAM guide writes such a hook: it checks something, and reports. */
const HOOK = `const { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } = require('./sdk.js');
exports.handler = async (event) => {
  console.log('HOOKED ' + Object.keys(event).sort());
  await new CodeDeployClient({}).send(new PutLifecycleEventHookExecutionStatusCommand({
    deploymentId: event.DeploymentId,
    lifecycleEventHookExecutionId: event.LifecycleEventHookExecutionId,
    status: process.env.STATUS,
  }));
};`;

interface Wanted {
  readonly release: number;
  readonly type?: string;
  readonly pre?: 'Succeeded' | 'Failed';
  readonly post?: 'Succeeded' | 'Failed';
}

const alarm = {
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: 'shop-errors',
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: 'shop' }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  },
};

function contents({
  release,
  type = 'Canary10Percent5Minutes',
  pre = 'Succeeded',
  post = 'Succeeded',
}: Wanted): Contents {
  const hook = (STATUS: string): FunctionProperties => ({
    code: { 'index.js': HOOK, 'sdk.js': SDK },
    Role: ROLE_OF_TEMPLATE,
    Environment: { Variables: { STATUS } },
  });
  return functions(
    {
      shop: {
        code: `exports.handler = async ({ fail }) => { if (fail) throw new Error('as asked'); return ${release}; };`,
        AutoPublishAlias: 'live',
        DeploymentPreference: {
          Type: type,
          Alarms: [{ Ref: 'ShopErrors' }],
          Hooks: { PreTraffic: { Ref: 'CodeDeployHookbefore' }, PostTraffic: { Ref: 'CodeDeployHookafter' } },
        },
      },
      // CodeDeploy's role may invoke functions of such names only.
      CodeDeployHook_before: hook(pre),
      CodeDeployHook_after: hook(post),
    },
    { ShopErrors: alarm },
  );
}

const house = inHouse({ clock, ...contents({ release: 1 }) });

const codeDeploy = () => house().client(CodeDeployClient);
const alias = () => house().lambda.send(new GetAliasCommand({ FunctionName: 'shop', Name: 'live' }));
const weights = async () => (await alias()).RoutingConfig?.AdditionalVersionWeights ?? {};
const hooked = (name: string) =>
  house()
    .messages(name)
    .filter((line) => line.includes('HOOKED')).length;
/** The list begins with the newest; the clock moves on between them. */
async function latest() {
  const { deployments = [] } = await codeDeploy().send(new ListDeploymentsCommand({}));
  return deployments[0] as string;
}
const deployment = async (deploymentId: string) =>
  (await codeDeploy().send(new GetDeploymentCommand({ deploymentId }))).deploymentInfo;

/** Applies, and says what came of it when it is over. */
function apply(wanted: Wanted): { readonly over: Promise<'applied' | Error> } {
  const applied = house().apply(contents(wanted));
  return {
    over: applied.then(
      () => 'applied' as const,
      (error: Error) => error,
    ),
  };
}

/** Time goes by until it holds. */
async function passing(condition: () => boolean | Promise<boolean>, stepMs = 1000): Promise<void> {
  await eventually(async () => {
    if (await condition()) return true;
    await clock.advance(stepMs);
    return condition();
  }, 20_000);
}

describe('a gradual deployment', () => {
  test('the first version gets all the traffic at once', async () => {
    expect(await alias()).toMatchObject({ FunctionVersion: '1' });
    await expect(house().invoke('shop:live')).resolves.toMatchObject({ value: 1, executedVersion: '1' });
    expect(hooked('CodeDeployHook_before')).toBe(0);
  });

  test('canary: a hook, ten percent for five minutes, the rest, a hook', async () => {
    const { over } = apply({ release: 2 });
    await eventually(async () => (await weights())['2'] === 0.1, 15_000);
    expect(hooked('CodeDeployHook_before')).toBe(1);
    expect(house().messages('CodeDeployHook_before').join('')).toContain(
      'HOOKED DeploymentId,LifecycleEventHookExecutionId',
    );
    const id = await latest();
    expect(await deployment(id)).toMatchObject({ status: 'InProgress', computePlatform: 'Lambda' });
    const versions = new Set<string | undefined>();
    for (let n = 0; n < 200 && versions.size < 2; n += 1) {
      versions.add((await house().invoke('shop:live')).executedVersion);
    }
    expect([...versions].toSorted()).toEqual(['1', '2']);
    await clock.advance(5 * MINUTE - 1);
    expect(await weights()).toEqual({ '2': 0.1 });
    await passing(async () => (await alias()).FunctionVersion === '2', 1);
    expect(await over).toBe('applied');
    expect(hooked('CodeDeployHook_after')).toBe(1);
    expect(await weights()).toEqual({});
    expect(await deployment(id)).toMatchObject({ status: 'Succeeded' });
    const { deploymentTargets } = await codeDeploy().send(
      new BatchGetDeploymentTargetsCommand({ deploymentId: id, targetIds: ['shop:live'] }),
    );
    expect(deploymentTargets?.[0]?.lambdaTarget).toMatchObject({
      lifecycleEvents: [
        { lifecycleEventName: 'BeforeAllowTraffic', status: 'Succeeded' },
        { lifecycleEventName: 'AllowTraffic', status: 'Succeeded' },
        { lifecycleEventName: 'AfterAllowTraffic', status: 'Succeeded' },
      ],
      lambdaFunctionInfo: { functionAlias: 'live', currentVersion: '1', targetVersion: '2', targetVersionWeight: 1 },
    });
    // The old version stays, for whoever is still sent there, and for the way back.
    const { Versions } = await house().lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'shop' }));
    expect(Versions?.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
  }, 40_000);

  test('linear: ten percent more every minute', async () => {
    const { over } = apply({ release: 3, type: 'Linear10PercentEvery1Minute' });
    for (const weight of [0.1, 0.2, 0.3]) {
      await eventually(async () => (await weights())['3'] === weight, 15_000);
      await clock.advance(MINUTE);
    }
    await passing(async () => (await alias()).FunctionVersion === '3', 10_000);
    expect(await over).toBe('applied');
  }, 40_000);

  test('a hook that reports a failure: nothing gets any traffic, and the update is undone', async () => {
    await clock.advance(1);
    const { over } = apply({ release: 4, pre: 'Failed' });
    await expect(over).resolves.toMatchObject({ message: expect.stringContaining('reported Failed') });
    expect(await alias()).toMatchObject({ FunctionVersion: '3' });
    expect(await weights()).toEqual({});
    await expect(house().invoke('shop:live')).resolves.toMatchObject({ value: 3 });
    expect(await deployment(await latest())).toMatchObject({
      status: 'Failed',
      rollbackInfo: { rollbackMessage: expect.any(String) },
    });
  }, 40_000);

  test('an alarm that rings meanwhile: the traffic goes back', async () => {
    await clock.advance(1);
    const { over } = apply({ release: 5 });
    await eventually(async () => Object.values(await weights())[0] === 0.1, 15_000);
    await house()
      .client(CloudWatchClient)
      .send(new SetAlarmStateCommand({ AlarmName: 'shop-errors', StateValue: 'ALARM', StateReason: 'a test' }));
    // The data say that all is well, which the alarm would find at its next look: an error makes it last.
    await house().invoke('shop:live', { fail: true });
    await eventually(() =>
      house()
        .metric('AWS/Lambda', 'Errors', { FunctionName: 'shop' })
        .some(({ sum }) => sum > 0),
    );
    await clock.advance(10_000);
    await expect(over).resolves.toMatchObject({ message: expect.stringContaining('shop-errors') });
    expect(await alias()).toMatchObject({ FunctionVersion: '3' });
    expect(await weights()).toEqual({});
    expect(await deployment(await latest())).toMatchObject({
      status: 'Stopped',
      errorInformation: { code: 'ALARM_ACTIVE' },
    });
  }, 40_000);

  test('a deployment can be stopped', async () => {
    await clock.advance(10 * MINUTE);
    const { over } = apply({ release: 6 });
    await eventually(async () => Object.values(await weights())[0] === 0.1, 15_000);
    await codeDeploy().send(new StopDeploymentCommand({ deploymentId: await latest(), autoRollbackEnabled: true }));
    await expect(over).resolves.toMatchObject({ message: expect.stringContaining('Stopped') });
    expect(await alias()).toMatchObject({ FunctionVersion: '3' });
  }, 40_000);

  test('all at once is all at once', async () => {
    const { over } = apply({ release: 7, type: 'AllAtOnce' });
    expect(await over).toBe('applied');
    await expect(house().invoke('shop:live')).resolves.toMatchObject({ value: 7 });
  }, 40_000);
});
