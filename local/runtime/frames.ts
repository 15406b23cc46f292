/**
 * The frames between a runtime client and its supervisor: `[type: u8][head length: u32be][body length: u32be][head][body]`.
 * The client's half is `client/transport.cjs`; the two must agree.
 */

/** 9 bytes before every frame's content. */
const FRAME_HEADER_BYTES = 9;

/** Types are below 0x10, so that the first byte of a connection tells frames from HTTP. */
export const FRAME = {
  /** client → supervisor: ready for an invocation, and standing still until it comes. No content. */
  next: 1,
  /** client → supervisor: head = request id, body = the response, JSON text. */
  response: 2,
  /** client → supervisor: head = request id, newline, X-Ray cause; body = the error, JSON text. */
  error: 3,
  /** client → supervisor: head = the 16-byte header of Lambda's telemetry frame, body = the log record. */
  log: 4,
  /** supervisor → client: head = the fields of `encodeEvent`, newline-separated; body = the event, JSON text. */
  event: 5,
  /** client → supervisor: ready for an invocation, but running on: it has to be frozen. No content. */
  nextRunning: 6,
  /** supervisor → client, while that stands still: run on from now on, whenever you wait. No content. */
  wake: 7,
  /**
   * client → supervisor, before its first `next` and only where it was asked to: head = a file's name, body = its content,
   * of what V8 compiled; without a name, that was all (`compiled-code.ts`).
   */
  compiled: 8,
} as const;

/**
 * One frame in `bytes`: its head from `head` to `body`, its body from `body` to `end`. Offsets instead of slices, since
 * this is called for every invocation. `bytes` is not yours to keep.
 */
export type FrameListener = (type: number, bytes: Buffer, head: number, body: number, end: number) => void;

/** One frame of two texts. */
export function encodeFrame(type: number, head: string, body: string): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + Buffer.byteLength(head) + Buffer.byteLength(body));
  writeFrame(frame, type, head, body);
  return frame;
}

/** A character of a text is at most three bytes. */
export function fitsFrame(bytes: Buffer, head: string, body: string): boolean {
  return FRAME_HEADER_BYTES + 3 * (head.length + body.length) <= bytes.length;
}

/** One frame of two texts at the beginning of `bytes`, which are enough; gives its length. */
export function writeFrame(bytes: Buffer, type: number, head: string, body: string): number {
  const headLength = bytes.write(head, FRAME_HEADER_BYTES, 'utf8');
  const bodyLength = bytes.write(body, FRAME_HEADER_BYTES + headLength, 'utf8');
  bytes[0] = type;
  bytes.writeUInt32BE(headLength, 1);
  bytes.writeUInt32BE(bodyLength, 5);
  return FRAME_HEADER_BYTES + headLength + bodyLength;
}

/** Cuts a byte stream into frames; `listener` is called for each as soon as it is complete. */
export function createFrameReader(listener: FrameListener): (chunk: Buffer) => void {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  /** Bytes of the frame at the front; the header's size until that much is there. */
  let wanted = FRAME_HEADER_BYTES;

  const cut = (bytes: Buffer): void => {
    let at = 0;
    wanted = FRAME_HEADER_BYTES;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const headStart = at + FRAME_HEADER_BYTES;
      const bodyStart = headStart + bytes.readUInt32BE(at + 1);
      const end = bodyStart + bytes.readUInt32BE(at + 5);
      if (end > bytes.length) {
        wanted = end - at;
        break;
      }
      listener(bytes[at] as number, bytes, headStart, bodyStart, end);
      at = end;
    }
    kept = at === bytes.length ? [] : [at === 0 ? bytes : bytes.subarray(at)];
    keptBytes = bytes.length - at;
  };

  return (chunk) => {
    if (keptBytes === 0) {
      cut(chunk);
      return;
    }
    kept.push(chunk);
    keptBytes += chunk.length;
    // A large frame arrives in many pieces: joining them only when all are there keeps this linear.
    if (keptBytes >= wanted) cut(kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept, keptBytes));
  };
}
