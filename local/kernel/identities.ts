import { createHash, randomBytes } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Caller, Principal } from './caller.ts';
import type { Clock } from './clock.ts';
import type { Credentials, EnvironmentIdentity, Identities, RoleSession } from './identity.ts';
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
  const administrator: Principal = {
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
    if (record.credentials.sessionToken !== sessionToken) throw invalidToken();
    if (record.credentials.expiration <= clock.now()) {
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', {
        statusCode: 403,
      });
    }
    return record;
  }

  function identifyEnvironment(caller: Extract<Caller, { kind: 'environment' }>) {
    const environment = environments.get(caller.environmentId);
    if (!environment) throw invalidToken();
    const origin = {
      kind: 'environment',
      environmentId: environment.environmentId,
      functionArn: environment.functionArn,
      placement: environment.placement,
    } as const;
    if (caller.accessKeyId === undefined) {
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { statusCode: 403 });
    }
    const record = known(caller.accessKeyId, caller.sessionToken);
    if (!record) throw invalidToken();
    // The socket says who this is. A key of another role that leaked in here does not make it that role; only one
    // that this very environment obtained by AssumeRole does.
    const assumed = record.issuedTo === environment.environmentId;
    return { principal: assumed ? record.principal : environment.principal, origin };
  }

  function session(roleArn: string, sessionName: string): RoleSession {
    const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    const roleAccount = roleArn.split(':')[4] || accountId;
    return {
      kind: 'role-session',
      arn: `arn:${partition}:sts::${roleAccount}:assumed-role/${roleName}/${sessionName}`,
      roleArn,
      accountId: roleAccount,
      userId: `${principalId('AROA', roleArn)}:${sessionName}`,
    };
  }

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
        sessionToken: randomBytes(192).toString('base64'),
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
        case 'client': {
          const record = caller.accessKeyId === undefined ? undefined : known(caller.accessKeyId, caller.sessionToken);
          return { principal: record?.principal ?? administrator, origin: outside };
        }
        case 'environment':
          return identifyEnvironment(caller);
        case 'service':
        case 'internal':
          return { principal: caller, origin: { kind: 'inside', service: caller.service } };
        case 'role':
          return { principal: takenBy(caller), origin: { kind: 'inside', service: caller.service } };
      }
    },
    secretOf: (accessKeyId) => issued.get(accessKeyId)?.credentials.secretAccessKey,
  };
}

/** Without the members that are undefined, which a stored record would not have either. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** How long a key that ran out is still recognised, so that its owner reads "expired" and not "invalid". */
const FORGET_AFTER_MS = 3_600_000;

function invalidToken(): AwsError {
  return new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', {
    statusCode: 403,
  });
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

/**
 * A unique id as IAM gives its principals (`AROA…` for roles, `AIDA…` for users), made from the ARN so that STS and
 * IAM agree without asking each other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export function principalId(prefix: string, arn: string): string {
  return prefix + base32(createHash('sha256').update(arn).digest().subarray(0, 17));
}
