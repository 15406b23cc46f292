import { expect, test } from '@jest/globals';
import { createSpareCpu } from './spare-cpu.ts';

/** One processor, whose counters a test turns. */
function machine() {
  const state = { now: 0, user: 0, idle: 0 };
  const read = () => [{ model: '', speed: 0, times: { user: state.user, nice: 0, sys: 0, idle: state.idle, irq: 0 } }];
  const hasSpareCpu = createSpareCpu(0.3, () => state.now, read);
  const pass = (user: number, idle: number) => {
    state.now += user + idle;
    state.user += user;
    state.idle += idle;
  };
  return { hasSpareCpu, pass };
}

test('there is some while a third of the time since the last look was idle', () => {
  const { hasSpareCpu, pass } = machine();
  expect(hasSpareCpu()).toBe(false);
  pass(40, 60);
  expect(hasSpareCpu()).toBe(true);
  pass(95, 5);
  expect(hasSpareCpu()).toBe(false);
});

test('what was long ago says nothing, and what was just now too little', () => {
  const { hasSpareCpu, pass } = machine();
  hasSpareCpu();
  pass(0, 5000);
  expect(hasSpareCpu()).toBe(false);
  pass(0, 100);
  expect(hasSpareCpu()).toBe(true);
  pass(20, 0);
  expect(hasSpareCpu()).toBe(true);
});
