/**
 * Changes of a function while it is invoked: nobody notices but by the answers.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
 * https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, jest, test } from '@jest/globals';
import { eventually, functions, type House, type Invoked, inHouse } from '../house.ts';
import { answering, createFunction, zip } from './uploads.ts';

jest.setTimeout(60_000);

const house = inHouse(functions({ other: answering('other') }));
const answers = (n: number): string => `exports.handler = async () => { await 0; return ${n}; };`;

/** Keeps on invoking, `PARALLEL` at a time, while `change` goes on; rejects with the first that fails otherwise than `mayFail` allows. */
async function underLoad(
  { invoke }: House,
  name: string,
  change: () => Promise<void>,
  mayFail: (error: Error) => boolean = () => false,
): Promise<Invoked[]> {
  const PARALLEL = 6;
  const invoked: Invoked[] = [];
  let over = false;
  const callers = Array.from({ length: PARALLEL }, async () => {
    while (!over) {
      try {
        invoked.push(await invoke(name));
      } catch (error) {
        if (!mayFail(error as Error)) throw error;
      }
    }
  });
  const changed = change().finally(() => {
    over = true;
  });
  await Promise.all([changed, ...callers]);
  return invoked;
}

test('new code, and versions of it: every request gets an answer of some code, and none an older one than it may', async () => {
  await createFunction(house().lambda, 'updated', answers(0));
  const { lambda } = house();
  let known = 0;
  const invoked = await underLoad(house(), 'updated', async () => {
    for (let n = 1; n <= 14; n += 1) {
      const ZipFile = zip(answers(n));
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'updated', ZipFile, Publish: n % 3 === 0 }));
      known = n;
      expect((await house().invoke('updated')).value).toBeGreaterThanOrEqual(known);
      await new Promise((resolve) => setTimeout(resolve, 30 * (n % 4)));
    }
  });
  expect(invoked.filter(({ functionError }) => functionError !== undefined)).toEqual([]);
  expect(invoked.length).toBeGreaterThan(14);
  expect((await house().invoke('updated:2')).value).toBe(6);
});

test('code that comes back while the last of it goes', async () => {
  const { lambda } = house();
  await createFunction(lambda, 'flipped', answering('a'));
  const invoked = await underLoad(house(), 'flipped', async () => {
    for (let n = 0; n < 20; n += 1) {
      const ZipFile = zip(answering(n % 2 === 0 ? 'b' : 'a'));
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'flipped', ZipFile }));
      await new Promise((resolve) => setTimeout(resolve, 15 * (n % 5)));
    }
  });
  expect(invoked.filter(({ functionError }) => functionError !== undefined)).toEqual([]);
});

test('new settings, and a version published meanwhile', async () => {
  const { lambda } = house();
  await createFunction(lambda, 'set', `exports.handler = async () => process.env.STEP ?? '0';`);
  const invoked = await underLoad(house(), 'set', async () => {
    for (let n = 1; n <= 6; n += 1) {
      const Environment = { Variables: { STEP: String(n) } };
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'set', Environment }));
      const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'set' }));
      expect((await house().invoke(`set:${Version}`)).value).toBe(String(n));
    }
  });
  expect(invoked.filter(({ functionError }) => functionError !== undefined)).toEqual([]);
});

test('its end and a new one of its name: callers see either, or that there is none', async () => {
  const { lambda } = house();
  await createFunction(lambda, 'reborn', answers(0));
  const invoked = await underLoad(
    house(),
    'reborn',
    async () => {
      for (let n = 1; n <= 8; n += 1) {
        await lambda.send(new DeleteFunctionCommand({ FunctionName: 'reborn' }));
        await createFunction(lambda, 'reborn', answers(n));
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    },
    ({ name }) => name === 'ResourceNotFoundException',
  );
  expect(invoked.filter(({ functionError }) => functionError !== undefined)).toEqual([]);
});

test('once it is quiet, only code that is referred to is left on the disk', async () => {
  const { lambda } = house();
  for (const FunctionName of ['updated', 'flipped', 'set', 'reborn']) {
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  }
  const kept = join(house().cloud.kernel.store.directory('lambda-code'));
  await eventually(() => readdirSync(kept).length === 0);
});
