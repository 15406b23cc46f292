/**
 * Recursive loop detection, by the lineage in the trace header that SDKs send on.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { describe, expect, test } from '@jest/globals';
import { eventually, functions, inHouse, ROLE_OF_TEMPLATE } from '../house.ts';
import { sdkBundle } from '../sdk-bundle.ts';

/** By the SDK inside the function, which sends on the trace header of the invocation in hand. */
const CALL = `const { InvokeCommand, LambdaClient } = require('./sdk.js');
const client = new LambdaClient({ maxAttempts: 1 });
const call = async (name, event, InvocationType = 'RequestResponse') => {
  const output = await client.send(new InvokeCommand({ FunctionName: name, InvocationType, Payload: JSON.stringify(event) }));
  return output.Payload?.length ? JSON.parse(output.Payload.transformToString()) : undefined;
};`;

const LOOP = `${CALL} exports.handler = async (event, context) => {
  console.log('RAN');
  await call(context.functionName, event, 'Event');
};`;

const SDK = sdkBundle('@aws-sdk/client-lambda');
const withSdk = (code: string) => ({ 'index.js': code, 'sdk.js': SDK });

const house = inHouse(
  functions({
    endless: {
      code: withSdk(LOOP),
      Role: ROLE_OF_TEMPLATE,
      EventInvokeConfig: {
        DestinationConfig: {
          OnFailure: { Type: 'Lambda', Destination: { 'Fn::GetAtt': ['told', 'Arn'] } },
        },
      },
    },
    ping: {
      Role: ROLE_OF_TEMPLATE,
      code: withSdk(`${CALL} exports.handler = async () => { console.log('RAN'); await call('pong', {}, 'Event'); };`),
    },
    pong: {
      Role: ROLE_OF_TEMPLATE,
      code: withSdk(`${CALL} exports.handler = async () => { console.log('RAN'); await call('ping', {}, 'Event'); };`),
    },
    told: `exports.handler = async (event) => console.log('TOLD ' + JSON.stringify(event));`,
    nested: {
      code: withSdk(`${CALL} exports.handler = async ({ depth }) => {
        if (depth === 0) return 'bottom';
        return call('nested', { depth: depth - 1 }).catch(({ name, message, $metadata }) => ({ name, message, status: $metadata.httpStatusCode }));
      };`),
      Role: ROLE_OF_TEMPLATE,
      Timeout: 60,
    },
    meant: {
      code: withSdk(
        `${CALL} exports.handler = async ({ left }) => { console.log('RAN'); if (left > 0) await call('meant', { left: left - 1 }, 'Event'); };`,
      ),
      Role: ROLE_OF_TEMPLATE,
      RecursiveLoop: 'Allow',
    },
  }),
);

const runs = (name: string) =>
  house()
    .messages(name)
    .filter((line) => line.includes('RAN')).length;
const dropped = (FunctionName: string) =>
  house()
    .metric('AWS/Lambda', 'RecursiveInvocationsDropped', { FunctionName })
    .reduce((total, { sum }) => total + sum, 0);

describe('a recursive loop', () => {
  test('of asynchronous invocations stops after sixteen; the event goes to the destination, and a metric tells', async () => {
    await house().invoke('endless', {}, { InvocationType: 'Event' });
    await eventually(() => dropped('endless') === 1, 20_000);
    expect(runs('endless')).toBe(16);
    const told = await house().log('told', /TOLD/);
    expect(JSON.parse(/TOLD (.*)/.exec(told)?.[1] ?? '')).toMatchObject({
      requestContext: { functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:endless:$LATEST' },
      responseContext: { statusCode: 400, functionError: 'RecursiveInvocationException' },
    });
  }, 30_000);

  test('through another function is one too', async () => {
    await house().invoke('ping', {}, { InvocationType: 'Event' });
    await eventually(() => dropped('ping') + dropped('pong') === 1, 20_000);
    expect([runs('ping'), runs('pong')]).toEqual([16, 16]);
  }, 30_000);

  test('of synchronous invocations is refused; until then nobody waits for a place that a caller holds', async () => {
    const startedAt = performance.now();
    await expect(house().invoke('nested', { depth: 12 })).resolves.toMatchObject({ value: 'bottom' });
    const took = performance.now() - startedAt;
    const inits = [...(await house().log('nested')).matchAll(/Init Duration: ([\d.]+) ms/g)].map(([, ms]) =>
      Number(ms),
    );
    // Each depth starts an environment. Where places were waited for, each would wait a second before that.
    expect(inits).toHaveLength(13);
    expect(took - inits.reduce((total, ms) => total + ms, 0)).toBeLessThan(9 * 1000);
    await expect(house().invoke('nested', { depth: 30 })).resolves.toMatchObject({
      value: {
        status: 400,
        name: 'RecursiveInvocationException',
        message: expect.stringContaining('recursive loop'),
      },
    });
  }, 60_000);

  test('that is meant goes on', async () => {
    await house().invoke('meant', { left: 20 }, { InvocationType: 'Event' });
    await eventually(() => runs('meant') === 21, 20_000);
    expect(dropped('meant')).toBe(0);
  }, 30_000);
});
