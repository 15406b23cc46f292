import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { imageSize } from './image-size.ts';
import { magicTypeOf } from './magic-numbers.ts';
import { gif, jpeg, png, webp } from './testing.ts';

const side = fc.integer({ min: 1, max: 16_000 });

test.each<[string, (width: number, height: number) => Buffer]>([
  ['PNG', png],
  ['GIF', gif],
  ['JPEG', jpeg],
  ['JPEG of a camera', (width, height) => jpeg(width, height, segments())],
  ['WebP, lossy', (width, height) => webp('VP8 ', width, height)],
  ['WebP, lossless', (width, height) => webp('VP8L', width, height)],
  ['WebP, extended', (width, height) => webp('VP8X', width, height)],
])('the size of a %s is what its header says', (_name, made) => {
  fc.assert(
    fc.property(side, side, (width, height) => {
      const image = made(width, height);
      expect(imageSize(magicTypeOf(image)!, image)).toEqual({ width, height });
    }),
  );
});

/** What stands before the frame of many: a comment, a table of Huffman codes (whose marker lies among the frames'), filling. */
function segments(): Buffer {
  const comment = Buffer.from('\xff\xfe\x00\x06\xff\xc0\x00\x00', 'latin1');
  const table = Buffer.from('\xff\xc4\x00\x04ab', 'latin1');
  return Buffer.concat([comment, table, Buffer.from([0xff])]);
}

test('what ends too early, or says nothing that can be, has none', () => {
  const images = [png(2, 3), gif(2, 3), jpeg(2, 3), webp('VP8X', 2, 3)];
  for (const image of images) {
    for (let length = 8; length < image.length; length++) {
      const size = imageSize(magicTypeOf(image)!, image.subarray(0, length));
      expect([undefined, { width: 2, height: 3 }]).toContainEqual(size);
    }
  }
  expect(imageSize('image/png', png(0, 3))).toBeUndefined();
  expect(imageSize('image/jpeg', Buffer.from('\xff\xd8\xff\xe0\x00\x00\x00\x00\x00\x00', 'latin1'))).toBeUndefined();
  expect(imageSize('image/jpeg', Buffer.from('\xff\xd8\xff\xda\x00\x08\x00\x00\x00\x00', 'latin1'))).toBeUndefined();
});
