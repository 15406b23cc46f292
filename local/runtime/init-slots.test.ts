import { describe, expect, test } from '@jest/globals';
import { createInitSlots } from './init-slots.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function open(slots: number, lentMs = 60_000) {
  const initSlots = createInitSlots({ slots, lentMs });
  const begun: string[] = [];
  const releases: Record<string, () => void> = {};
  const ask = (functionName: string, as = functionName) =>
    void initSlots.acquire(functionName).then((release) => {
      begun.push(as);
      releases[as] = release;
    });
  return { ask, begun, releases };
}

describe('slots of init phases', () => {
  test('one function has as many as there are, and the rest wait in order', async () => {
    const { ask, begun, releases } = open(2);
    for (const as of ['a1', 'a2', 'a3', 'a4']) ask('a', as);
    await turn();
    expect(begun).toEqual(['a1', 'a2']);
    releases['a1']?.();
    releases['a1']?.();
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'a3']);
  });

  test('another function begins although all are taken', async () => {
    const { ask, begun } = open(2);
    for (const as of ['a1', 'a2', 'a3']) ask('a', as);
    ask('b', 'b1');
    ask('c', 'c1');
    ask('d', 'd1');
    await turn();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1']);
  });

  test('those who wait take turns by function', async () => {
    const { ask, begun, releases } = open(1);
    ask('x');
    ask('y');
    for (const as of ['a1', 'a2', 'a3']) ask('a', as);
    ask('b', 'b1');
    await turn();
    releases['x']?.();
    await turn();
    releases['y']?.();
    await turn();
    releases['a1']?.();
    releases['b1']?.();
    await turn();
    expect(begun).toEqual(['x', 'y', 'a1', 'b1', 'a2']);
  });

  test('a slot comes back by itself when an init takes long', async () => {
    const { ask, begun } = open(1, 20);
    ask('a', 'a1');
    ask('a', 'a2');
    await turn();
    expect(begun).toEqual(['a1']);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(begun).toEqual(['a1', 'a2']);
  });
});
