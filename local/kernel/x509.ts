/**
 * X.509 certificates for keys on the curve P-256, as far as the local authority needs them: RFC 5280, in DER (X.690).
 * A page of our own instead of a package, because packages for this load a hundred modules at every first start.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { parseAddress } from '../policy/network/cidr.ts';

export interface CertificateOptions {
  readonly commonName: string;
  /** ms since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly use: AuthorityUse | ServerUse;
}

/** It signs others, and itself. */
export interface AuthorityUse {
  readonly kind: 'authority';
}

export interface ServerUse {
  readonly kind: 'server';
  readonly hostnames: readonly string[];
  readonly ips: readonly string[];
  /** Who signs it. */
  readonly issuer: KeyPair;
}

/** PEM, both; the key in PKCS #8. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Makes a key and its certificate. Throws TypeError for an address that is none. */
export function makeCertificate({ commonName, notBefore, notAfter, use }: CertificateOptions): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(set(sequence(oid('2.5.4.3'), tlv(UTF8_STRING, Buffer.from(commonName)))));
  const info = publicKey.export({ type: 'spki', format: 'der' });
  const issuer =
    use.kind === 'server' ? readIssuer(use.issuer) : { name: subject, keyId: keyId(info), key: privateKey };
  const tbs = sequence(
    tlv(explicit(0), integer(Buffer.of(2))),
    integer(positive(randomBytes(16))),
    ECDSA_WITH_SHA256,
    issuer.name,
    sequence(time(notBefore), time(notAfter)),
    subject,
    info,
    tlv(explicit(3), sequence(...extensions(use, keyId(info), issuer.keyId))),
  );
  const signature = sign('sha256', tbs, issuer.key);
  const der = sequence(tbs, ECDSA_WITH_SHA256, bits(0, signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: new X509Certificate(der).toString(),
  };
}

/** Of an RSA key that signs documents; signed with itself. PEM. */
export function selfSignedRsaCertificate(
  { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  { commonName, notBefore, notAfter }: Omit<CertificateOptions, 'use'>,
): string {
  const name = sequence(set(sequence(oid('2.5.4.3'), tlv(UTF8_STRING, Buffer.from(commonName)))));
  const tbs = sequence(
    tlv(explicit(0), integer(Buffer.of(2))),
    integer(positive(randomBytes(16))),
    RSA_WITH_SHA256,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(explicit(3), sequence(extension('2.5.29.19', true, sequence()))),
  );
  const der = sequence(tbs, RSA_WITH_SHA256, bits(0, sign('sha256', tbs, privateKey)));
  return new X509Certificate(der).toString();
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1 */
function extensions(use: CertificateOptions['use'], own: Buffer, issuer: Buffer): Buffer[] {
  const keys = [
    extension('2.5.29.14', false, octets(own)),
    extension('2.5.29.35', false, sequence(tlv(implicit(0), issuer))),
  ];
  if (use.kind === 'authority') {
    return [
      extension('2.5.29.19', true, sequence(tlv(BOOLEAN, Buffer.of(0xff)))),
      // Signs certificates and lists of revoked ones.
      extension('2.5.29.15', true, bits(1, Buffer.of(0b0000_0110))),
      ...keys,
    ];
  }
  const names = [
    ...use.hostnames.map((name) => tlv(implicit(2), Buffer.from(name, 'latin1'))),
    ...use.ips.map((ip) => tlv(implicit(7), addressBytes(ip))),
  ];
  return [
    extension('2.5.29.19', true, sequence()),
    // Signs handshakes.
    extension('2.5.29.15', true, bits(7, Buffer.of(0b1000_0000))),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(...names)),
    ...keys,
  ];
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [tlv(BOOLEAN, Buffer.of(0xff))] : []), octets(value));
}

function addressBytes(ip: string): Buffer {
  const address = parseAddress(ip);
  if (!address) throw new TypeError(`${ip} is no IP address`);
  const length = address.family === 4 ? 4 : 16;
  return Buffer.from(address.first.toString(16).padStart(2 * length, '0'), 'hex');
}

/** The issuer's name byte for byte as its own certificate has it, since that is how names are compared. */
function readIssuer({ key, cert }: KeyPair) {
  const [tbs] = children(new X509Certificate(cert).raw);
  if (!tbs) throw new TypeError('the issuer has no certificate');
  // version, serialNumber, signature, issuer, validity, subject
  const name = children(tbs)[5];
  if (!name) throw new TypeError("the issuer's certificate has no subject");
  const info = createPublicKey(cert).export({ type: 'spki', format: 'der' });
  return { name, keyId: keyId(info), key: createPrivateKey(key) };
}

/** Of the public key alone, without what says of which kind it is: the last 65 bytes are the point of the curve. */
function keyId(info: Buffer): Buffer {
  return createHash('sha1').update(info.subarray(-65)).digest();
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const implicit = (tag: number) => 0x80 | tag;
const explicit = (tag: number) => 0xa0 | tag;

/** https://www.rfc-editor.org/rfc/rfc5758#section-3.2 */
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** https://www.rfc-editor.org/rfc/rfc4055#section-5; its parameters are a null. */
const RSA_WITH_SHA256 = sequence(oid('1.2.840.113549.1.1.11'), Buffer.of(0x05, 0));

function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const length = positive(Buffer.from(content.length.toString(16).padStart(8, '0'), 'hex'), 0);
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tlv(SEQUENCE, ...contents);
}

function set(...contents: readonly Buffer[]): Buffer {
  return tlv(SET, ...contents);
}

function octets(content: Buffer): Buffer {
  return tlv(OCTET_STRING, content);
}

function bits(unused: number, content: Buffer): Buffer {
  return tlv(BIT_STRING, Buffer.of(unused), content);
}

function integer(content: Buffer): Buffer {
  return tlv(INTEGER, content);
}

/** Without leading zeros, but the one that keeps an integer from being negative. */
function positive(number: Buffer, sign = 1): Buffer {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.of(0) : number.subarray(start);
  return sign && digits[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits;
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [40 * first + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return tlv(OBJECT_IDENTIFIER, Buffer.from(bytes));
}

/** Two digits for the year until 2049, four from then on: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 */
function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`;
  return digits < '2050' ? tlv(UTC_TIME, Buffer.from(digits.slice(2))) : tlv(GENERALIZED_TIME, Buffer.from(digits));
}

/** What stands in it, each with its tag and length. */
function children(der: Buffer): Buffer[] {
  const found: Buffer[] = [];
  const [, from] = contentOf(der, 0);
  for (let at = from; at < der.length; ) {
    const [end] = contentOf(der, at);
    found.push(der.subarray(at, end));
    at = end;
  }
  return found;
}

/** Where what begins at `at` ends, and where its content begins. */
function contentOf(der: Buffer, at: number): [end: number, from: number] {
  const short = der[at + 1]!;
  if (short < 0x80) return [at + 2 + short, at + 2];
  const from = at + 2 + (short & 0x7f);
  return [from + der.readUIntBE(at + 2, short & 0x7f), from];
}
