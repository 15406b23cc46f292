/**
 * What a file is by its first bytes, whatever it is called: of the types that may be attached, those that begin with
 * something that no other does.
 */
import type { ContentType } from './attachment.ts';

/** Types whose files are recognised by how they begin; what Office writes begins as every archive does. */
export type MagicType = Extract<ContentType, `image/${string}` | 'application/pdf' | 'application/zip' | 'video/mp4'>;

/** So many bytes are enough to tell. */
export const MAGIC_BYTES = 64;

/** Undefined where they begin as none of them does: text, or something else. */
export function magicTypeOf(head: Uint8Array): MagicType | undefined {
  return TYPES.find(([, begins]) => begins(head))?.[0];
}

const TYPES: readonly (readonly [MagicType, (head: Uint8Array) => boolean])[] = [
  // https://www.w3.org/TR/png-3/#3PNGsignature
  ['image/png', (head) => has(head, 0, '\x89PNG\r\n\x1a\n')],
  // https://www.w3.org/Graphics/GIF/spec-gif89a.txt
  ['image/gif', (head) => has(head, 0, 'GIF87a') || has(head, 0, 'GIF89a')],
  // Start of image, and the marker of the next segment. https://www.w3.org/Graphics/JPEG/itu-t81.pdf B.1
  ['image/jpeg', (head) => has(head, 0, '\xff\xd8\xff')],
  // https://developers.google.com/speed/webp/docs/riff_container
  ['image/webp', (head) => has(head, 0, 'RIFF') && has(head, 8, 'WEBPVP8')],
  // ISO 32000-2, 7.5.2. Readers look for it further on too; whoever hides something before it is not let in.
  ['application/pdf', (head) => has(head, 0, '%PDF-')],
  // The first file, or the end of an archive without any. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
  ['application/zip', (head) => has(head, 0, 'PK\x03\x04') || has(head, 0, 'PK\x05\x06')],
  ['video/mp4', (head) => mp4Brand(head) !== undefined],
];

/** Brands of what plays as MP4; other files of the same make are still pictures, or QuickTime's. */
const MP4_BRANDS = /^(?:iso[2-9m]|mp4[12]|avc1|M4V |dash|MSNV|mmp4)$/;

/**
 * The brand by which a file is MP4: its major one, or one that it says it is compatible with.
 * ISO/IEC 14496-12, 4.3: the size of the box, `ftyp`, the major brand, its version, compatible brands.
 */
export function mp4Brand(head: Uint8Array): string | undefined {
  if (!has(head, 4, 'ftyp') || head.length < 16) return undefined;
  const end = Math.min(new DataView(head.buffer, head.byteOffset).getUint32(0), head.length, MAGIC_BYTES);
  const brands = [8];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(at);
  return brands.map((at) => ascii(head, at, 4)).find((brand) => MP4_BRANDS.test(brand));
}

export function pdfVersion(head: Uint8Array): string | undefined {
  return /^%PDF-([12]\.\d)/.exec(ascii(head, 0, 8))?.[1];
}

/** Each byte a character. */
export function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function has(bytes: Uint8Array, at: number, text: string): boolean {
  return ascii(bytes, at, text.length) === text;
}
