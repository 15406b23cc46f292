import fc from 'fast-check';
import { provesOneOf } from './password-proof.ts';
import { readNonce, readReply } from './protocol.ts';

const PROTOCOL_41 = 0x200;
const SECURE = 0x8000;
const WITH_DATABASE = 0x8;
const PLUGIN = 0x80000;

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const NONCE = bytes('000102030405060708090a0b0c0d0e0f10111213');

/** By mysql2: what a client of the password `secret` answers this nonce with. */
const PROOFS = [
  ['mysql_native_password', '21b3ff405f32cbe4aafff291396046ea29fa3a4d'],
  ['caching_sha2_password', '6c84c617ec1f26456a02c42ed7cb02eca7d8511333f98bc9b31e5f68ce1665d5'],
] as const;

it.each(PROOFS)('%s is told from that of another password', (plugin, hex) => {
  const proof = { plugin, answer: bytes(hex) };
  expect(provesOneOf(proof, NONCE, ['other', 'secret'])).toBe(true);
  expect(provesOneOf(proof, NONCE, ['Secret', 'secret '])).toBe(false);
  expect(provesOneOf(proof, Buffer.alloc(20), ['secret'])).toBe(false);
});

it('what only the server can judge is left to it', () => {
  expect(provesOneOf({ plugin: 'client_ed25519', answer: Buffer.alloc(64) }, NONCE, ['secret'])).toBeUndefined();
  expect(provesOneOf({ plugin: 'mysql_native_password', answer: Buffer.alloc(0) }, NONCE, ['s'])).toBeUndefined();
});

it('a greeting’s nonce is found, whatever the version is called', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\x21-\x7e]{1,40}$/), (version) => {
      const head = Buffer.concat([Buffer.from([10]), Buffer.from(`${version}\0`), Buffer.alloc(4, 7)]);
      const greeting = Buffer.concat([
        head,
        NONCE.subarray(0, 8),
        Buffer.alloc(19),
        NONCE.subarray(8),
        Buffer.alloc(1),
      ]);
      expect(readNonce(greeting)).toEqual(NONCE);
      expect(readNonce(greeting.subarray(0, -2))).toBeUndefined();
    }),
  );
  expect(readNonce(Buffer.alloc(0))).toBeUndefined();
});

it('a login’s proof is found, with a database and without, and nothing is made of a login cut off anywhere', () => {
  const answer = fc.uint8Array({ minLength: 1, maxLength: 32 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(answer, fc.option(fc.constantFrom('helpdesk', 'x')), (given, database) => {
      const fixed = Buffer.alloc(32);
      fixed.writeUInt32LE(PROTOCOL_41 | SECURE | PLUGIN | (database ? WITH_DATABASE : 0));
      const tail = `${database ? `${database}\0` : ''}mysql_native_password\0`;
      const payload = Buffer.concat([
        fixed,
        Buffer.from('ada\0'),
        Buffer.from([given.length]),
        given,
        Buffer.from(tail),
      ]);
      const proof = { plugin: 'mysql_native_password', answer: given };
      expect(readReply(payload)).toEqual({ kind: 'login', user: 'ada', withPassword: true, proof });
      for (let end = 36; end < payload.length; end += 1) {
        expect(readReply(payload.subarray(0, end))).not.toHaveProperty('proof');
      }
    }),
  );
});
