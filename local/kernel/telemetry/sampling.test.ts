import { afterEach, describe, expect, test } from '@jest/globals';
import { createKernel, DEFAULT_RULE, type Kernel, ManualClock, type SamplingRule } from '../index.ts';

const kernels: Kernel[] = [];

function open() {
  const clock = new ManualClock(1_000_000);
  const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  kernels.push(kernel);
  return { clock, sampling: kernel.telemetry.sampling };
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.stop();
});

const rule = (name: string, more: Partial<SamplingRule>): SamplingRule => ({
  name,
  priority: 100,
  fixedRate: 0,
  reservoirSize: 0,
  serviceName: '*',
  serviceType: '*',
  host: '*',
  method: '*',
  path: '*',
  resourceArn: '*',
  attributes: {},
  createdAt: 0,
  modifiedAt: 0,
  ...more,
});

const request = (more: object = {}) => ({
  serviceName: 'shop/v1',
  serviceType: 'AWS::ApiGateway::Stage',
  host: 'localhost',
  method: 'GET',
  path: '/v1/health',
  resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/a/stages/v1',
  ...more,
});

describe('sampling', () => {
  test('takes every request of a person, and thins out load', async () => {
    const { clock, sampling } = open();
    const taken = (count: number) => Array.from({ length: count }, () => sampling.decide()).filter(Boolean).length;
    expect(taken(10)).toBe(10);
    expect(taken(1_000)).toBeLessThan(200);
    await clock.advance(1_000);
    expect(taken(10)).toBe(10);
  });

  test('goes by the first rule that fits, in order of priority', () => {
    const { sampling } = open();
    sampling.put(rule('nothing', { priority: 2, path: '/v1/*' }));
    sampling.put(rule('posts', { priority: 1, method: 'post', fixedRate: 1 }));
    expect(sampling.decide(request())).toBe(false);
    expect(sampling.decide(request({ method: 'POST' }))).toBe(true);
    expect(sampling.decide(request({ path: '/v2/x' }))).toBe(true);
    expect(sampling.rules().map(({ name }) => name)).toEqual(['posts', 'nothing', DEFAULT_RULE]);
    expect(sampling.takeStatistics()).toEqual([
      { rule: 'posts', requests: 1, sampled: 1 },
      { rule: 'nothing', requests: 1, sampled: 0 },
      { rule: DEFAULT_RULE, requests: 1, sampled: 1 },
    ]);
  });

  test('a rule that asks for attributes fits no request of a service of AWS', () => {
    const { sampling } = open();
    sampling.put(rule('mine', { attributes: { tenant: 'a' } }));
    expect(sampling.decide(request())).toBe(true);
  });

  test('rules are removed, the default one is only changed', () => {
    const { sampling } = open();
    sampling.put(rule('none', {}));
    expect([sampling.delete('none'), sampling.delete('none'), sampling.delete(DEFAULT_RULE)]).toEqual([
      true,
      false,
      false,
    ]);
    sampling.put(rule(DEFAULT_RULE, { priority: 10_000 }));
    expect(sampling.decide(request())).toBe(false);
  });

  test('stars upon stars keep nobody busy', () => {
    const { sampling } = open();
    sampling.put(rule('stars', { path: `${'*a'.repeat(40)}*****b` }));
    // Of the processor: a busy machine makes it wait.
    const started = process.cpuUsage();
    sampling.decide(request({ path: 'a'.repeat(5_000) }));
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
