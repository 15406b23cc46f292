import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { masked, maskedDeep } from './personal-data.ts';

test.each([
  ['write to ada.lovelace+help@mail.example.co.uk!', 'write to [email]!'],
  ['josé@correo.example', '[email]'],
  ['call +49 170 1234567 or (030) 123-45 67 88', 'call [phone] or [phone]'],
  ['0170/1234567', '[phone]'],
  ['card 4111 1111 1111 1111, 5500-0000-0000-0004', 'card [card], [card]'],
  ['IBAN DE89 3704 0044 0532 0130 00', 'IBAN [iban]'],
  ['SSN 078-05-1120', 'SSN [social-security-number]'],
  ['from 203.0.113.7', 'from [ip]'],
  ['token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'token [secret]'],
  ['key AKIAIOSFODNN7EXAMPLE', 'key [secret]'],
  ['Authorization: Bearer abc.def-123456', 'Authorization: [secret]'],
])('%s → %s', (text, expected) => {
  expect(masked(text)).toBe(expected);
});

test.each([
  'version 1.2.3 of 2026-11-21T12:00:00Z',
  'error 500 after 29 s',
  'ticket 0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a',
  '20 of 1,000 requests',
])('leaves as it is: %s', (text) => {
  expect(masked(text)).toBe(text);
});

test('no address, number or card survives, whatever stands around it', () => {
  const around = fc.stringMatching(/^[ ,;:!"(]{1,3}$/);
  const found = fc.constantFrom(
    'ada@example.com',
    '+1 415 555 2671',
    '4111 1111 1111 1111',
    'GB82 WEST 1234 5698 7654 32',
  );
  fc.assert(
    fc.property(fc.lorem(), around, found, fc.lorem(), (before, sign, personal, after) => {
      expect(masked(`${before}${sign}${personal} ${after}`)).not.toContain(personal);
    }),
  );
});

test('errors are masked with their stack and their cause, objects at every depth', () => {
  const error = new Error('no row for ada@example.com', { cause: new Error('Duplicate entry +49 170 1234567') });
  const copy = maskedDeep(error) as Error;
  expect([copy.message, copy.name, (copy.cause as Error).message]).toEqual([
    'no row for [email]',
    'Error',
    'Duplicate entry [phone]',
  ]);
  expect(copy.stack).not.toContain('ada@');
  expect(maskedDeep({ a: [{ b: 'x@y.example' }], n: 1, z: null })).toEqual({ a: [{ b: '[email]' }], n: 1, z: null });
});
