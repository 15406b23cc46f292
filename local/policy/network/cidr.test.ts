import fc from 'fast-check';
import { type Block, contains, formatBlock, isPrivate, overlaps, parseAddress, parseBlock } from './cidr.ts';

const block: fc.Arbitrary<Block> = fc.constantFrom(4 as const, 6 as const).chain((family) => {
  const bits = family === 4 ? 32 : 128;
  return fc
    .record({
      address: fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }),
      prefix: fc.integer({ min: 0, max: bits }),
    })
    .map(({ address, prefix }) => ({ family, prefix, first: address - (address % (1n << BigInt(bits - prefix))) }));
});
const last = ({ family, first, prefix }: Block) => first + (1n << BigInt((family === 4 ? 32 : 128) - prefix)) - 1n;

describe('blocks of addresses', () => {
  it('survive being written and read', () => {
    fc.assert(fc.property(block, (one) => expect(parseBlock(formatBlock(one))).toEqual(one)));
  });

  it('contain and overlap exactly as their addresses do', () => {
    fc.assert(
      fc.property(block, block, (a, b) => {
        const inside = a.family === b.family && a.first <= b.first && last(b) <= last(a);
        const shared = a.family === b.family && a.first <= last(b) && b.first <= last(a);
        expect(contains(a, b)).toBe(inside);
        expect(overlaps(a, b)).toBe(shared);
        expect(overlaps(b, a)).toBe(shared);
      }),
    );
  });

  it('contain every address that is read from within them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128), (text, length) => {
        const address = parseAddress(text)!;
        const prefix = Math.min(length, address.prefix);
        expect(contains(parseBlock(`${text}/${prefix}`)!, address)).toBe(true);
      }),
    );
  });

  it('read the ways IPv6 is written', () => {
    expect(parseAddress('::1')!.first).toBe(1n);
    expect(parseAddress('::ffff:10.0.0.1')!.first).toBe(0xffff0a000001n);
    expect(parseAddress('2001:db8::')).toEqual(parseAddress('2001:db8:0:0:0:0:0:0'));
    expect(parseBlock('2001:db8:1:2::/48')).toEqual(parseBlock('2001:db8:1::/48'));
  });

  it.each(['10.0.0.0', '10.0.0/8', '10.0.0.256/8', '10.0.0.0/33', '::/129', 'ten/8', '10.0.0.0/', '/8', ''])(
    'are not: %s',
    (text) => expect(parseBlock(text)).toBeUndefined(),
  );

  it.each([
    ['10.20.0.0/16', true],
    ['172.31.255.255/32', true],
    ['255.255.255.255/32', true],
    ['fd00::/8', true],
    ['8.8.8.8/32', false],
    ['0.0.0.0/0', false],
    ['2600::/12', false],
  ])('of which %s is private: %s', (text, answer) => expect(isPrivate(parseBlock(text)!)).toBe(answer));
});
