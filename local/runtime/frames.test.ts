import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFrameReader, encodeFrame } from './frames.ts';

type Frame = [type: number, head: string, body: string];

function read(chunks: readonly Buffer[]): Frame[] {
  const frames: Frame[] = [];
  const push = createFrameReader((type, bytes, head, body, end) =>
    frames.push([type, bytes.toString('utf8', head, body), bytes.toString('utf8', body, end)]),
  );
  for (const chunk of chunks) push(chunk);
  return frames;
}

describe('frames', () => {
  test('come out as they went in, wherever the stream is cut', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 });
    const frame = fc.tuple(fc.integer({ min: 1, max: 15 }), text, text);
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 30 }), (frames, cuts) => {
        const stream = Buffer.concat(frames.map(([type, head, body]) => encodeFrame(type, head, body)));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          if (at + cut > stream.length) break;
          if (cut > 0) chunks.push(stream.subarray(at, at + cut));
          at += cut;
        }
        if (at < stream.length) chunks.push(stream.subarray(at));
        expect(read(chunks)).toEqual(frames);
      }),
    );
  });

  test('of megabytes in small pieces take time in proportion', () => {
    const body = 'x'.repeat(6_000_000);
    const bytes = encodeFrame(2, 'id', body);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 8192) chunks.push(bytes.subarray(at, at + 8192));
    const startedAt = process.cpuUsage();
    const [frame] = read(chunks);
    expect(frame?.[2]).toHaveLength(body.length);
    // Of the processor: a busy machine makes it wait.
    expect(process.cpuUsage(startedAt).user).toBeLessThan(500_000);
  });
});
