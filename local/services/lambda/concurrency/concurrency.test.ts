import { expect, test } from '@jest/globals';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { createConcurrencyLimits } from './concurrency.ts';

const because = (Reason: string) => ({ members: expect.objectContaining({ Reason }) });
const reserved = because('ReservedFunctionConcurrentInvocationLimitExceeded');
const account = because('ConcurrentInvocationLimitExceeded');

test('reserved and unreserved functions do not take from each other', () => {
  const limits = createConcurrencyLimits({ account: 5, now: Date.now });
  limits.reserve('mine', 2);
  const mine = limits.of('mine');
  const other = limits.of('other');
  limits.enter(mine);
  limits.enter(mine);
  expect(() => limits.enter(mine)).toThrow(expect.objectContaining(reserved));
  for (let i = 0; i < 3; i += 1) limits.enter(other);
  expect(() => limits.enter(other)).toThrow(expect.objectContaining(account));
  limits.leave(other);
  limits.enter(limits.of('third'));
});

test('a reservation may come and go while the function runs', () => {
  const limits = createConcurrencyLimits({ account: 2, now: Date.now });
  const one = limits.of('one');
  limits.enter(one);
  limits.reserve('one', 1);
  expect(() => limits.enter(one)).toThrow(expect.objectContaining(reserved));
  limits.enter(limits.of('two'));
  expect(() => limits.enter(limits.of('two'))).toThrow(expect.objectContaining(account));
  limits.reserve('one', undefined);
  // One and two run now, of two.
  expect(() => limits.enter(one)).toThrow(expect.objectContaining(account));
  limits.leave(one);
  limits.enter(one);
});

test('a function grows by a thousand at once, and by a thousand in each ten seconds after that', async () => {
  const clock = new ManualClock();
  const limits = createConcurrencyLimits({ account: 5000, now: () => clock.now() });
  const one = limits.of('one');
  for (let i = 0; i < 1000; i += 1) limits.enter(one);
  expect(() => limits.enter(one)).toThrow(expect.objectContaining(account));
  await clock.advance(1000);
  for (let i = 0; i < 100; i += 1) limits.enter(one);
  expect(() => limits.enter(one)).toThrow(expect.objectContaining(account));
  // What it has been scaled to stays; another function has its own thousand.
  limits.leave(one);
  limits.enter(one);
  for (let i = 0; i < 1000; i += 1) limits.enter(limits.of('two'));
});

test('a reservation of n serves ten times n requests a second', async () => {
  const clock = new ManualClock();
  const limits = createConcurrencyLimits({ now: () => clock.now() });
  limits.reserve('slow', 1);
  const slow = limits.of('slow');
  const once = () => {
    limits.enter(slow);
    limits.leave(slow);
  };
  for (let i = 0; i < 10; i += 1) once();
  expect(once).toThrow(
    expect.objectContaining({
      members: expect.objectContaining({
        Reason: 'ReservedFunctionInvocationRateLimitExceeded',
        retryAfterSeconds: '1',
      }),
    }),
  );
  await clock.advance(100);
  once();
  expect(once).toThrow();
});

test('provisioned concurrency is taken from the account, and a function that has it may use the rest too', () => {
  const limits = createConcurrencyLimits({ account: 4, now: Date.now });
  limits.provision('ahead', 2);
  const ahead = limits.of('ahead');
  const other = limits.of('other');
  limits.enter(other);
  limits.enter(other);
  expect(() => limits.enter(other)).toThrow(expect.objectContaining(account));
  limits.enter(ahead);
  limits.enter(ahead);
  expect(() => limits.enter(ahead)).toThrow(expect.objectContaining(account));
  limits.leave(other);
  limits.enter(ahead);
  limits.leave(ahead);
  limits.provision('ahead', 0);
  limits.leave(ahead);
  limits.enter(other);
  limits.enter(other);
  expect(() => limits.enter(other)).toThrow(expect.objectContaining(account));
});
