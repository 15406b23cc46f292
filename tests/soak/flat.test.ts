import { expect, test } from '@jest/globals';
import { flatness, quantile } from './flat.ts';

const slack = { share: 0.1, amount: 0 };

test('what goes up and down is flat', () => {
  const values = Array.from({ length: 90 }, (_, index) => 100 + (index % 7));
  expect(flatness(values, slack)).toEqual({ from: 103, to: 103, isFlat: true });
});

test('what grows slowly and steadily is not', () => {
  const values = Array.from({ length: 90 }, (_, index) => 100 + index / 3 + (index % 7));
  expect(flatness(values, slack).isFlat).toBe(false);
  expect(flatness(values, { share: 0.1, amount: 20 }).isFlat).toBe(true);
});

test('a single outlier says nothing', () => {
  const values = Array.from({ length: 30 }, (_, index) => (index === 29 ? 10_000 : 100));
  expect(flatness(values, slack).isFlat).toBe(true);
});

test('two samples are no row', () => {
  expect(() => flatness([1, 2], slack)).toThrow(RangeError);
});

test('quantiles are values that occurred', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile([7], 0.99)]).toEqual([51, 100, 7]);
});
