/**
 * Whether bytes are one well-formed CBOR item, before anybody makes room for what it announces: five bytes can claim an
 * array of a hundred million items. https://www.rfc-editor.org/rfc/rfc8949.html#section-3
 */

/** Nothing in AWS's models is nested deeper. */
const DEEPEST = 256;
const BREAK = 0xff;

const BYTES = 2;
const TEXT = 3;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;

/** What is still to come of an item that holds others. */
interface Open {
  /** Items; until a break when undefined. */
  left: number | undefined;
  /** Of a map without length only an even number of items may come. */
  readonly pairs: boolean;
  seen: number;
  /** Only pieces of this major type, in strings without length. */
  readonly pieces?: number;
}

/** The reason why not; undefined when it is. Every byte is looked at once. */
export function malformedCbor(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open: Open[] = [{ left: 1, pairs: false, seen: 0 }];
  let at = 0;
  while (open.length > 0) {
    const current = open.at(-1)!;
    if (current.left === current.seen) {
      open.pop();
      continue;
    }
    if (at >= bytes.length) return 'it ends too early';
    const initial = bytes[at]!;
    if (initial === BREAK && current.left === undefined) {
      if (current.pairs && current.seen % 2 !== 0) return 'a map ends with a key';
      at += 1;
      open.pop();
      continue;
    }
    const head = headAt(view, at);
    if (typeof head === 'string') return head;
    const { major, count, size } = head;
    if (current.pieces !== undefined && (major !== current.pieces || count === undefined)) {
      return 'a string has pieces of another kind';
    }
    current.seen += 1;
    at += size;
    if (open.length > DEEPEST) return 'it is nested too deeply';
    const remaining = bytes.length - at;
    if (major === BYTES || major === TEXT) {
      if (count === undefined) open.push({ left: undefined, pairs: false, seen: 0, pieces: major });
      else if (count > remaining) return 'a string is longer than what is left';
      else at += Number(count);
    } else if (major === TAG) {
      open.push({ left: 1, pairs: false, seen: 0 });
    } else if (major !== SIMPLE && major > TEXT) {
      const pairs = major === MAP;
      const items = count === undefined ? undefined : pairs ? 2n * count : count;
      if (items !== undefined && items > remaining) return 'it has fewer items than it says';
      open.push({ left: items === undefined ? undefined : Number(items), pairs, seen: 0 });
    }
  }
  return at === bytes.length ? undefined : 'something follows it';
}

interface Head {
  readonly major: number;
  /** Length or value; undefined: until a break. */
  readonly count: bigint | undefined;
  /** Bytes of the head itself. */
  readonly size: number;
}

function headAt(view: DataView, at: number): Head | string {
  const initial = view.getUint8(at);
  const major = initial >> 5;
  const information = initial & 31;
  if (information < 24) return { major, count: BigInt(information), size: 1 };
  if (information === 31) {
    const endless = major !== 0 && major !== 1 && major !== TAG && major !== SIMPLE;
    return endless ? { major, count: undefined, size: 1 } : 'a break where nothing is open';
  }
  if (information > 27) return 'a length of a reserved kind';
  const width = 2 ** (information - 24);
  if (at + 1 + width > view.byteLength) return 'it ends too early';
  const count =
    width === 1
      ? BigInt(view.getUint8(at + 1))
      : width === 2
        ? BigInt(view.getUint16(at + 1))
        : width === 4
          ? BigInt(view.getUint32(at + 1))
          : view.getBigUint64(at + 1);
  return { major, count, size: 1 + width };
}
