/** How large an image is, by its header alone: nothing is unpacked. */
import { ascii, type MagicType } from './magic-numbers.ts';

export interface ImageSize {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** Undefined where the bytes end before it is said, or say what cannot be. */
export function imageSize(type: MagicType, head: Uint8Array): ImageSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    const size = READERS[type]?.(view, head);
    return size && size.width > 0 && size.height > 0 ? size : undefined;
  } catch (error) {
    // The bytes end where there should be more.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Reader = (view: DataView, head: Uint8Array) => ImageSize | undefined;

const READERS: Partial<Record<MagicType, Reader>> = {
  // IHDR is the first chunk. https://www.w3.org/TR/png-3/#11IHDR
  'image/png': (view, head) =>
    ascii(head, 12, 4) === 'IHDR' ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined,

  'image/gif': (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),

  'image/jpeg': (view) => jpegSize(view),

  'image/webp': (view, head) => webpSize(view, ascii(head, 12, 4)),
};

/** Segments follow each other, each with its length, until the one that begins the frame. ITU-T T.81, B.2.2 */
function jpegSize(view: DataView): ImageSize | undefined {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // SOF0 to SOF15, but for DHT, JPG and DAC, which lie among them.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    // The image begins, or ends, and no frame was there.
    if (marker === 0xda || marker === 0xd9) return undefined;
    const hasLength = marker !== 0x01 && (marker < 0xd0 || marker > 0xd7);
    const length = hasLength ? view.getUint16(at + 2) : 0;
    if (hasLength && length < 2) return undefined;
    at += 2 + length;
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container, RFC 6386 9.1, and the lossless bitstream's 3.1 */
function webpSize(view: DataView, chunk: string): ImageSize | undefined {
  if (chunk === 'VP8X') return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  return undefined;
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 0x1_00_00;
}
