import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { continueLineage } from './lineage.ts';

const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const A = '68fd508a';
const B = 'c512fbe3';

describe('the lineage of a chain of requests', () => {
  test('begins with the first function', () => {
    expect(continueLineage(undefined, A)).toEqual({ text: `Lineage=${A}:0`, invocations: 1 });
    expect(continueLineage(ROOT, A)).toEqual({ text: `Lineage=${A}:0`, invocations: 1 });
  });

  test('counts each function of a loop through several', () => {
    let header = ROOT;
    const counts: Record<string, number> = {};
    for (let round = 0; round < 20; round += 1) {
      for (const id of [A, B]) {
        const { text, invocations } = continueLineage(header, id);
        header = `${ROOT};${text};Self=1-67891234-12456789abcdef012345678`;
        counts[id] = invocations;
      }
    }
    expect(counts).toEqual({ [A]: 20, [B]: 20 });
  });

  test('never fails, and stays short, whatever callers send', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { invocations, text: lineage } = continueLineage(`Lineage=${text}`, A);
        expect(invocations).toBeGreaterThanOrEqual(1);
        expect(lineage.length).toBeLessThan(32 * 15 + 16);
      }),
    );
    let header = '';
    for (let n = 0; n < 100; n += 1) header = continueLineage(header, n.toString(16).padStart(8, '0')).text;
    expect(header.split('|')).toHaveLength(32);
  });
});
