import { describe, expect, test } from '@jest/globals';
import { createIdleJudge } from './idle-memory.ts';

const MB = 1024 * 1024;
const judge = () => {
  const isWorthIt = createIdleJudge(2_000);
  return (residentMb: number, processorMs = 5) => isWorthIt({ processorMs, residentBytes: residentMb * MB });
};

describe('whether to collect garbage', () => {
  test('what a start has left behind goes once nothing happens', () => {
    const look = judge();
    expect(look(180, 1_500)).toBe(false);
    expect(look(180)).toBe(true);
    expect(look(110)).toBe(false);
  });

  test('an idle process that holds no more than at rest is left alone, code and all', () => {
    const look = judge();
    look(180);
    look(110);
    expect([look(110, 900), look(120), look(125, 700), look(125)]).toEqual([false, false, false, false]);
  });

  test('what a load has made it take goes, and never while the load is on', () => {
    const look = judge();
    look(180);
    look(110);
    expect([look(240, 1_900), look(240, 41), look(240, 40)]).toEqual([false, false, true]);
  });

  test('what a load takes that begins right after a collection goes, too', () => {
    const look = judge();
    look(180);
    expect([look(240, 1_900), look(240), look(110)]).toEqual([false, true, false]);
  });

  test('what cannot be collected is what it holds at rest from then on', () => {
    const look = judge();
    look(180);
    expect([look(178), look(178), look(190), look(194)]).toEqual([false, false, false, true]);
  });

  test('what shrinks by itself is worth a collection when it grows again', () => {
    const look = judge();
    look(180);
    look(150);
    expect([look(100), look(110), look(116)]).toEqual([false, false, true]);
  });
});
