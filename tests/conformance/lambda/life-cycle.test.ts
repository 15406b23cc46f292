/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
import { expect, test } from '@jest/globals';
import { functions, onBothTransports } from '../house.ts';

const FUNCTIONS = functions({
  counter: `let calls = 0; exports.handler = async (event) => ({ ...event, calls: ++calls, pid: process.pid });`,
});

onBothTransports('the life cycle of an execution environment', FUNCTIONS, (house) => {
  test('an environment is used again while it is warm', async () => {
    const first = await house().invoke('counter', { name: 'Ängström 🌍' });
    const second = await house().invoke('counter');
    expect(first.value).toMatchObject({ name: 'Ängström 🌍', calls: 1 });
    expect(second.value).toEqual({ calls: 2, pid: first.value.pid });
  });
});
