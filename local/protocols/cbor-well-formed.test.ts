import { cbor } from '@smithy/core/cbor';
import fc from 'fast-check';
import { malformedCbor } from './cbor-well-formed.ts';

const of = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('CBOR', () => {
  it('is well-formed when the SDK wrote it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.uint8Array(), (value, bytes) => {
        expect(malformedCbor(cbor.serialize({ value, bytes }))).toBeUndefined();
      }),
    );
  });

  it.each([
    'bf6161016162 9f0102ff ff',
    '7f6161 6162ff',
    'c1 1a00000000',
    'f97e00',
    '1bffffffffffffffff',
    '5f4101 4102ff',
  ])('may have its length left open, tags and simple values: %s', (hex) =>
    expect(malformedCbor(of(hex.replaceAll(' ', '')))).toBeUndefined(),
  );

  it.each([
    ['', 'it ends too early'],
    ['9a01f2a121', 'it has fewer items than it says'],
    ['c49a01f2a121', 'it has fewer items than it says'],
    ['bb7fffffffffffffff', 'it has fewer items than it says'],
    ['5bffffffffffffffff', 'a string is longer than what is left'],
    ['1a0000', 'it ends too early'],
    ['9f01', 'it ends too early'],
    ['bf01ff', 'a map ends with a key'],
    ['7f4101ff', 'a string has pieces of another kind'],
    ['7f7f6161ffff', 'a string has pieces of another kind'],
    ['1c', 'a length of a reserved kind'],
    ['ff', 'a break where nothing is open'],
    ['82ff01', 'a break where nothing is open'],
    ['0101', 'something follows it'],
    ['81'.repeat(100_000), 'it is nested too deeply'],
    ['9f'.repeat(100_000), 'it is nested too deeply'],
  ])('is refused: %.20s', (hex, reason) => {
    expect(malformedCbor(of(hex))).toBe(reason);
  });

  it('that is well-formed makes the decoder take no more room than it has bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        if (malformedCbor(bytes) !== undefined) return;
        try {
          cbor.deserialize(bytes);
        } catch (error) {
          expect(error).not.toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
