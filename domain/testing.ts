/** Small files that are what they say, made byte by byte, for tests. */
import { randomBytes } from 'node:crypto';
import type { StoredFile } from './file-check.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const big16 = (...numbers: number[]) =>
  Buffer.concat(numbers.map((number) => Buffer.from([number >> 8, number & 255])));
const little = (number: number, length: number) =>
  Buffer.from(Array.from({ length }, (_, index) => (number >>> (8 * index)) & 255));

export function png(width: number, height: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), size, bytes('\x08\x06\0\0\0')]);
}

export function gif(width: number, height: number): Buffer {
  return Buffer.concat([bytes('GIF89a'), little(width, 2), little(height, 2), bytes('\x80\0\0;')]);
}

/** @param before segments between the beginning and the frame, such as a camera's */
export function jpeg(width: number, height: number, before: Buffer = Buffer.alloc(0)): Buffer {
  const jfif = Buffer.concat([bytes('\xff\xd8\xff\xe0'), big16(16), bytes('JFIF\0\x01\x01\0\0\x01\0\x01\0\0')]);
  const frame = Buffer.concat([bytes('\xff\xc0'), big16(17), bytes('\x08'), big16(height, width), bytes('\x03')]);
  return Buffer.concat([jfif, before, frame, Buffer.alloc(9), bytes('\xff\xd9')]);
}

/** A JPEG of exactly so many bytes, no two of them alike. */
export function jpegOf(size: number): Buffer {
  const image = jpeg(640, 480);
  return Buffer.concat([image, randomBytes(size - image.length)]);
}

export function webp(chunk: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const body = {
    'VP8 ': () => [bytes('\x30\x01\0\x9d\x01\x2a'), little(width, 2), little(height, 2)],
    VP8L: () => [bytes('\x2f'), little((width - 1) | ((height - 1) << 14), 4)],
    VP8X: () => [Buffer.alloc(4), little(width - 1, 3), little(height - 1, 3)],
  }[chunk]();
  const content = Buffer.concat(body);
  return Buffer.concat([
    bytes('RIFF'),
    little(content.length + 12, 4),
    bytes(`WEBP${chunk}`),
    little(content.length, 4),
    content,
  ]);
}

export function pdf(version = '1.7'): Buffer {
  return bytes(`%PDF-${version}\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n`);
}

export function mp4(brand = 'isom', ...compatible: string[]): Buffer {
  const content = bytes(`ftyp${brand}\0\0\x02\0${compatible.join('')}`);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length + 4);
  return Buffer.concat([size, content, bytes('\0\0\0\x08free')]);
}

/** An archive of files that are not compressed. */
export function zip(files: Readonly<Record<string, string>>, comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const lengths = [little(content.length, 4), little(content.length, 4), little(name.length, 2), little(0, 2)];
    const part = Buffer.concat([bytes('PK\x03\x04'), Buffer.alloc(14), ...lengths, bytes(name), bytes(content)]);
    const entry = [bytes('PK\x01\x02'), Buffer.alloc(16), ...lengths, Buffer.alloc(10), little(offset, 4), bytes(name)];
    parts.push(part);
    directory.push(Buffer.concat(entry));
    offset += part.length;
  }
  const index = Buffer.concat(directory);
  const count = little(directory.length, 2);
  const end = [bytes('PK\x05\x06'), Buffer.alloc(4), count, count, little(index.length, 4), little(offset, 4)];
  return Buffer.concat([...parts, index, ...end, little(comment.length, 2), bytes(comment)]);
}

export function office(part: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return zip({ '[Content_Types].xml': '<Types/>', [part]: '<document/>', ...more });
}

export function stored(content: Buffer | string, contentType: string): StoredFile {
  const all = Buffer.from(content);
  return { size: all.length, contentType, read: async (from, to) => all.subarray(from, to) };
}
