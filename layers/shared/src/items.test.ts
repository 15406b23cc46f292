import { expect, test } from '@jest/globals';
import { createItems } from './items.ts';

function table(items: Record<string, string>, keptMs?: number) {
  const asked: string[] = [];
  let time = 0;
  const read = createItems({
    tableName: 'tenants',
    key: 'domain',
    keptMs,
    now: () => time,
    get: async (tableName, key, value) => {
      asked.push(`${tableName} ${key} ${value}`);
      const name = items[value];
      return name === undefined ? undefined : { domain: { S: value }, name: { S: name }, steps: { L: [{ N: '1' }] } };
    },
  });
  const pass = (ms: number): void => {
    time += ms;
  };
  return { read, asked, pass };
}

test('an item comes as plain values, and none as undefined', async () => {
  const { read } = table({ a: 'Ada' });
  expect(await read('a')).toEqual({ domain: 'a', name: 'Ada', steps: [1] });
  expect(await read('b')).toBeUndefined();
});

test('answers are kept as long as was said, also that there is none', async () => {
  const { read, asked, pass } = table({ a: 'Ada' }, 1_000);
  for (const key of ['a', 'b', 'a', 'b']) await read(key);
  expect(asked).toEqual(['tenants domain a', 'tenants domain b']);
  pass(1_000);
  await read('a');
  expect(asked).toHaveLength(3);
});

test('keeps no more than a thousand', async () => {
  const { read, asked } = table({}, 1_000);
  for (let index = 0; index <= 1_000; index += 1) await read(String(index));
  await read('1000');
  expect(asked).toHaveLength(1_001);
  await read('0');
  expect(asked).toHaveLength(1_002);
});

test('nothing is kept where nothing was said', async () => {
  const { read, asked } = table({});
  await read('a');
  await read('a');
  expect(asked).toHaveLength(2);
});
