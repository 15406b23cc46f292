/** `sampan metrics` and `sampan alarms` against an instance that runs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import pico from 'picocolors';
import { type AwsEndpoint, startAwsEndpoint } from '../doors/aws-endpoint/index.ts';
import { createKernel, type Kernel } from '../kernel/index.ts';
import { cloudWatchService } from '../services/cloudwatch/index.ts';
import { type AlarmsFlags, showAlarms } from './alarms.ts';
import type { Cloud } from './cloud.ts';
import { internalRoutes } from './internal-routes.ts';
import { type MetricsFlags, showMetrics } from './metrics.ts';
import { announce } from './running.ts';

let directory: string;
let kernel: Kernel;
let endpoint: AwsEndpoint;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  writeFileSync(join(directory, 'template.yaml'), 'Resources: {}\n');
  const state = join(directory, '.sampan');
  mkdirSync(state);
  kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1' });
  kernel.registry.add(cloudWatchService());
  const cloud = { kernel, physicalIds: () => ({ Slow: 'stack-Slow-1' }) } as unknown as Cloud;
  const health = () => ({ status: 'ready', pid: process.pid });
  endpoint = await startAwsEndpoint({
    ...kernel,
    host: '127.0.0.1',
    port: 0,
    health,
    routes: internalRoutes(() => cloud),
  });
  announce(state, { pid: process.pid, awsUrl: endpoint.url });
  const now = Date.now();
  for (const [minutes, value] of [
    [2, 5],
    [1, 9],
  ] as const) {
    kernel.telemetry.metric({
      namespace: 'Shop',
      name: 'Latency',
      dimensions: { Page: 'home' },
      value,
      timestamp: now - minutes * 60_000,
    });
  }
  const alarm = {
    Namespace: 'Shop',
    MetricName: 'Latency',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  };
  const call = (operation: string, input: object) =>
    kernel.dispatch({ caller: { kind: 'client' }, service: 'monitoring', operation, input });
  await call('PutMetricAlarm', {
    ...alarm,
    AlarmName: 'stack-Slow-1',
    AlarmDescription: 'Slow. Runbook - docs/runbooks/api-latency.md',
  });
  await call('SetAlarmState', { AlarmName: 'stack-Slow-1', StateValue: 'ALARM', StateReason: 'by hand' });
});

afterAll(async () => {
  await endpoint.stop();
  await kernel.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function said(
  run: (out: {
    stream: PassThrough;
    pretty: boolean;
    colours: ReturnType<typeof pico.createColors>;
  }) => Promise<number>,
) {
  const stream = new PassThrough();
  const exitCode = await run({ stream, pretty: false, colours: pico.createColors(false) });
  return { exitCode, text: String(stream.read() ?? '') };
}

const project = () => ({ template: join(directory, 'template.yaml') });
const metrics = (namespace?: string, name?: string, more: object = {}) =>
  said((out) =>
    showMetrics(
      namespace,
      name,
      { ...project(), dimension: [], period: 60, since: '1h', json: false, ...more } as MetricsFlags,
      out,
    ),
  );
const alarms = (name?: string, more: object = {}) =>
  said((out) =>
    showAlarms(
      name,
      { ...project(), history: false, follow: false, exitCode: false, json: false, ...more } as AlarmsFlags,
      out,
    ),
  );

test('metrics are listed, and one is drawn', async () => {
  expect(await metrics()).toEqual({ exitCode: 0, text: 'Shop Latency Page=home\n' });
  const { text } = await metrics('Shop', 'Latency', { stat: 'Maximum', dimension: ['Page=home'] });
  expect(text).toMatch(/^Shop Latency Page=home Maximum of 60 s, since 1h\n {2}▁█\n {2}least 5, most 9, last 9\n/);
  const { text: json } = await metrics('Shop', 'Latency', { json: true });
  expect(JSON.parse(json)).toMatchObject({ metric: { MetricName: 'Latency' }, points: [{ value: 5 }, { value: 9 }] });
  await expect(metrics('Shop', 'Nothing')).rejects.toThrow(/no metric Nothing/);
  await expect(metrics('Shop', 'Latency', { stat: 'median' })).rejects.toThrow(/median/);
  await expect(metrics('Shop', 'Latency', { dimension: ['Page'] })).rejects.toThrow(/Name=Value/);
});

test('alarms are shown with why and where to read on, by logical id, and as an exit code', async () => {
  const { text, exitCode } = await alarms('Slow', { exitCode: true });
  expect(text).toMatch(/^ALARM +Slow since .*\n {2}by hand\n {2}docs\/runbooks\/api-latency\.md\n$/);
  expect(exitCode).toBe(1);
  expect((await alarms(undefined)).exitCode).toBe(0);
  const { text: history } = await alarms('Slow', { history: true });
  expect(history).toMatch(
    /Slow: Alarm "stack-Slow-1" created\n.* Slow: Alarm updated from INSUFFICIENT_DATA to ALARM\n/,
  );
  await expect(alarms('None')).rejects.toThrow(/no alarm None/);
});
