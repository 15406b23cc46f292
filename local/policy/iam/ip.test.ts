import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isInBlock, readAddress, readBlock } from './ip.ts';

const isIn = (block: string, address: string) => isInBlock(readBlock(block)!, address);

/** An address as one number: the reference that blocks are held against. */
const number = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

const v4 = fc.ipV4();
const v6 = fc.ipV6().filter((text) => !/\.|^::ffff:/i.test(text));

describe.each([
  ['IPv4', v4, 32],
  ['IPv6', v6, 128],
] as const)('blocks of %s', (_name, addresses, bits) => {
  test('hold what has their first bits', () => {
    fc.assert(
      fc.property(addresses, addresses, fc.integer({ min: 0, max: bits }), (one, other, prefix) => {
        const shift = BigInt(bits - prefix);
        const same = number(readAddress(one)!) >> shift === number(readAddress(other)!) >> shift;
        expect(isIn(`${one}/${prefix}`, other)).toBe(same);
        expect(isIn(`${one}/${prefix}`, one)).toBe(true);
      }),
    );
  });

  test('without a prefix are one address', () => {
    fc.assert(
      fc.property(addresses, addresses, (one, other) => {
        expect(isIn(one, other)).toBe(number(readAddress(one)!) === number(readAddress(other)!));
      }),
    );
  });
});

test('the two versions have nothing in common, but for IPv4 written as IPv6', () => {
  expect(isIn('0.0.0.0/0', '2001:db8::1')).toBe(false);
  expect(isIn('::/0', '192.0.2.1')).toBe(false);
  expect(isIn('192.0.2.0/24', '::ffff:192.0.2.7')).toBe(true);
  expect(readAddress('64:ff9b::192.0.2.33')).toEqual(readAddress('64:ff9b::c000:221'));
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4/33',
  '1.2.3.4/',
  '1.2.3.4/8/8',
  ':::',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '::/129',
  'g::',
  '1:2:3:4:5:6:7::8:9',
  '::1.2.3.4.5',
  '1.2.3.4::',
])('%j is no block', (text) => {
  expect(readBlock(text)).toBeUndefined();
});
