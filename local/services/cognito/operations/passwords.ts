/** Passwords that users forget or change. */
import type {
  ChangePasswordRequest,
  ConfirmForgotPasswordRequest,
  ForgotPasswordRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { checkSecretHash } from '../client-secret.ts';
import { withProof } from '../codes.ts';
import { expiredCode, invalidParameter, noSuchUser, notAuthorized, wrongPassword } from '../errors.ts';
import { checkPassword, isPassword, withPassword } from '../password-policy.ts';
import { isReachable, sendResetCode } from '../password-reset.ts';
import type { User } from '../records.ts';
import { NOTHING } from '../requirements.ts';
import type { Room } from '../room.ts';
import { hidesUsers } from '../sign-in/attempt.ts';
import { failed } from '../sign-in/user-state.ts';
import { inventedDelivery } from './sign-up.ts';

type OfUser<T> = T & { ClientId: string; Username: string };

export function passwordOperations(room: Room): Record<string, Operation> {
  const { pools, clients, users, tokens, triggers, codes, clock, store } = room;

  function enter(input: { ClientId: string; Username: string; SecretHash?: string | undefined }) {
    const client = clients.get(input.ClientId);
    checkSecretHash(client, input.Username, input.SecretHash);
    const pool = pools.get(client.poolId);
    return { client, pool, user: users.find(pool, input.Username) };
  }

  const forgotPassword: Operation<OfUser<ForgotPasswordRequest>> = {
    requires: NOTHING,
    async handle(input) {
      const { client, pool, user } = enter(input);
      if (!user) {
        if (!hidesUsers(client)) throw noSuchUser();
        return { CodeDeliveryDetails: inventedDelivery(input.Username) };
      }
      if (hidesUsers(client) && !isReachable(pool, user)) {
        return { CodeDeliveryDetails: inventedDelivery(input.Username) };
      }
      if (!user.enabled) throw notAuthorized('User is disabled.');
      if (user.status === 'FORCE_CHANGE_PASSWORD') {
        throw notAuthorized('User password cannot be reset in the current state.');
      }
      const request = { pool, user, clientId: client.id, clientMetadata: input.ClientMetadata };
      return { CodeDeliveryDetails: await sendResetCode(room, request) };
    },
  };

  const confirmForgotPassword: Operation<OfUser<ConfirmForgotPasswordRequest>> = {
    requires: NOTHING,
    async handle(input) {
      const { client, pool, user } = enter(input);
      const password = input.Password ?? '';
      // Of users who are there as of those who are not.
      checkPassword(pool, password, 'user');
      if (!user) throw hidesUsers(client) ? expiredCode() : noSuchUser();
      if (!user.enabled) throw hidesUsers(client) ? expiredCode() : notAuthorized('User is disabled.');
      // Without the code nobody learns which passwords the user has had.
      const proof = codes.check(user, 'forgot-password', input.ConfirmationCode ?? '');
      const { failures: _, ...changed } = withProof(withPassword(pool, user, password), proof);
      const confirmed = store.transaction(() => {
        codes.redeem(user, 'forgot-password', input.ConfirmationCode ?? '');
        return users.put(pool, { ...changed, status: 'CONFIRMED', modifiedAt: clock.now() });
      });
      await triggers.postConfirmation({
        pool,
        clientId: client.id,
        user: confirmed,
        source: 'PostConfirmation_ConfirmForgotPassword',
        clientMetadata: input.ClientMetadata,
      });
      return {};
    },
  };

  const changePassword: Operation<ChangePasswordRequest> = {
    requires: NOTHING,
    async handle({ AccessToken = '', PreviousPassword, ProposedPassword = '' }) {
      const { pool, client, user } = await tokens.bearerOf(AccessToken);
      if (user.failures && user.failures.lockedUntil > clock.now()) throw notAuthorized('Password attempts exceeded');
      if (PreviousPassword === undefined) {
        if (user.password) throw invalidParameter('PreviousPassword is required.');
      } else if (!isPassword(user, PreviousPassword)) {
        failed({ room, pool, client, parameters: {} }, user);
        throw wrongPassword();
      }
      checkPassword(pool, ProposedPassword, 'user');
      const { failures: _, ...rest }: User = withPassword(pool, user, ProposedPassword);
      users.put(pool, { ...rest, modifiedAt: clock.now() });
      return {};
    },
  };

  return {
    ForgotPassword: forgotPassword,
    ConfirmForgotPassword: confirmForgotPassword,
    ChangePassword: changePassword,
  };
}
