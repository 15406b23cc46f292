import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { makeCertificate } from './x509.ts';

const DAY_MS = 24 * 3600 * 1000;
const now = Date.parse('2026-11-21T12:00:00.500Z');
const AUTHORITY = makeCertificate({
  commonName: 'authority',
  notBefore: now - DAY_MS,
  notAfter: Date.parse('2051-02-03T04:05:06Z'),
  use: { kind: 'authority' },
});

function server(hostnames: readonly string[], ips: readonly string[] = []) {
  return makeCertificate({
    commonName: hostnames[0] ?? '',
    notBefore: now,
    notAfter: now + 397 * DAY_MS,
    use: { kind: 'server', hostnames, ips, issuer: AUTHORITY },
  });
}

test('an authority signs itself, and may sign others', () => {
  const certificate = new X509Certificate(AUTHORITY.cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkIssued(certificate)).toBe(true);
  expect(certificate).toMatchObject({ ca: true, subject: 'CN=authority', issuer: 'CN=authority' });
});

test('times are whole seconds, also from 2050 on, where they are written otherwise', () => {
  const { validFrom, validTo } = new X509Certificate(AUTHORITY.cert);
  expect([validFrom, validTo]).toEqual(['Nov 20 12:00:00 2026 GMT', 'Feb  3 04:05:06 2051 GMT']);
});

test('a server has its names and addresses, for servers alone', () => {
  const { cert, key } = server(['a.example', '*.b.example'], ['127.0.0.1', '::1', '2001:db8::ff00:42']);
  const certificate = new X509Certificate(cert);
  const issuer = new X509Certificate(AUTHORITY.cert);
  expect(certificate.subjectAltName).toBe(
    'DNS:a.example, DNS:*.b.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:FF00:42',
  );
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  // What Node calls its key usage is the extended one.
  expect(certificate).toMatchObject({ ca: false, issuer: 'CN=authority', keyUsage: ['1.3.6.1.5.5.7.3.1'] });
  expect(certificate.checkIssued(issuer)).toBe(true);
  expect(certificate.verify(issuer.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
});

test('what is no address is refused', () => {
  expect(() => server([], ['127.0.0.1.5'])).toThrow(new TypeError('127.0.0.1.5 is no IP address'));
});

test('it can be read whatever the lengths in it are', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,60}$/);
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 1_200 }), (labels) => {
      const hostnames = labels.map((name) => `${name}.example`);
      const certificate = new X509Certificate(server(hostnames).cert);
      expect(certificate.subjectAltName?.split(', ')).toEqual(hostnames.map((name) => `DNS:${name}`));
      expect(certificate.verify(new X509Certificate(AUTHORITY.cert).publicKey)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
