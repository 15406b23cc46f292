/**
 * Users of the stack's pools who are there from the first start on, so that a developer can sign in at once: those that
 * a pool's `Metadata.sampan.users` names, or one in all groups.
 */
import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import { AwsError, type Kernel, type ResourceDescription } from '../kernel/index.ts';
import type { Diagnostic, Json, JsonObject, Stack } from '../template/stack.ts';
import type { Cloud } from './cloud.ts';
import { newLocalPassword } from './local-passwords.ts';

export interface LocalUser {
  /** As the template writes it; mostly an e-mail address. */
  readonly name: string;
  /** What Cognito calls the user. */
  readonly username: string;
  readonly password: string;
  readonly groups: readonly string[];
  readonly userPoolId: string;
  /** Logical id. */
  readonly pool: string;
}

export interface LocalUsers {
  /** The first is the one whose token is given where nobody is named. */
  readonly users: readonly LocalUser[];
  /** Why somebody could not be made. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Whom the template wants. */
interface Wanted {
  readonly name: string;
  /** Absent: all that the pool has. */
  readonly groups?: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

const USER_POOL = 'AWS::Cognito::UserPool';
const DEFAULT_NAME = 'user@example.com';

/** Where passwords are kept between starts, in the order of the template. */
export const localUserCollection = ({ store }: Pick<Kernel, 'store'>) =>
  store.collection<LocalUser>('sampan', 'local-users');

/** Makes those that are missing. Never rejects for a user's sake. */
export async function makeLocalUsers(
  { kernel, reconciler }: Pick<Cloud, 'kernel' | 'reconciler'>,
  stack: Stack,
): Promise<LocalUsers> {
  const kept = localUserCollection(kernel);
  const pools = reconciler.resources(stack.name).filter(({ type }) => type === USER_POOL);
  const users: LocalUser[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const pool of pools) {
    for (const wanted of wantedUsers(stack, pool.logicalId)) {
      try {
        users.push(await make(kernel, pool, wanted, knownPassword(kept.list(), pool, wanted)));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const message = `the local user ${wanted.name} could not be made: ${error.message}`;
        diagnostics.push({ severity: 'warning', code: 'local-user', message, resource: pool.logicalId, at: pool.at });
      }
    }
  }
  kernel.store.transaction(() => {
    for (const { key } of kept.list()) kept.delete(key);
    for (const [index, user] of users.entries()) kept.put(String(index).padStart(4, '0'), user);
  });
  return { users, diagnostics };
}

function knownPassword(
  kept: readonly { readonly value: LocalUser }[],
  { physicalId }: ResourceDescription,
  { name }: Wanted,
): string | undefined {
  return kept.find(({ value }) => value.userPoolId === physicalId && value.name === name)?.value.password;
}

async function make(
  kernel: Kernel,
  { physicalId: UserPoolId, logicalId }: ResourceDescription,
  wanted: Wanted,
  known: string | undefined,
): Promise<LocalUser> {
  const call = callsOf(kernel);
  const { UserPool } = await call<{ UserPool: UserPoolType }>('DescribeUserPool', { UserPoolId });
  const { Groups } = await call<{ Groups: readonly { GroupName: string }[] }>('ListGroups', { UserPoolId });
  const names = Groups.map(({ GroupName }) => GroupName);
  const Username = usernameFor(UserPool, wanted.name);
  const existing = await call<{ Username: string }>('AdminGetUser', { UserPoolId, Username }).catch(unlessMissing);
  const password = existing && known !== undefined ? known : newLocalPassword();
  if (!existing) {
    await call('AdminCreateUser', {
      UserPoolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: attributesFor(UserPool, wanted),
    });
  }
  if (password !== known || !existing) {
    await call('AdminSetUserPassword', { UserPoolId, Username, Password: password, Permanent: true });
  }
  const groups = wanted.groups ?? names;
  for (const GroupName of groups) await call('AdminAddUserToGroup', { UserPoolId, Username, GroupName });
  const username =
    existing?.Username ?? (await call<{ Username: string }>('AdminGetUser', { UserPoolId, Username })).Username;
  return { name: wanted.name, username, password, groups, userPoolId: UserPoolId, pool: logicalId };
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof AwsError && error.code === 'UserNotFoundException') return undefined;
  throw error;
}

function callsOf({ dispatch }: Kernel) {
  return async <T>(operation: string, input: object): Promise<T> =>
    (await dispatch({
      caller: { kind: 'internal', service: 'sampan' },
      service: 'cognito-idp',
      operation,
      input,
    })) as T;
}

/** Where an address is an alias it cannot be the username too: then it is the part before the @. */
function usernameFor({ AliasAttributes: aliases = [] }: UserPoolType, name: string): string {
  return aliases.includes('email') && name.includes('@') ? name.slice(0, name.indexOf('@')) : name;
}

/** What the pool demands, and what was given; an address counts as verified. */
function attributesFor({ SchemaAttributes: schema = [] }: UserPoolType, { name, attributes }: Wanted) {
  const isAddress = name.includes('@');
  const plain = isAddress ? name.slice(0, name.indexOf('@')) : name;
  const address = isAddress ? name : `${plain}@example.com`;
  const required = schema.flatMap(({ Name = '', Required }) => (Required && Name !== 'sub' ? [Name] : []));
  const found: Record<string, string> = {
    email: address,
    email_verified: 'true',
    ...Object.fromEntries(required.map((attribute) => [attribute, INVENTED[attribute] ?? plain])),
    ...(required.includes('email') && { email: address }),
    ...attributes,
  };
  return Object.entries(found).map(([Name, Value]) => ({ Name, Value }));
}

const INVENTED: Readonly<Record<string, string>> = {
  birthdate: '2000-01-01',
  locale: 'en-US',
  phone_number: '+15555550100',
  updated_at: '0',
  website: 'https://example.com',
  zoneinfo: 'Etc/UTC',
};

/** `Metadata.sampan.users` of the pool; what is not of its form is left out. */
function wantedUsers({ resources, parameters }: Stack, logicalId: string): readonly Wanted[] {
  const sampan = resources.get(logicalId)?.metadata?.['sampan'];
  const listed = isObject(sampan) ? sampan['users'] : undefined;
  if (!Array.isArray(listed)) return [{ name: DEFAULT_NAME, attributes: {} }];
  return listed.flatMap((entry): Wanted[] => {
    const { name, groups, attributes } = isObject(entry) ? entry : { name: entry };
    const text = textOf(name, parameters);
    if (text === undefined) return [];
    return [
      {
        name: text,
        groups: Array.isArray(groups) ? groups.flatMap((group) => textOf(group, parameters) ?? []) : [],
        attributes: isObject(attributes)
          ? Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]))
          : {},
      },
    ];
  });
}

/** Text, or the parameter that it refers to. */
function textOf(value: Json | undefined, parameters: Stack['parameters']): string | undefined {
  if (typeof value === 'string') return value;
  const named = isObject(value) ? value['Ref'] : undefined;
  const bound = typeof named === 'string' ? parameters[named] : undefined;
  return typeof bound === 'string' ? bound : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
