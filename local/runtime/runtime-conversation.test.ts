import { expect, jest, test } from '@jest/globals';
import { RuntimeConversation } from './runtime-conversation.ts';

function conversation() {
  const listener = {
    runtimeWaits: jest.fn(),
    runtimeAnswered: jest.fn(),
    runtimeLogged: jest.fn(),
    runtimeGone: jest.fn(),
  };
  return { listener, runtime: new RuntimeConversation(listener) };
}

const never = new Promise<void>(() => {});

test('a runtime that waits says so once its process is listened to', () => {
  const { listener, runtime } = conversation();
  runtime.restart();
  expect(runtime.connected(never, () => {})).toBe(true);
  runtime.next(() => {}, 'still');
  expect(listener.runtimeWaits).toHaveBeenCalledTimes(1);
});

test('what a process that was given up on still says is not taken for the next one', () => {
  const { listener, runtime } = conversation();
  const hangUp = jest.fn();
  runtime.restart();
  runtime.connected(never, hangUp);
  runtime.close();
  expect(hangUp).toHaveBeenCalledTimes(1);
  runtime.next(() => {}, 'still');
  expect(runtime.failInit('{"errorType":"Late"}')).toMatchObject({ kind: 'state' });
  expect(runtime.connected(never, () => {})).toBe(false);
  expect(listener.runtimeWaits).not.toHaveBeenCalled();
  expect({ waits: runtime.waits, initError: runtime.initError }).toEqual({ waits: false, initError: undefined });
});

test('the next process is listened to as the first one was', () => {
  const { listener, runtime } = conversation();
  runtime.restart();
  runtime.close();
  runtime.restart();
  expect(runtime.connected(never, () => {})).toBe(true);
  runtime.next(() => {}, 'running');
  expect(listener.runtimeWaits).toHaveBeenCalledTimes(1);
});
