import { createHash, randomBytes } from 'node:crypto';
import type { AccountPrincipal, Caller } from './caller.ts';
import type { Clock } from './clock.ts';
import {
  type Credentials,
  type EnvironmentIdentity,
  type Identities,
  IdentityError,
  type RoleSession,
} from './identity.ts';
import type { Store } from './store.ts';

interface Issued {
  readonly credentials: Credentials;
  readonly principal: RoleSession;
  readonly issuedTo?: string;
}

/** Keeps issued credentials in the store, so that an `AssumeRole` of before a restart is still good after it. */
export function createIdentities(options: {
  accountId: string;
  partition: string;
  clock: Clock;
  store: Store;
}): Identities {
  const { accountId, partition, clock, store } = options;
  const book = store.collection<Issued>('kernel', 'credentials');
  const issued = new Map<string, Issued>();
  for (const { key, value } of book.list()) {
    if (value.credentials.expiration > clock.now()) issued.set(key, value);
    else book.delete(key);
  }
  const environments = new Map<string, EnvironmentIdentity>();
  const administrator: AccountPrincipal = {
    kind: 'administrator',
    arn: `arn:${partition}:iam::${accountId}:root`,
    accountId,
    userId: accountId,
  };
  const outside = { kind: 'outside' } as const;

  /** The record behind a key, after the checks AWS makes of every temporary credential. */
  function known(accessKeyId: string, sessionToken: string | undefined): Issued | undefined {
    const record = issued.get(accessKeyId);
    if (!record) return undefined;
    if (record.credentials.sessionToken !== sessionToken) throw new IdentityError('invalid-token');
    if (record.credentials.expiration <= clock.now()) throw new IdentityError('expired-token');
    return record;
  }

  /** Keys not issued here are the developer's own, and so is the account; of their tokens only the form is known. */
  function identifyClient({ accessKeyId, sessionToken }: Extract<Caller, { kind: 'client' }>) {
    const record = accessKeyId === undefined ? undefined : known(accessKeyId, sessionToken);
    if (!record && accessKeyId !== undefined) checkStranger(accessKeyId, sessionToken);
    return { principal: record?.principal ?? administrator, origin: outside };
  }

  function originOf(environmentId: string) {
    const environment = environments.get(environmentId);
    if (!environment) throw new IdentityError('unknown-key');
    const { functionArn, placement } = environment;
    return { environment, origin: { kind: 'environment', environmentId, functionArn, placement } as const };
  }

  function identifyEnvironment(caller: Extract<Caller, { kind: 'environment' }>) {
    const { environment, origin } = originOf(caller.environmentId);
    if (caller.accessKeyId === undefined) throw new IdentityError('missing');
    const record = known(caller.accessKeyId, caller.sessionToken);
    if (!record) throw new IdentityError('unknown-key', { accessKeyId: caller.accessKeyId });
    // The socket says who this is. A key of another role that leaked in here does not make it that role; only one
    // that this very environment obtained by AssumeRole does.
    if (record.issuedTo === environment.environmentId) return { principal: record.principal, origin };
    // A URL that was signed in advance is given away to be used: it is its maker's request, and only the way is this one's.
    if (caller.presigned) return { principal: record.principal, origin: { ...origin, bearer: true } as const };
    return { principal: environment.principal, origin };
  }

  const session = (roleArn: string, sessionName: string): RoleSession =>
    roleSession({ partition, accountId: roleArn.split(':')[4] || accountId }, roleArn, sessionName);

  /** A service in a role needs no credentials: nobody but the service itself can say so. */
  const takenBy = (caller: Extract<Caller, { kind: 'role' }>): RoleSession => ({
    ...session(caller.roleArn, caller.sessionName),
    invokedBy: caller.service,
    ...given({ sourceArn: caller.sourceArn, sourceAccount: caller.sourceAccount }),
    issuedAt: clock.now(),
  });

  return {
    issue({ roleArn, sessionName, durationSeconds, issuedTo, issuedAt = clock.now(), ...narrowed }) {
      const principal: RoleSession = { ...session(roleArn, sessionName), ...given(narrowed), issuedAt };
      const credentials: Credentials = {
        accessKeyId: `ASIA${randomBase32(16)}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: OWN_TOKEN + randomBytes(186).toString('base64'),
        expiration: clock.now() + durationSeconds * 1000,
      };
      const record: Issued = issuedTo === undefined ? { credentials, principal } : { credentials, principal, issuedTo };
      issued.set(credentials.accessKeyId, record);
      book.put(credentials.accessKeyId, record);
      clock.after(durationSeconds * 1000 + FORGET_AFTER_MS, () => {
        issued.delete(credentials.accessKeyId);
      });
      return { credentials, principal };
    },
    bind: (environment) => void environments.set(environment.environmentId, environment),
    forget: (environmentId) => void environments.delete(environmentId),
    identify(caller) {
      switch (caller.kind) {
        case 'client':
          return identifyClient(caller);
        case 'anonymous': {
          const from = caller.environmentId;
          return { principal: { kind: 'anonymous' }, origin: from === undefined ? outside : originOf(from).origin };
        }
        case 'environment':
          return identifyEnvironment(caller);
        case 'service': {
          const from = caller.environmentId;
          if (from !== undefined) return { principal: caller, origin: originOf(from).origin };
          return { principal: caller, origin: { kind: 'inside', service: caller.service } };
        }
        case 'internal':
          return { principal: caller, origin: { kind: 'inside', service: caller.service } };
        case 'role':
          return { principal: takenBy(caller), origin: { kind: 'inside', service: caller.service } };
      }
    },
    ownerOf(accessKeyId) {
      const record = issued.get(accessKeyId);
      if (record) return { secretAccessKey: record.credentials.secretAccessKey, principal: record.principal };
      return accessKeyId === TEST_KEY ? { secretAccessKey: TEST_KEY, principal: administrator } : undefined;
    },
  };
}

/** Without the members that are undefined, which a stored record would not have either. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** How long a key that ran out is still recognised, so that its owner reads "expired" and not "invalid". */
const FORGET_AFTER_MS = 3_600_000;

/** The key whose secret everybody knows: it is the same word. */
const TEST_KEY = 'test';

/** How the tokens begin that are issued here, in base64: what is no longer in the book is still known to be from it. */
const OWN_TOKEN = Buffer.from('sampan').toString('base64');

/** Temporary keys have a token, the others have none; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function checkStranger(accessKeyId: string, sessionToken: string | undefined): void {
  if (sessionToken?.startsWith(OWN_TOKEN)) throw new IdentityError('expired-token');
  if (accessKeyId.startsWith('ASIA') && !sessionToken) throw new IdentityError('invalid-token');
  if (accessKeyId.startsWith('AKIA') && sessionToken) throw new IdentityError('invalid-token');
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function randomBase32(length: number): string {
  return base32(randomBytes(length));
}

function base32(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += BASE32[byte & 31];
  return text;
}

/** What ARNs of sessions are made from. */
type Place = { readonly partition: string; readonly accountId: string };

/** `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION`: of a role's path the session does not tell. */
export function roleSessionArn({ partition, accountId }: Place, roleArn: string, sessionName: string): string {
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

/** Who somebody is in a role; since when, and how far narrowed, whoever issues or takes it adds. */
export function roleSession(place: Place, roleArn: string, sessionName: string): RoleSession {
  return {
    kind: 'role-session',
    arn: roleSessionArn(place, roleArn, sessionName),
    roleArn,
    accountId: place.accountId,
    userId: `${principalId('AROA', roleArn)}:${sessionName}`,
  };
}

/**
 * A unique id as IAM gives its principals (`AROA…` for roles, `AIDA…` for users), made from the ARN so that STS and
 * IAM agree without asking each other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export function principalId(prefix: string, arn: string): string {
  return prefix + base32(createHash('sha256').update(arn).digest().subarray(0, 17));
}
