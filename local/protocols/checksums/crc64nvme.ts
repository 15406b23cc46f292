/**
 * CRC-64/NVME, eight bytes a step: what S3 gives objects whose client computed none.
 * https://nvmexpress.org/wp-content/uploads/NVM-Express-NVM-Command-Set-Specification-1.0d-2023.12.28-Ratified.pdf (5.2.1.3.4)
 *
 * The loop is WebAssembly, which has integers of 64 bits: in halves of 32 it takes three times as long. Its code is put
 * together here, instruction by instruction. https://webassembly.github.io/spec/core/binary/instructions.html
 */
import type { RunningChecksum } from './algorithms.ts';

/** Reflected. */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

/** Eight tables of 256 numbers of eight bytes are the beginning of the memory; what is summed up follows. */
const TABLE_BYTES = 256 * 8;
const INPUT = 8 * TABLE_BYTES;
const PAGE = 64 * 1024;
const PAGES = 3;
const MOST = PAGES * PAGE - INPUT;

const [I32, I64] = [0x7f, 0x7e];
const END = 0x0b;
const FOR_EVER = [0x03, 0x40];
const BLOCK = [0x02, 0x40];
const outOf = (depth: number) => [0x0d, depth];
const AGAIN = [0x0c, 0];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const i32 = (value: number) => [0x41, ...signed(value)];
const i64 = (value: number) => [0x42, ...signed(value)];
const [LESS, ADD, MINUS, WRAP] = [0x49, 0x6a, 0x6b, 0xa7];
const [AND, XOR, LEFT, RIGHT] = [0x83, 0x85, 0x86, 0x88];
const load64 = (offset: number) => [0x29, 0, ...unsigned(offset)];
const LOAD_BYTE = [0x31, 0, 0];

const [AT, LAST, CRC] = [0, 1, 2];

/** The number in a table that belongs to a byte of what is on top: eight times the byte is where it is. */
const looked = (byte: number, table: number) => [
  ...(byte === 0 ? [...i64(3), LEFT] : [...i64(8 * byte - 3), RIGHT]),
  ...[...i64(0xff * 8), AND, WRAP],
  ...load64(table * TABLE_BYTES),
];

/** While at least `size` bytes are left. */
const whileLeft = (size: number, step: readonly number[]) => [
  ...[...BLOCK, ...FOR_EVER],
  ...[...get(LAST), ...get(AT), MINUS, ...i32(size), LESS, ...outOf(1)],
  ...step,
  ...[...get(AT), ...i32(size), ADD, ...set(AT)],
  ...[...AGAIN, END, END],
];

const EIGHT_BYTES = [
  ...[...get(CRC), ...get(AT), ...load64(0), XOR, ...set(CRC)],
  ...Array.from({ length: 8 }, (_, byte) => [
    ...get(CRC),
    ...looked(byte, 7 - byte),
    ...(byte > 0 ? [XOR] : []),
  ]).flat(),
  ...set(CRC),
];

const ONE_BYTE = [
  ...[...get(CRC), ...get(AT), ...LOAD_BYTE, XOR, ...looked(0, 0)],
  ...[...get(CRC), ...i64(8), RIGHT, XOR, ...set(CRC)],
];

/** Of the bytes from `at` to before `last`, after those whose sum is `crc`. */
const SUM = [0, ...whileLeft(8, EIGHT_BYTES), ...whileLeft(1, ONE_BYTE), ...get(CRC), END];

/** What of it is used here; the types of it are the browser's. https://webassembly.github.io/spec/js-api/ */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

/** For another thread: the module exports `memory` and `sum`, and `tables` belong at the beginning of its memory. */
export interface Crc64Code {
  readonly module: object;
  readonly tables: BigUint64Array<ArrayBuffer>;
  /** Where what is summed up begins, and how much there is room for. */
  readonly input: number;
  readonly most: number;
}

let code: Crc64Code | undefined;

export function crc64Code(): Crc64Code {
  code ??= { module: new Module(moduleBytes()), tables: makeTables(), input: INPUT, most: MOST };
  return code;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  sum(at: number, last: number, crc: bigint): bigint;
}

let running: { readonly memory: Uint8Array; readonly sum: Exports['sum'] } | undefined;

function start() {
  const { module, tables } = crc64Code();
  const { memory, sum } = new Instance(module).exports as Exports;
  new BigUint64Array(memory.buffer).set(tables);
  return { memory: new Uint8Array(memory.buffer), sum };
}

export function createCrc64Nvme(): RunningChecksum {
  running ??= start();
  const { memory, sum } = running;
  let crc = -1n;
  return {
    update(bytes) {
      for (let from = 0; from < bytes.length; from += MOST) {
        const piece = bytes.length <= MOST ? bytes : bytes.subarray(from, from + MOST);
        memory.set(piece, INPUT);
        crc = sum(INPUT, INPUT + piece.length, crc);
      }
    },
    base64() {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(~crc);
      return bytes.toString('base64');
    },
  };
}

function makeTables(): BigUint64Array<ArrayBuffer> {
  const tables = new BigUint64Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
    tables[byte] = value;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256]!;
    tables[at] = (before >> 8n) ^ tables[Number(before & 255n)]!;
  }
  return tables;
}

/** https://webassembly.github.io/spec/core/binary/modules.html */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...content: number[]) => [id, ...unsigned(content.length), ...content];
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 3, I32, I32, I64, 1, I64),
    ...section(3, 1, 0),
    ...section(5, 1, 0, PAGES),
    ...section(7, 2, ...name('memory'), 2, 0, ...name('sum'), 0, 0),
    ...section(10, 1, ...unsigned(SUM.length), ...SUM),
  ]);
}

/** LEB128, as numbers are written there. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
