/** Users of all pools, found by any name they may sign in with. */
import type { Store } from '../../kernel/store.ts';
import { aliasExists, noSuchUser } from './errors.ts';
import { type Pool, subOf, type User } from './records.ts';

/** How a name leads to a user, the surest first. */
const KINDS = ['username', 'sub', 'alias'] as const;

type NameKind = (typeof KINDS)[number];

export class UserRepository {
  readonly #store: Store;
  readonly #users;
  /** `POOL KIND NAME` → username. */
  readonly #names;

  constructor(store: Store) {
    this.#store = store;
    this.#users = store.collection<User>('cognito-idp', 'users');
    this.#names = store.collection<string>('cognito-idp', 'user-names');
  }

  /** By username, `sub`, or an alias that the pool lets users sign in with. */
  find(pool: Pool, name: string): User | undefined {
    for (const kind of KINDS) {
      const username = this.#names.get(nameKey(pool, kind, name));
      if (username !== undefined) return this.#users.get(userKey(pool.id, username));
    }
    return undefined;
  }

  /** Throws UserNotFoundException. */
  get(pool: Pool, name: string): User {
    const user = this.find(pool, name);
    if (!user) throw noSuchUser();
    return user;
  }

  /** Who else signs in with one of the names that this user would have; the name's attribute goes with it. */
  rivalOf(pool: Pool, user: User): { readonly attribute: string; readonly rival: User } | undefined {
    for (const [attribute, value] of aliasesOf(pool, user)) {
      const username = this.#names.get(nameKey(pool, 'alias', value));
      if (username === undefined || username === user.username) continue;
      const rival = this.#users.get(userKey(pool.id, username));
      if (rival) return { attribute, rival };
    }
    return undefined;
  }

  /** Keeps a user whose names nobody else has; throws AliasExistsException otherwise. */
  put(pool: Pool, user: User): User {
    const found = this.rivalOf(pool, user);
    if (found) throw aliasExists(`An account with the ${found.attribute} already exists.`);
    this.#store.transaction(() => {
      const before = this.#users.get(userKey(pool.id, user.username));
      const after = new Set(namesOf(pool, user));
      for (const key of before ? namesOf(pool, before) : []) {
        if (!after.has(key) && this.#names.get(key) === user.username) this.#names.delete(key);
      }
      for (const key of after) this.#names.put(key, user.username);
      this.#users.put(userKey(pool.id, user.username), user);
    });
    return user;
  }

  remove(pool: Pool, user: User): void {
    this.#store.transaction(() => {
      for (const key of namesOf(pool, user)) if (this.#names.get(key) === user.username) this.#names.delete(key);
      this.#users.delete(userKey(pool.id, user.username));
    });
  }

  /** By username. */
  all(poolId: string): readonly User[] {
    return this.#users.list({ prefix: `${poolId} ` }).map(({ value }) => value);
  }

  removeAll(poolId: string): void {
    for (const collection of [this.#users, this.#names]) {
      for (const { key } of collection.list({ prefix: `${poolId} ` })) collection.delete(key);
    }
  }
}

const userKey = (poolId: string, username: string): string => `${poolId} ${username}`;

function nameKey(pool: Pool, kind: NameKind, name: string): string {
  return `${pool.id} ${kind} ${isCaseSensitive(pool) ? name : name.toLowerCase()}`;
}

/** A pool that says nothing of it tells `Ann` from `ann`. */
export const isCaseSensitive = ({ settings }: Pool): boolean => settings.UsernameConfiguration?.CaseSensitive !== false;

function namesOf(pool: Pool, user: User): string[] {
  return [
    nameKey(pool, 'username', user.username),
    nameKey(pool, 'sub', subOf(user)),
    ...aliasesOf(pool, user).map(([, value]) => nameKey(pool, 'alias', value)),
  ];
}

/**
 * What the user may sign in with beside the username. An address that is the username is at once, an address that is
 * an alias only when it is verified.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html#user-pool-settings-aliases
 */
function aliasesOf({ settings }: Pool, { attributes, status }: User): (readonly [attribute: string, value: string])[] {
  const active = [
    ...(settings.UsernameAttributes ?? []),
    ...(settings.AliasAttributes ?? []).filter((name) =>
      name === 'preferred_username' ? status !== 'UNCONFIRMED' : attributes[`${name}_verified`] === 'true',
    ),
  ];
  return active.flatMap((name) => {
    const value = attributes[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
}
