import fc from 'fast-check';
import {
  addNumbers,
  compareDecimals,
  formatDecimal,
  normaliseNumber,
  orderedBytes,
  parseDecimal,
  subtractNumbers,
} from './decimal.ts';

/** coefficient × 10^scale, with no more digits than DynamoDB keeps. */
const numbers = fc.record({
  coefficient: fc.bigInt({ min: -(10n ** 38n - 1n), max: 10n ** 38n - 1n }),
  scale: fc.integer({ min: -100, max: 80 }),
});
type Model = { readonly coefficient: bigint; readonly scale: number };

const textOf = ({ coefficient, scale }: Model): string => `${coefficient}E${scale}`;
/** As whole multiples of 10^-100. */
const wholeOf = ({ coefficient, scale }: Model): bigint => coefficient * 10n ** BigInt(scale + 100);
const wholeOfText = (text: string): bigint => {
  const [, minus = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!;
  return BigInt(minus + whole + fraction.padEnd(100, '0'));
};
const refused = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was refused';
};

test('the normal form is the same number, and its own normal form', () => {
  fc.assert(
    fc.property(numbers, (model) => {
      const text = normaliseNumber(textOf(model));
      expect(wholeOfText(text)).toBe(wholeOf(model));
      expect(normaliseNumber(text)).toBe(text);
    }),
  );
});

test('numbers are ordered as numbers, and so are their bytes', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [x, y] = [parseDecimal(textOf(a)), parseDecimal(textOf(b))];
      const expected = wholeOf(a) < wholeOf(b) ? -1 : wholeOf(a) > wholeOf(b) ? 1 : 0;
      expect(Math.sign(compareDecimals(x, y))).toBe(expected);
      expect(Buffer.compare(orderedBytes(x), orderedBytes(y))).toBe(expected);
    }),
  );
});

test('a sum is exact or refused', () => {
  fc.assert(
    fc.property(numbers, numbers, fc.boolean(), (a, b, minus) => {
      const expected = minus ? wholeOf(a) - wholeOf(b) : wholeOf(a) + wholeOf(b);
      const significant = String(expected).replace('-', '').replace(/0+$/, '').length;
      const work = () => (minus ? subtractNumbers : addNumbers)(normaliseNumber(textOf(a)), normaliseNumber(textOf(b)));
      if (significant > 38) expect(refused(work)).toMatch(/38 significant digits/);
      else expect(wholeOfText(work())).toBe(expected);
    }),
  );
});

test.each([
  ['1e125', `1${'0'.repeat(125)}`],
  ['-1e-130', `-0.${'0'.repeat(129)}1`],
  ['+007.50', '7.5'],
  ['.5', '0.5'],
  ['-0', '0'],
  ['5.', '5'],
])('%s is kept as %s', (given, kept) => {
  expect(formatDecimal(parseDecimal(given))).toBe(kept);
});

test.each([
  ['1e126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
  ['1e-131', 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
  ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
  ['', 'The parameter cannot be converted to a numeric value'],
  ['.', 'The parameter cannot be converted to a numeric value: .'],
  ['0x10', 'The parameter cannot be converted to a numeric value: 0x10'],
  ['NaN', 'The parameter cannot be converted to a numeric value: NaN'],
  ['1 ', 'The parameter cannot be converted to a numeric value: 1 '],
])('%j is refused', (given, message) => {
  expect(refused(() => parseDecimal(given))).toBe(message);
});
