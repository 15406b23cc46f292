import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fingerprintOf,
  isInWindow,
  isSigned,
  readClaim,
  SignatureMalformed,
  signatureOf,
  WINDOW_SECONDS,
} from './signature.ts';

const bytes = (text: string) => Buffer.from(text);
const NOON = 1_795_262_400;
const anyBody = fc.uint8Array({ minLength: 1, maxLength: 200 });
const anySecret = fc.string({ minLength: 1, maxLength: 64 });
const anyTime = fc.integer({ min: 0, max: 99_999_999_999 }).map(String);

test('the signature is that of anybody else who follows the page', () => {
  // printf '%s.%s' 1795262400 '{"a":1}' | openssl dgst -sha256 -hmac secret
  expect(signatureOf('secret', '1795262400', bytes('{"a":1}'))).toBe(
    'v1=fb0c249f3cb698b71b78fc02a33be75071124f64c8f8cb1544735b519c649c17',
  );
});

test('what was signed with any of the secrets is signed, whatever its bytes', () => {
  fc.assert(
    fc.property(
      anyBody,
      anyTime,
      fc.array(anySecret, { minLength: 1, maxLength: 3 }),
      fc.nat(2),
      (body, time, secrets, at) => {
        const claim = readClaim(time, signatureOf(secrets[at % secrets.length]!, time, body));
        expect(isSigned(claim, body, secrets)).toBe(true);
      },
    ),
  );
});

test('a bit of the body, the signature or the secret that is another, and it is not signed', () => {
  const flipped = (whole: Uint8Array, bit: number) => {
    const other = Uint8Array.from(whole);
    const at = bit % (other.length * 8);
    other[at >> 3]! ^= 1 << (at & 7);
    return other;
  };
  fc.assert(
    fc.property(anyBody, anyTime, anySecret, fc.nat(), (body, timestamp, secret, bit) => {
      const claim = readClaim(timestamp, signatureOf(secret, timestamp, body));
      expect(isSigned(claim, flipped(body, bit), [secret])).toBe(false);
      expect(isSigned({ timestamp, digests: [flipped(claim.digests[0]!, bit)] }, body, [secret])).toBe(false);
      expect(isSigned(claim, body, [`${secret}x`])).toBe(false);
      expect(isSigned(claim, body, [])).toBe(false);
    }),
  );
});

test('another time stamp, and it is not signed: neither is one that moves a character over to the body', () => {
  fc.assert(
    fc.property(anyBody, anyTime, anyTime, anySecret, (body, timestamp, other, secret) => {
      fc.pre(timestamp !== other);
      const { digests } = readClaim(timestamp, signatureOf(secret, timestamp, body));
      expect(isSigned({ timestamp: other, digests }, body, [secret])).toBe(false);
    }),
  );
  const { digests } = readClaim('12', signatureOf('s', '12', bytes('{}')));
  expect(isSigned({ timestamp: '1', digests }, bytes('2.{}'), ['s'])).toBe(false);
});

test('a time is in the window up to five minutes before and after now, and never outside of it', () => {
  const claim = (seconds: number) => readClaim(String(seconds), `v1=${'0'.repeat(64)}`);
  for (const off of [0, WINDOW_SECONDS, -WINDOW_SECONDS])
    expect(isInWindow(claim(NOON + off), NOON * 1_000)).toBe(true);
  expect(WINDOW_SECONDS).toBe(300);
  fc.assert(
    fc.property(fc.integer({ min: 301, max: 1_700_000_000 }), fc.constantFrom(-1, 1), (off, sign) => {
      expect(isInWindow(claim(NOON + sign * off), NOON * 1_000)).toBe(false);
    }),
  );
  // A millisecond too late.
  expect(isInWindow(claim(NOON - WINDOW_SECONDS), NOON * 1_000 + 1)).toBe(false);
});

test('several signatures may come by commas, those of other versions are passed over, and case does not matter', () => {
  const [old, young] = ['old', 'young'].map((secret) => signatureOf(secret, '7', bytes('x')));
  const claim = readClaim('7', `v0=abc, ${old},${young!.toUpperCase().replace('V1', 'v1')}`);
  expect(claim.digests).toHaveLength(2);
  expect(isSigned(claim, bytes('x'), ['young'])).toBe(true);
  expect(isSigned(claim, bytes('x'), ['old'])).toBe(true);
});

const GOOD = `v1=${'a'.repeat(64)}`;
test.each([
  ['no time stamp', undefined, GOOD],
  ['a time stamp with a sign', '+1795262400', GOOD],
  ['a time stamp in other words', '1.795e9', GOOD],
  ['two time stamps', '1795262400, 1795262401', GOOD],
  ['an endless time stamp', '1'.repeat(13), GOOD],
  ['no signature', '1795262400', undefined],
  ['an empty signature', '1795262400', ''],
  ['a signature without a version', '1795262400', 'a'.repeat(64)],
  ['one of another version alone', '1795262400', `v2=${'a'.repeat(64)}`],
  ['one that is too short', '1795262400', `v1=${'a'.repeat(63)}`],
  ['one that is too long', '1795262400', `v1=${'a'.repeat(65)}`],
  ['one in base64', '1795262400', `v1=${'+'.repeat(64)}`],
  ['too many to try', '1795262400', Array.from({ length: 5 }, () => GOOD).join()],
])('%s is malformed', (_what, timestamp, signature) => {
  expect(() => readClaim(timestamp, signature)).toThrow(SignatureMalformed);
});

test('a request has one fingerprint, whatever it is signed with, and no other request has it', () => {
  fc.assert(
    fc.property(anyBody, anyTime, anyBody, anyTime, (body, time, otherBody, otherTime) => {
      const of = (secret: string) => readClaim(time, signatureOf(secret, time, body));
      expect(fingerprintOf('chat', of('one'), body)).toBe(fingerprintOf('chat', of('other'), body));
      expect(fingerprintOf('email', of('one'), body)).not.toBe(fingerprintOf('chat', of('one'), body));
      fc.pre(time !== otherTime || Buffer.compare(body, otherBody) !== 0);
      const other = readClaim(otherTime, GOOD);
      expect(fingerprintOf('chat', other, otherBody)).not.toBe(fingerprintOf('chat', of('one'), body));
    }),
  );
});
