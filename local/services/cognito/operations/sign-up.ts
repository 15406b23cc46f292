/** How people become users by themselves. */
import type {
  CodeDeliveryDetailsType,
  ConfirmSignUpRequest,
  ResendConfirmationCodeRequest,
  SignUpRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { checkWritable } from '../attribute-changes.ts';
import { readAttributes } from '../attributes.ts';
import { checkSecretHash } from '../client-secret.ts';
import { withProof } from '../codes.ts';
import { aliasExists, expiredCode, invalidParameter, noSuchUser, notAuthorized } from '../errors.ts';
import { type Address, masked } from '../messages.ts';
import { newUser, refuseExisting } from '../new-users.ts';
import { checkPassword, withPassword } from '../password-policy.ts';
import { type Pool, subOf, type User } from '../records.ts';
import { NOTHING } from '../requirements.ts';
import type { Room } from '../room.ts';
import { hidesUsers } from '../sign-in/attempt.ts';

type OfUser<T> = T & { ClientId: string; Username: string };

export function signUpOperations(room: Room): Record<string, Operation> {
  const { pools, clients, users, triggers, messenger, codes, clock, store } = room;

  function enter(input: { ClientId: string; Username: string; SecretHash?: string | undefined }) {
    const client = clients.get(input.ClientId);
    checkSecretHash(client, input.Username, input.SecretHash);
    return { client, pool: pools.get(client.poolId) };
  }

  /** Where the first code goes to: an address that the pool verifies, a telephone before a mailbox. */
  function addressOf({ settings }: Pool, { attributes }: User): Address | undefined {
    const verified = settings.AutoVerifiedAttributes ?? [];
    return (['phone_number', 'email'] as const).find((name) => verified.includes(name) && attributes[name]);
  }

  const signUp: Operation<OfUser<SignUpRequest>> = {
    requires: NOTHING,
    async handle(input) {
      const { client, pool } = enter(input);
      if (pool.settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly) {
        throw notAuthorized('SignUp is not permitted for this user pool');
      }
      const { Username, Password, ClientMetadata: clientMetadata } = input;
      const attributes = readAttributes(input.UserAttributes);
      checkWritable(client, attributes);
      const user = newUser(pool, Username, attributes, { status: 'UNCONFIRMED', now: clock.now() });
      if (Password === undefined) throw invalidParameter('Password is required.');
      checkPassword(pool, Password, 'user');
      const refuseTaken = () => refuseExisting(pool, users, user, Username, 'User already exists');
      refuseTaken();
      const decision = await triggers.preSignUp({
        pool,
        clientId: client.id,
        source: 'PreSignUp_SignUp',
        username: user.username,
        attributes,
        validationData: readAttributes(input.ValidationData),
        clientMetadata,
      });
      // Somebody else may have taken the name while the function thought about it.
      refuseTaken();
      const created: User = {
        ...withPassword(pool, user, Password),
        attributes: {
          ...user.attributes,
          ...(decision.verifyEmail && user.attributes['email'] && { email_verified: 'true' }),
          ...(decision.verifyPhone && user.attributes['phone_number'] && { phone_number_verified: 'true' }),
        },
        ...(decision.confirm && { status: 'CONFIRMED' as const }),
      };
      if (decision.confirm) {
        users.put(pool, created);
        await triggers.postConfirmation({
          pool,
          clientId: client.id,
          user: created,
          source: 'PostConfirmation_ConfirmSignUp',
          clientMetadata,
        });
        return { UserConfirmed: true, UserSub: subOf(created) };
      }
      const to = addressOf(pool, created);
      // Whoever is there has a code that can be redeemed, even if everything ends here.
      const sendCode = store.transaction(() => {
        users.put(pool, created);
        return (
          to &&
          messenger.prepareCode({
            pool,
            user: created,
            to,
            source: 'CustomMessage_SignUp',
            purpose: 'sign-up',
            clientId: client.id,
            clientMetadata,
          })
        );
      });
      const CodeDeliveryDetails = await sendCode?.();
      return { UserConfirmed: false, UserSub: subOf(created), CodeDeliveryDetails };
    },
  };

  const confirmSignUp: Operation<OfUser<ConfirmSignUpRequest>> = {
    requires: NOTHING,
    async handle(input) {
      const { client, pool } = enter(input);
      const user = users.find(pool, input.Username);
      if (!user) throw hidesUsers(client) ? expiredCode() : noSuchUser();
      if (user.status !== 'UNCONFIRMED') {
        throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
      }
      const code = input.ConfirmationCode ?? '';
      // A wrong code is counted whatever comes of it.
      const proof = codes.check(user, 'sign-up', code);
      const confirmed: User = { ...withProof(user, proof), status: 'CONFIRMED', modifiedAt: clock.now() };
      store.transaction(() => {
        codes.redeem(user, 'sign-up', code);
        makeRoom(pool, confirmed, input.ForceAliasCreation === true);
        users.put(pool, confirmed);
      });
      await triggers.postConfirmation({
        pool,
        clientId: client.id,
        user: confirmed,
        source: 'PostConfirmation_ConfirmSignUp',
        clientMetadata: input.ClientMetadata,
      });
      return {};
    },
  };

  /** An address that somebody else has verified before leads to him, unless it is taken over. */
  function makeRoom(pool: Pool, user: User, isForced: boolean): void {
    for (let found = users.rivalOf(pool, user); found; found = users.rivalOf(pool, user)) {
      const { attribute, rival } = found;
      if (!isForced) throw aliasExists(`An account with the ${attribute} already exists.`);
      users.put(pool, { ...rival, attributes: { ...rival.attributes, [`${attribute}_verified`]: 'false' } });
    }
  }

  const resendConfirmationCode: Operation<OfUser<ResendConfirmationCodeRequest>> = {
    requires: NOTHING,
    async handle(input): Promise<{ CodeDeliveryDetails: CodeDeliveryDetailsType }> {
      const { client, pool } = enter(input);
      const user = users.find(pool, input.Username);
      if (!user) {
        if (!hidesUsers(client)) throw noSuchUser();
        return { CodeDeliveryDetails: inventedDelivery(input.Username) };
      }
      if (user.status !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
      const to = addressOf(pool, user);
      if (!to) throw invalidParameter('Cannot resend codes. Auto verification not turned on.');
      const CodeDeliveryDetails = await messenger.sendCode({
        pool,
        user,
        to,
        source: 'CustomMessage_ResendCode',
        purpose: 'sign-up',
        clientId: client.id,
        clientMetadata: input.ClientMetadata,
      });
      return { CodeDeliveryDetails };
    },
  };

  return { SignUp: signUp, ConfirmSignUp: confirmSignUp, ResendConfirmationCode: resendConfirmationCode };
}

/** What somebody is told who asks about a user who is not there, of a client that does not say so. */
export function inventedDelivery(username: string): CodeDeliveryDetailsType {
  const Destination = masked('email', username.includes('@') ? username : `${username}@example.com`);
  return { Destination, DeliveryMedium: 'EMAIL', AttributeName: 'email' };
}
