/**
 * As whom a proxy can log in to its database: the secrets of its `Auth`, read in its role and tried out, as RDS Proxy
 * does. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-secrets-arns.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { Refusal } from '../../../kernel/doors.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import { arn } from '../names.ts';
import type { ProxyRecord } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import type { DatabaseServer } from '../server/start.ts';
import { missingAuth } from './missing-auth.ts';

export type UserCredentials =
  | {
      readonly kind: 'known';
      /** What the secrets have now; absent where a proxy takes tokens only, which nobody here can judge. */
      readonly passwords?: readonly string[];
    }
  /** `reason` names the secret and what is wrong with it, never what is in it. */
  | {
      readonly kind: 'unknown';
      readonly reason: string;
      /** What the template lacks, when it is an entry of `Auth`. */
      readonly remedy?: () => Promise<string | undefined>;
    };

export interface Credentials {
  of(user: string): UserCredentials;
}

/** What became of one secret. */
type Finding =
  | { readonly kind: 'works'; readonly user: string; readonly password: string }
  | { readonly kind: 'refused'; readonly user: string; readonly reason: string }
  | { readonly kind: 'unread'; readonly reason: string };

/** The database's words for a wrong user or password, an account that is locked, and a password that has expired. */
const WRONG_CREDENTIALS = new Set([1045, 1698, 3118, 4151, 1820, 1862]);
const LOGIN_WITHIN_MS = 5_000;

export async function readCredentials(
  room: Pick<RdsRoom, 'context' | 'place' | 'names'>,
  proxy: ProxyRecord,
  server: Pick<DatabaseServer, 'port'>,
): Promise<Credentials> {
  const secrets = proxy.auth.flatMap(({ secretArn }) => secretArn ?? []);
  const findings = await Promise.all(secrets.map((secretArn) => tryOut(room, proxy, secretArn, server)));
  // Tokens are not emulated: a proxy that takes nothing else lets everybody in who has a password.
  if (secrets.length === 0) return { of: () => ({ kind: 'known' }) };
  return {
    of(user) {
      const credentials = judge(user, proxy, findings);
      // A secret of Auth that cannot be read may be that user's: then no entry is missing.
      if (credentials.kind === 'known' || findings.some((finding) => isOf(finding, user))) return credentials;
      const proxyArn = arn(room.place, 'db-proxy', proxy.resourceId);
      const missing = { user, proxyArn, secretArns: secrets };
      return { ...credentials, remedy: () => missingAuth(room.context.dispatch, room.names, missing) };
    },
  };
}

const isOf = (finding: Finding, user: string): boolean => finding.kind === 'unread' || finding.user === user;

function judge(user: string, proxy: ProxyRecord, findings: readonly Finding[]): UserCredentials {
  const own = findings.filter((finding) => finding.kind !== 'unread' && finding.user === user);
  const passwords = own.flatMap((finding) => (finding.kind === 'works' ? finding.password : []));
  if (passwords.length > 0) return { kind: 'known', passwords };
  const reasons = (own.length > 0 ? own : findings).flatMap((finding) => ('reason' in finding ? finding.reason : []));
  const none = `none of the ${proxy.auth.length} secrets in Auth of proxy ${proxy.name} that could be read is that user's`;
  return { kind: 'unknown', reason: joined(own.length > 0 ? reasons : [none, ...reasons]) };
}

/** Reasons after one another. What is to be pasted ends the lines of one: the next begins on a line of its own. */
export function joined(reasons: readonly string[]): string {
  return reasons.reduce((all, reason) => `${all}${all.includes('\n') ? '\n' : '; '}${reason}`);
}

async function tryOut(
  { context, place }: Pick<RdsRoom, 'context' | 'place'>,
  proxy: ProxyRecord,
  secretArn: string,
  { port }: Pick<DatabaseServer, 'port'>,
): Promise<Finding> {
  let text: string | undefined;
  try {
    text = await readSecret(context, proxy, arn(place, 'db-proxy', proxy.resourceId), secretArn);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // The words of the proxy's own log on AWS.
    const told = `The IAM role "${proxy.roleArn}" is not authorized to read the AWS Secrets Manager secret with the ARN "${secretArn}"`;
    return error instanceof Refusal
      ? { kind: 'unread', reason: `${told}: ${error.reason}` }
      : { kind: 'unread', reason: `the secret ${secretArn} cannot be read: ${error.code}: ${error.message}` };
  }
  const login = readLogin(text);
  if (!login) return { kind: 'unread', reason: `the secret ${secretArn} is not JSON with a username and a password` };
  const { user } = login;
  const refusal = await logIn(port, login);
  if (refusal === undefined) return { kind: 'works', ...login };
  return { kind: 'refused', user, reason: `the database does not take what the secret ${secretArn} has: ${refusal}` };
}

async function readSecret(
  { dispatch, accountId }: ServiceContext,
  proxy: ProxyRecord,
  proxyArn: string,
  SecretId: string,
): Promise<string | undefined> {
  const output = await dispatch({
    caller: {
      kind: 'role',
      roleArn: proxy.roleArn,
      service: 'rds.amazonaws.com',
      sessionName: `RDS-Proxy-${proxy.name}`.slice(0, 64),
      sourceArn: proxyArn,
      sourceAccount: accountId,
    },
    service: 'secretsmanager',
    operation: 'GetSecretValue',
    input: { SecretId },
  });
  return (output as { SecretString?: string }).SecretString;
}

interface Login {
  readonly user: string;
  readonly password: string;
}

function readLogin(text: string | undefined): Login | undefined {
  try {
    const { username, password } = JSON.parse(text ?? '') as { username?: unknown; password?: unknown };
    if (typeof username === 'string' && typeof password === 'string') return { user: username, password };
  } catch {
    // Not JSON: as little use as JSON without the two.
  }
  return undefined;
}

/** The database's refusal, if it refuses; undefined when it lets the user in, or cannot say now. */
async function logIn(port: number, { user, password }: Login): Promise<string | undefined> {
  const { createConnection } = await import('mysql2/promise');
  try {
    const connection = await createConnection({
      host: '127.0.0.1',
      port,
      user,
      password,
      // A server of our own on the loopback interface, whose certificate has other names.
      ssl: { rejectUnauthorized: false },
      connectTimeout: LOGIN_WITHIN_MS,
    });
    await connection.end();
    return undefined;
  } catch (error) {
    const { errno, message } = error as { errno?: number; message: string };
    return errno !== undefined && WRONG_CREDENTIALS.has(errno) ? message : undefined;
  }
}
