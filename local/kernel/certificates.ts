/**
 * A certificate authority of this state directory alone: the database's TLS and `https://….amazonaws.com` inside
 * execution environments stand on it. It is never installed anywhere: who is to trust it is given `caPem`.
 */
import { createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateOptions, makeCertificate } from './x509.ts';

export interface CertificateRequest {
  /** Names it is valid for; a `*.` stands for exactly one label. */
  readonly hostnames: readonly string[];
  readonly ips?: readonly string[];
}

/** PEM, both. */
export interface IssuedCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateAuthority {
  /** The authority's own certificate, PEM. */
  readonly caPem: string;
  /** A server certificate; the same set of names gives the same one, across restarts, until it nears its end. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

const DAY_MS = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 397;
/** A certificate closer to its end than this is made anew. */
const RENEWAL_DAYS = 30;

/**
 * Opens the authority kept in `directory`, making it (EC P-256, valid for ten years) the first time or when what is
 * there cannot be used. Files are 0600, the directory 0700. `now` is in ms since 1970.
 */
export async function createCertificateAuthority(
  directory: string,
  now: () => number = Date.now,
): Promise<CertificateAuthority> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const file = join(directory, 'authority.pem');
  const authority = (await readPair(file, now())) ?? (await writePair(file, makeAuthority(now())));
  const fingerprint = new X509Certificate(authority.cert).fingerprint256;
  const issued = new Map<string, Promise<IssuedCertificate>>();

  async function issue({ hostnames, ips }: NameSet): Promise<IssuedCertificate> {
    const names = createHash('sha256')
      .update(JSON.stringify([fingerprint, hostnames, ips]))
      .digest('hex');
    const path = join(directory, `server-${names.slice(0, 32)}.pem`);
    return (await readPair(path, now())) ?? writePair(path, makeServer(authority, { hostnames, ips }, now()));
  }

  return {
    caPem: authority.cert,
    issue(request) {
      const names = nameSet(request);
      const key = JSON.stringify(names);
      const known = issued.get(key);
      if (known) return known;
      const fresh = issue(names);
      issued.set(key, fresh);
      fresh.catch(() => issued.delete(key));
      return fresh;
    },
  };
}

interface NameSet {
  readonly hostnames: readonly string[];
  readonly ips: readonly string[];
}

function nameSet({ hostnames, ips = [] }: CertificateRequest): NameSet {
  if (hostnames.length + ips.length === 0) throw new TypeError('a certificate needs at least one name or address');
  const sorted = (values: readonly string[]) => [...new Set(values)].sort();
  return {
    hostnames: sorted(hostnames.map((name) => name.toLowerCase().replace(/\.$/, ''))),
    ips: sorted(ips),
  };
}

/** Undefined when there is none, or none to be used: cut short, ended, or with a key that is not its own. */
async function readPair(path: string, now: number): Promise<IssuedCertificate | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n/.exec(text)?.[0];
  const cert = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/.exec(text)?.[0];
  if (!key || !cert) return undefined;
  try {
    const certificate = new X509Certificate(cert);
    const lasts = Date.parse(certificate.validTo) - now > RENEWAL_DAYS * DAY_MS;
    return lasts && certificate.checkPrivateKey(createPrivateKey(key)) ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: another start never reads half a file. */
async function writePair(path: string, pair: IssuedCertificate): Promise<IssuedCertificate> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(beside, pair.key + pair.cert, { mode: 0o600 });
  await rename(beside, path);
  return pair;
}

function makeAuthority(now: number): IssuedCertificate {
  // The name differs per authority: one that was trusted before a reset is not taken for its successor.
  const commonName = `sampan local cloud ${randomBytes(4).toString('hex')}`;
  return makeCertificate({ commonName, ...valid(AUTHORITY_DAYS, now), use: { kind: 'authority' } });
}

function makeServer(issuer: IssuedCertificate, names: NameSet, now: number): IssuedCertificate {
  // X.509 limits a common name to 64 characters; clients go by the alternative names anyway.
  const commonName = (names.hostnames[0] ?? names.ips[0] ?? '').slice(0, 64);
  return makeCertificate({ commonName, ...valid(SERVER_DAYS, now), use: { kind: 'server', ...names, issuer } });
}

function valid(days: number, now: number): Pick<CertificateOptions, 'notBefore' | 'notAfter'> {
  // A clock that is a little behind (a virtual machine's) must not refuse it.
  return { notBefore: now - DAY_MS, notAfter: now + days * DAY_MS };
}
