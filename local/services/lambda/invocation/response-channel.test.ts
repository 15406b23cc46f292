/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
import fc from 'fast-check';
import { createResponseChannel } from './response-channel.ts';

const KILOBYTE = 1024;

describe('a response on its way', () => {
  it('arrives whole and in order, however it is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.uint8Array(), fc.boolean())), async (parts) => {
        const channel = createResponseChannel();
        const written = (async () => {
          channel.stream.begin('text/plain');
          for (const [bytes, waits] of parts) {
            await channel.stream.write(bytes);
            if (waits) await new Promise(setImmediate);
          }
          channel.end();
        })();
        expect(await channel.begun).toBe('text/plain');
        const read: Uint8Array[] = [];
        for await (const chunk of channel.read()) read.push(chunk);
        await written;
        expect(Buffer.concat(read).equals(Buffer.concat(parts.map(([bytes]) => bytes)))).toBe(true);
      }),
    );
  });

  it('makes the function wait when nobody takes it, until somebody does', async () => {
    const { stream, read } = createResponseChannel();
    expect(stream.write(new Uint8Array(60 * KILOBYTE))).toBeUndefined();
    let hasRoom = false;
    const full = Promise.resolve(stream.write(new Uint8Array(60 * KILOBYTE))).then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    expect(hasRoom).toBe(false);
    await read().next();
    await full;
    expect(hasRoom).toBe(true);
  });

  it('lets the function run on when its reader has gone', async () => {
    const { stream, read } = createResponseChannel();
    stream.write(new Uint8Array(60 * KILOBYTE));
    const full = stream.write(new Uint8Array(60 * KILOBYTE));
    const reader = read();
    await reader.next();
    await reader.return(undefined);
    await full;
    expect(stream.write(new Uint8Array(1000 * KILOBYTE))).toBeUndefined();
  });

  it('ends with what went wrong, after what was written', async () => {
    const { stream, read, end } = createResponseChannel();
    stream.write(Buffer.from('half'));
    end(new Error('no environment'));
    const reader = read();
    expect(Buffer.from((await reader.next()).value as Uint8Array).toString()).toBe('half');
    await expect(reader.next()).rejects.toThrow('no environment');
  });
});
