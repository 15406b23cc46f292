/** What administrators do with users. */
import type {
  AdminConfirmSignUpRequest,
  AdminCreateUserRequest,
  AdminDeleteUserAttributesRequest,
  AdminResetUserPasswordRequest,
  AdminSetUserPasswordRequest,
  AdminUpdateUserAttributesRequest,
  ListUsersRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { changeAttributes, removeAttributes } from '../attribute-changes.ts';
import { readAttributes } from '../attributes.ts';
import { invalidParameter, notAuthorized } from '../errors.ts';
import { newPassword } from '../identifiers.ts';
import { newUser, refuseExisting } from '../new-users.ts';
import { page } from '../paging.ts';
import { checkPassword, policyOf, withPassword } from '../password-policy.ts';
import { sendResetCode } from '../password-reset.ts';
import type { User } from '../records.ts';
import type { Room } from '../room.ts';
import { describeUser } from '../user-description.ts';
import { userFilter } from '../user-filter.ts';

type OfUser<T = object> = T & { UserPoolId: string; Username: string };

const DAY_MS = 86_400_000;

export function adminUserOperations(room: Room): Record<string, Operation> {
  const { pools, users, tokens, codes, triggers, messenger, needs, clock, store } = room;

  const adminCreateUser: Operation<OfUser<AdminCreateUserRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminCreateUser', UserPoolId),
    async handle(input) {
      const pool = pools.get(input.UserPoolId);
      const { Username, MessageAction, ClientMetadata: clientMetadata } = input;
      if (MessageAction === 'RESEND') return resend(input);
      const attributes = readAttributes(input.UserAttributes);
      const user = newUser(pool, Username, attributes, { status: 'FORCE_CHANGE_PASSWORD', now: clock.now() });
      const refuseTaken = () => refuseExisting(pool, users, user, Username, 'User account already exists');
      refuseTaken();
      const password = input.TemporaryPassword ?? newPassword(policyOf(pool).MinimumLength);
      checkPassword(pool, password, 'administrator');
      const decision = await triggers.preSignUp({
        pool,
        source: 'PreSignUp_AdminCreateUser',
        username: user.username,
        attributes,
        validationData: readAttributes(input.ValidationData),
        clientMetadata,
      });
      refuseTaken();
      const created = withTemporaryPassword(user, password, {
        ...user.attributes,
        ...(decision.verifyEmail && { email_verified: 'true' }),
        ...(decision.verifyPhone && { phone_number_verified: 'true' }),
      });
      store.transaction(() => {
        if (input.ForceAliasCreation) takeAliases(created);
        users.put(pool, created);
      });
      if (MessageAction !== 'SUPPRESS') await invite(created, password, input);
      return { User: describeUser(created) };

      function takeAliases(taker: User): void {
        for (let found = users.rivalOf(pool, taker); found; found = users.rivalOf(pool, taker)) {
          const { attribute, rival } = found;
          users.put(pool, { ...rival, attributes: { ...rival.attributes, [`${attribute}_verified`]: 'false' } });
        }
      }
    },
  };

  function withTemporaryPassword(user: User, password: string, attributes = user.attributes): User {
    const pool = pools.get(user.poolId);
    const days = policyOf(pool).TemporaryPasswordValidityDays ?? 7;
    return {
      ...withPassword(pool, user, password),
      attributes,
      status: 'FORCE_CHANGE_PASSWORD',
      temporaryUntil: clock.now() + days * DAY_MS,
      modifiedAt: clock.now(),
    };
  }

  /** The invitation once more, with a password that begins to run out anew. */
  async function resend(input: OfUser<AdminCreateUserRequest>) {
    const pool = pools.get(input.UserPoolId);
    const user = users.get(pool, input.Username);
    if (user.status !== 'FORCE_CHANGE_PASSWORD') {
      throw new AwsError(
        'UnsupportedUserStateException',
        `Resend not possible. ${input.Username} status is not FORCE_CHANGE_PASSWORD`,
      );
    }
    const password = input.TemporaryPassword ?? newPassword(policyOf(pool).MinimumLength);
    checkPassword(pool, password, 'administrator');
    const again = users.put(pool, withTemporaryPassword(user, password));
    await invite(again, password, input);
    return { User: describeUser(again) };
  }

  async function invite(user: User, password: string, input: OfUser<AdminCreateUserRequest>): Promise<void> {
    const pool = pools.get(user.poolId);
    for (const medium of input.DesiredDeliveryMediums ?? ['SMS']) {
      const to = medium === 'EMAIL' ? 'email' : 'phone_number';
      if (!user.attributes[to]) continue;
      await messenger.invite({ pool, user, to, password, clientMetadata: input.ClientMetadata });
    }
  }

  const adminSetUserPassword: Operation<OfUser<AdminSetUserPasswordRequest> & { Password: string }> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminSetUserPassword', UserPoolId),
    handle({ UserPoolId, Username, Password, Permanent }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      checkPassword(pool, Password, 'administrator');
      if (!Permanent) {
        users.put(pool, withTemporaryPassword(user, Password));
        return {};
      }
      const { temporaryUntil: _, failures: __, ...rest } = withPassword(pool, user, Password);
      users.put(pool, { ...rest, status: 'CONFIRMED', modifiedAt: clock.now() });
      return {};
    },
  };

  const adminGetUser: Operation<OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminGetUser', UserPoolId),
    handle({ UserPoolId, Username }) {
      const user = users.get(pools.get(UserPoolId), Username);
      const { Attributes: UserAttributes, ...told } = describeUser(user);
      return {
        ...told,
        UserAttributes,
        ...(user.mfa.preferred && { PreferredMfaSetting: user.mfa.preferred }),
        ...(user.mfa.enabled.length > 0 && { UserMFASettingList: [...user.mfa.enabled] }),
      };
    },
  };

  /** An operation that changes one user, and answers nothing. */
  const onUser = <T extends object>(
    name: string,
    change: (user: User, input: OfUser<T>) => User | Promise<User>,
  ): Operation<OfUser<T>> => ({
    requires: ({ UserPoolId }) => needs.onPool(name, UserPoolId),
    async handle(input) {
      const pool = pools.get(input.UserPoolId);
      const changed = await change(users.get(pool, input.Username), input);
      users.put(pool, { ...changed, modifiedAt: clock.now() });
      return {};
    },
  });

  const adminDeleteUser: Operation<OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminDeleteUser', UserPoolId),
    handle({ UserPoolId, Username }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      store.transaction(() => {
        tokens.revokeAll(user);
        codes.forget(user);
        users.remove(pool, user);
      });
      return {};
    },
  };

  const adminUpdateUserAttributes: Operation<OfUser<AdminUpdateUserAttributesRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminUpdateUserAttributes', UserPoolId),
    async handle({ UserPoolId, Username, UserAttributes, ClientMetadata }) {
      const pool = pools.get(UserPoolId);
      await changeAttributes(room, pool, users.get(pool, Username), readAttributes(UserAttributes), {
        by: 'administrator',
        clientMetadata: ClientMetadata,
      });
      return {};
    },
  };

  const adminConfirmSignUp: Operation<OfUser<AdminConfirmSignUpRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminConfirmSignUp', UserPoolId),
    async handle({ UserPoolId, Username, ClientMetadata: clientMetadata }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      if (user.status !== 'UNCONFIRMED') {
        throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
      }
      const confirmed = users.put(pool, { ...user, status: 'CONFIRMED', modifiedAt: clock.now() });
      await triggers.postConfirmation({
        pool,
        user: confirmed,
        source: 'PostConfirmation_ConfirmSignUp',
        clientMetadata,
      });
      return {};
    },
  };

  const adminResetUserPassword: Operation<OfUser<AdminResetUserPasswordRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminResetUserPassword', UserPoolId),
    async handle({ UserPoolId, Username, ClientMetadata: clientMetadata }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      if (user.status !== 'CONFIRMED' && user.status !== 'RESET_REQUIRED') {
        throw notAuthorized('User password cannot be reset in the current state.');
      }
      await sendResetCode(room, { pool, user, clientMetadata });
      users.put(pool, { ...users.get(pool, user.username), status: 'RESET_REQUIRED', modifiedAt: clock.now() });
      return {};
    },
  };

  const adminUserGlobalSignOut: Operation<OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminUserGlobalSignOut', UserPoolId),
    handle({ UserPoolId, Username }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      tokens.revokeAll(user);
      users.put(pool, { ...user, signedOutAt: clock.now() });
      return {};
    },
  };

  const listUsers: Operation<ListUsersRequest & { UserPoolId: string }> = {
    requires: ({ UserPoolId }) => needs.onPool('ListUsers', UserPoolId),
    handle({ UserPoolId, Filter, Limit, PaginationToken, AttributesToGet }) {
      pools.get(UserPoolId);
      const found = page(
        users.all(UserPoolId).filter(userFilter(Filter)),
        ({ username }) => username,
        Limit,
        PaginationToken,
      );
      return {
        Users: found.items.map((user) => describeUser(user, AttributesToGet)),
        PaginationToken: found.nextToken,
      };
    },
  };

  return {
    AdminCreateUser: adminCreateUser,
    ListUsers: listUsers,
    AdminSetUserPassword: adminSetUserPassword,
    AdminGetUser: adminGetUser,
    AdminDeleteUser: adminDeleteUser,
    AdminDisableUser: onUser('AdminDisableUser', (user) => {
      tokens.revokeAll(user);
      return { ...user, enabled: false };
    }),
    AdminEnableUser: onUser('AdminEnableUser', (user) => ({ ...user, enabled: true })),
    AdminUpdateUserAttributes: adminUpdateUserAttributes,
    AdminDeleteUserAttributes: onUser<AdminDeleteUserAttributesRequest>(
      'AdminDeleteUserAttributes',
      (user, { UserPoolId, UserAttributeNames = [] }) =>
        removeAttributes(pools.get(UserPoolId), user, UserAttributeNames),
    ),
    AdminConfirmSignUp: adminConfirmSignUp,
    AdminResetUserPassword: adminResetUserPassword,
    AdminUserGlobalSignOut: adminUserGlobalSignOut,
    AdminSetUserSettings: onUser('AdminSetUserSettings', () => {
      throw invalidParameter('MFAOptions are no longer supported: use AdminSetUserMFAPreference.');
    }),
  };
}
