/** Who a new user is: the name he is kept by, and what is known of him. */
import { randomUUID } from 'node:crypto';
import { type Attributes, checkAttributes, checkRequired, isEmail, isPhoneNumber } from './attributes.ts';
import { invalidParameter, usernameExists } from './errors.ts';
import type { Pool, User, UserStatus } from './records.ts';
import type { UserRepository } from './user-repository.ts';

/** In a pool whose users sign in by address, the username that is given is the address, and another one is made. */
export function newUser(
  pool: Pool,
  username: string,
  given: Attributes,
  state: { readonly status: UserStatus; readonly now: number },
): User {
  const { username: kept, attributes } = named(pool, username, given);
  checkAttributes(pool, attributes, 'create');
  checkRequired(pool, attributes);
  const sub = randomUUID();
  return {
    username: kept ?? sub,
    poolId: pool.id,
    attributes: { ...withFlags(attributes), sub },
    status: state.status,
    enabled: true,
    createdAt: state.now,
    modifiedAt: state.now,
    groups: [],
    mfa: { enabled: [] },
  };
}

/** Throws UsernameExistsException in the words that go with who creates the user. */
export function refuseExisting(
  pool: Pool,
  users: UserRepository,
  user: User,
  username: string,
  sentence: string,
): void {
  const { UsernameAttributes: byAddress } = pool.settings;
  if (users.find(pool, byAddress?.length ? username : user.username)) {
    throw usernameExists(byAddress?.length ? sentenceOf(username) : sentence);
  }
}

const sentenceOf = (username: string): string =>
  `An account with the given ${isEmail(username) ? 'email' : 'phone_number'} already exists.`;

function named(pool: Pool, username: string, given: Attributes): { username?: string; attributes: Attributes } {
  const { UsernameAttributes: byAddress = [], AliasAttributes: aliases = [] } = pool.settings;
  if (byAddress.length > 0) {
    const attribute = (['email', 'phone_number'] as const).find(
      (name) => byAddress.includes(name) && (name === 'email' ? isEmail : isPhoneNumber)(username),
    );
    if (!attribute) throw invalidParameter(WANTED[byAddress.toSorted().join()] ?? 'Username is not valid.');
    return { attributes: { ...given, [attribute]: username } };
  }
  if (aliases.includes('email') && isEmail(username)) {
    throw invalidParameter('Username cannot be of email format, since user pool is configured for email alias.');
  }
  if (aliases.includes('phone_number') && isPhoneNumber(username)) {
    throw invalidParameter(
      'Username cannot be of phone number format, since user pool is configured for phone number alias.',
    );
  }
  return { username, attributes: given };
}

const WANTED: Readonly<Record<string, string>> = {
  email: 'Username should be an email.',
  phone_number: 'Username should be a phone number.',
  'email,phone_number': 'Username should be either an email or a phone number.',
};

/** Nobody has shown yet that an address is his. */
function withFlags(attributes: Attributes): Attributes {
  return {
    ...attributes,
    ...(attributes['email'] !== undefined && { email_verified: attributes['email_verified'] ?? 'false' }),
    ...(attributes['phone_number'] !== undefined && {
      phone_number_verified: attributes['phone_number_verified'] ?? 'false',
    }),
  };
}
