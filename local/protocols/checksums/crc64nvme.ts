/**
 * CRC-64/NVME, in halves of 32 bits, eight bytes a step: what S3 gives objects whose client computed none.
 * https://nvmexpress.org/wp-content/uploads/NVM-Express-NVM-Command-Set-Specification-1.0d-2023.12.28-Ratified.pdf (5.2.1.3.4)
 */
import type { RunningChecksum } from './algorithms.ts';

/** The reflected polynomial. */
const POLYNOMIAL = { high: 0x9a6c9329, low: 0xac4bc9b5 };

const HIGH = new Int32Array(8 * 256);
const LOW = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      high ^= POLYNOMIAL.high;
      low ^= POLYNOMIAL.low;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}
for (let at = 256; at < HIGH.length; at += 1) {
  const high = HIGH[at - 256]!;
  const low = LOW[at - 256]!;
  HIGH[at] = (high >>> 8) ^ HIGH[low & 255]!;
  LOW[at] = ((low >>> 8) | (high << 24)) ^ LOW[low & 255]!;
}

export function createCrc64Nvme(): RunningChecksum {
  let high = -1;
  let low = -1;
  return {
    update(bytes) {
      let [h, l] = [high, low];
      let at = 0;
      const whole = bytes.length - 7;
      for (; at < whole; at += 8) {
        const a = l ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
        const b = h ^ (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24));
        const i0 = 1792 + (a & 255);
        const i1 = 1536 + ((a >>> 8) & 255);
        const i2 = 1280 + ((a >>> 16) & 255);
        const i3 = 1024 + (a >>> 24);
        const i4 = 768 + (b & 255);
        const i5 = 512 + ((b >>> 8) & 255);
        const i6 = 256 + ((b >>> 16) & 255);
        const i7 = b >>> 24;
        h = HIGH[i0]! ^ HIGH[i1]! ^ HIGH[i2]! ^ HIGH[i3]! ^ HIGH[i4]! ^ HIGH[i5]! ^ HIGH[i6]! ^ HIGH[i7]!;
        l = LOW[i0]! ^ LOW[i1]! ^ LOW[i2]! ^ LOW[i3]! ^ LOW[i4]! ^ LOW[i5]! ^ LOW[i6]! ^ LOW[i7]!;
      }
      for (; at < bytes.length; at += 1) {
        const index = (l ^ bytes[at]!) & 255;
        l = ((l >>> 8) | (h << 24)) ^ LOW[index]!;
        h = (h >>> 8) ^ HIGH[index]!;
      }
      [high, low] = [h, l];
    },
    base64() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString('base64');
    },
  };
}
