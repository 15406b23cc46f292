import fc from 'fast-check';
import { errorPacket, firstPacket, readReply } from './protocol.ts';

const SSL = 0x800;
const PROTOCOL_41 = 0x200;

const packet = (sequence: number, payload: Uint8Array): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
};

const fixed = (flags: number): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(flags, 0);
  return bytes;
};

it('finds a packet once all of it is there, and leaves what follows', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(255),
      (payload, rest, n) => {
        const whole = packet(n, payload);
        const bytes = Buffer.concat([whole, rest]);
        for (let length = 0; length < whole.length; length += 1) {
          expect(firstPacket(bytes.subarray(0, length))).toBeUndefined();
        }
        expect(firstPacket(bytes)).toEqual({
          packet: { sequence: n, payload: Buffer.from(payload), whole },
          rest: Buffer.from(rest),
        });
      },
    ),
    { numRuns: 50 },
  );
});

it('reads who logs in, and whether with a password', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((user) => !user.includes('\0')),
      fc.nat(20),
      (user, length) => {
        const payload = Buffer.concat([fixed(PROTOCOL_41), Buffer.from(`${user}\0`), Buffer.from([length])]);
        expect(readReply(payload)).toEqual({ kind: 'login', user, withPassword: length > 0 });
      },
    ),
  );
});

it('tells a client that goes on in TLS from one that cannot', () => {
  expect(readReply(fixed(PROTOCOL_41 | SSL))).toEqual({ kind: 'tls' });
  expect(readReply(fixed(PROTOCOL_41))).toBeUndefined();
});

it('makes nothing of what is no answer to a greeting, and never fails', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const reply = readReply(Buffer.from(bytes));
      expect(bytes.length >= 32 || reply === undefined).toBe(true);
    }),
  );
});

it('says no as a server does', () => {
  const error = errorPacket(2, { number: 3159, state: 'HY000', message: 'This RDS Proxy requires TLS connections.' });
  expect(firstPacket(error)?.packet).toMatchObject({ sequence: 2 });
  expect(error.subarray(4).toString('latin1')).toBe('\xff\x57\x0c#HY000This RDS Proxy requires TLS connections.');
});
