/** What users do with themselves, by their access token. */
import type {
  DeleteUserAttributesRequest,
  GetUserAttributeVerificationCodeRequest,
  RevokeTokenRequest,
  UpdateUserAttributesRequest,
  VerifyUserAttributeRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { changeAttributes, checkWritable, removeAttributes } from '../attribute-changes.ts';
import { listAttributes, readAttributes } from '../attributes.ts';
import { readableAttributes } from '../claims.ts';
import { expiredCode, invalidParameter, notAuthorized } from '../errors.ts';
import type { Address } from '../messages.ts';
import type { User } from '../records.ts';
import { NOTHING } from '../requirements.ts';
import type { Room } from '../room.ts';
import { sameText } from '../srp.ts';

type ByToken<T = object> = T & { AccessToken: string };

export function profileOperations(room: Room): Record<string, Operation> {
  const { users, clients, tokens, codes, messenger, clock, store } = room;

  const getUser: Operation<ByToken> = {
    requires: NOTHING,
    async handle({ AccessToken }) {
      const { user, client } = await tokens.bearerOf(AccessToken);
      return {
        Username: user.username,
        UserAttributes: listAttributes(readableAttributes(user, client)),
        ...(user.mfa.preferred && { PreferredMfaSetting: user.mfa.preferred }),
        ...(user.mfa.enabled.length > 0 && { UserMFASettingList: [...user.mfa.enabled] }),
      };
    },
  };

  const updateUserAttributes: Operation<ByToken<UpdateUserAttributesRequest>> = {
    requires: NOTHING,
    async handle({ AccessToken, UserAttributes, ClientMetadata }) {
      const { pool, client, user } = await tokens.bearerOf(AccessToken);
      const CodeDeliveryDetailsList = await changeAttributes(room, pool, user, readAttributes(UserAttributes), {
        by: 'user',
        client,
        clientMetadata: ClientMetadata,
      });
      return { CodeDeliveryDetailsList };
    },
  };

  const deleteUserAttributes: Operation<ByToken<DeleteUserAttributesRequest>> = {
    requires: NOTHING,
    async handle({ AccessToken, UserAttributeNames = [] }) {
      const { pool, client, user } = await tokens.bearerOf(AccessToken);
      checkWritable(client, Object.fromEntries(UserAttributeNames.map((name) => [name, ''])));
      users.put(pool, { ...removeAttributes(pool, user, UserAttributeNames), modifiedAt: clock.now() });
      return {};
    },
  };

  const getVerificationCode: Operation<ByToken<GetUserAttributeVerificationCodeRequest>> = {
    requires: NOTHING,
    async handle({ AccessToken, AttributeName, ClientMetadata: clientMetadata }) {
      const { pool, client, user } = await tokens.bearerOf(AccessToken);
      const to = addressNamed(AttributeName);
      const value = user.pending?.[to] ?? user.attributes[to];
      if (value === undefined) throw invalidParameter(`User does not have a ${to.replace('_', ' ')}.`);
      const CodeDeliveryDetails = await messenger.sendCode({
        pool,
        user,
        to,
        value,
        source: 'CustomMessage_VerifyUserAttribute',
        purpose: `verify:${to}`,
        clientId: client.id,
        clientMetadata,
      });
      return { CodeDeliveryDetails };
    },
  };

  const verifyUserAttribute: Operation<ByToken<VerifyUserAttributeRequest>> = {
    requires: NOTHING,
    async handle({ AccessToken, AttributeName, Code = '' }) {
      const { pool, user } = await tokens.bearerOf(AccessToken);
      const name = addressNamed(AttributeName);
      const { value } = codes.check(user, `verify:${name}`, Code);
      // The address has changed since: nobody has shown that he reads the new one.
      if (value !== (user.pending?.[name] ?? user.attributes[name])) throw expiredCode();
      store.transaction(() => {
        codes.redeem(user, `verify:${name}`, Code);
        users.put(pool, proved(user, name));
      });
      return {};
    },
  };

  /** With the value that waited for it, if there is one. */
  function proved(user: User, name: Address): User {
    const { pending, ...rest } = user;
    const { [name]: waiting, ...others } = pending ?? {};
    return {
      ...rest,
      ...(Object.keys(others).length > 0 && { pending: others }),
      attributes: {
        ...user.attributes,
        ...(waiting !== undefined && { [name]: waiting }),
        [`${name}_verified`]: 'true',
      },
      modifiedAt: clock.now(),
    };
  }

  const deleteUser: Operation<ByToken> = {
    requires: NOTHING,
    async handle({ AccessToken }) {
      const { pool, user } = await tokens.bearerOf(AccessToken);
      store.transaction(() => {
        tokens.revokeAll(user);
        codes.forget(user);
        users.remove(pool, user);
      });
      return {};
    },
  };

  const globalSignOut: Operation<ByToken> = {
    requires: NOTHING,
    async handle({ AccessToken }) {
      const { pool, user } = await tokens.bearerOf(AccessToken);
      tokens.revokeAll(user);
      users.put(pool, { ...user, signedOutAt: clock.now() });
      return {};
    },
  };

  const revokeToken: Operation<RevokeTokenRequest & { Token: string; ClientId: string }> = {
    requires: NOTHING,
    handle({ Token, ClientId, ClientSecret }) {
      const client = clients.get(ClientId);
      if (client.secret !== undefined && !sameText(client.secret, ClientSecret ?? '')) {
        throw notAuthorized('Client secret is not correct.');
      }
      if (client.settings.EnableTokenRevocation === false) {
        throw new AwsError('UnsupportedOperationException', 'Client does not support token revocation.');
      }
      const grant = tokens.grantOf(Token);
      if (!grant && isJwt(Token)) throw new AwsError('UnsupportedTokenTypeException', 'Unsupported token type');
      if (grant && grant.clientId !== client.id) throw notAuthorized('Token was not issued to this client.');
      tokens.revoke(Token);
      return {};
    },
  };

  return {
    GetUser: getUser,
    UpdateUserAttributes: updateUserAttributes,
    DeleteUserAttributes: deleteUserAttributes,
    GetUserAttributeVerificationCode: getVerificationCode,
    VerifyUserAttribute: verifyUserAttribute,
    DeleteUser: deleteUser,
    GlobalSignOut: globalSignOut,
    RevokeToken: revokeToken,
  };
}

/** Identity and access tokens have three parts, refresh tokens five. */
const isJwt = (token: string): boolean => token.split('.').length === 3;

function addressNamed(name: string | undefined): Address {
  if (name === 'email' || name === 'phone_number') return name;
  throw invalidParameter('Only email and phone_number can be verified.');
}
