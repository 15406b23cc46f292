/** User pools come, change, are described and go. */
import type {
  AddCustomAttributesRequest,
  CreateUserPoolRequest,
  GetUserPoolMfaConfigRequest,
  ListUserPoolsRequest,
  SetUserPoolMfaConfigRequest,
  TagResourceRequest,
  UntagResourceRequest,
  UpdateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { customAttributes, schemaOf } from '../attributes.ts';
import { invalidParameter } from '../errors.ts';
import { newPoolId } from '../identifiers.ts';
import { page } from '../paging.ts';
import { checkedSettings, updatedSettings } from '../pool-settings.ts';
import type { Pool } from '../records.ts';
import type { Room } from '../room.ts';

type OfPool<T> = T & { UserPoolId: string };

export function poolOperations(room: Room): Record<string, Operation> {
  const { pools, clients, groups, resourceServers, domains, users, keys, needs, clock, store } = room;

  const createUserPool: Operation<CreateUserPoolRequest & { PoolName: string }> = {
    requires: ({ UserPoolTags }) => needs.onAll('CreateUserPool', UserPoolTags),
    handle({ PoolName, Schema, ...given }) {
      const now = clock.now();
      const id = newPoolId(room.region);
      const pool: Pool = {
        id,
        arn: needs.arnOf(id),
        settings: checkedSettings({ ...given, Name: PoolName }),
        schema: schemaOf(Schema),
        factors: { softwareToken: false, sms: given.SmsConfiguration !== undefined, email: false },
        createdAt: now,
        modifiedAt: now,
      };
      pools.put(pool);
      keys.prepare(id);
      return { UserPool: describe(room, pool) };
    },
  };

  const updateUserPool: Operation<OfPool<UpdateUserPoolRequest>> = {
    requires: ({ UserPoolId, UserPoolTags }) => needs.onPool('UpdateUserPool', UserPoolId, UserPoolTags),
    handle({ UserPoolId, ...given }) {
      const pool = pools.get(UserPoolId);
      pools.put({ ...pool, settings: updatedSettings(pool.settings, given), modifiedAt: clock.now() });
      return {};
    },
  };

  const describeUserPool: Operation<{ UserPoolId: string }> = {
    requires: ({ UserPoolId }) => needs.onPool('DescribeUserPool', UserPoolId),
    handle: ({ UserPoolId }) => ({ UserPool: describe(room, pools.get(UserPoolId)) }),
  };

  const deleteUserPool: Operation<{ UserPoolId: string }> = {
    requires: ({ UserPoolId }) => needs.onPool('DeleteUserPool', UserPoolId),
    handle({ UserPoolId }) {
      const pool = pools.get(UserPoolId);
      if (pool.settings.DeletionProtection === 'ACTIVE') {
        throw invalidParameter(
          'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
        );
      }
      if (domains.list().some(({ value }) => value.poolId === pool.id)) {
        throw invalidParameter('User pool cannot be deleted. It has a domain configured that should be deleted first.');
      }
      store.transaction(() => {
        for (const client of clients.of(pool.id)) clients.remove(client.id);
        for (const group of groups.of(pool.id)) groups.remove(group);
        for (const server of resourceServers.of(pool.id)) resourceServers.remove(server);
        users.removeAll(pool.id);
        keys.forget(pool.id);
        pools.remove(pool.id);
      });
      return {};
    },
  };

  const listUserPools: Operation<ListUserPoolsRequest> = {
    requires: () => needs.onAll('ListUserPools'),
    handle({ MaxResults, NextToken }) {
      const found = page(pools.all(), ({ id }) => id, MaxResults, NextToken);
      return {
        UserPools: found.items.map(({ id, settings, createdAt, modifiedAt }) => ({
          Id: id,
          Name: settings.Name,
          LambdaConfig: settings.LambdaConfig ?? {},
          CreationDate: new Date(createdAt),
          LastModifiedDate: new Date(modifiedAt),
        })),
        NextToken: found.nextToken,
      };
    },
  };

  const addCustomAttributes: Operation<OfPool<AddCustomAttributesRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AddCustomAttributes', UserPoolId),
    handle({ UserPoolId, CustomAttributes = [] }) {
      const pool = pools.get(UserPoolId);
      const added = customAttributes(CustomAttributes);
      const known = new Set(pool.schema.map(({ Name }) => Name));
      const twice = added.find(({ Name }) => known.has(Name));
      if (twice) throw invalidParameter(`${twice.Name}: Existing attribute already has name ${twice.Name}.`);
      pools.put({ ...pool, schema: [...pool.schema, ...added], modifiedAt: clock.now() });
      return {};
    },
  };

  const setUserPoolMfaConfig: Operation<OfPool<SetUserPoolMfaConfigRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('SetUserPoolMfaConfig', UserPoolId),
    handle(input) {
      const pool = pools.get(input.UserPoolId);
      const { SmsMfaConfiguration: sms, SoftwareTokenMfaConfiguration: token, EmailMfaConfiguration: email } = input;
      const changed: Pool = {
        ...pool,
        settings: {
          ...pool.settings,
          MfaConfiguration: input.MfaConfiguration ?? pool.settings.MfaConfiguration,
          ...(sms?.SmsConfiguration && { SmsConfiguration: sms.SmsConfiguration }),
          ...(sms?.SmsAuthenticationMessage && { SmsAuthenticationMessage: sms.SmsAuthenticationMessage }),
        },
        factors: {
          sms: sms !== undefined,
          softwareToken: token?.Enabled === true,
          email: email !== undefined,
        },
        modifiedAt: clock.now(),
      };
      const { sms: bySms, softwareToken, email: byMail } = changed.factors;
      if (changed.settings.MfaConfiguration === 'ON' && !(bySms || softwareToken || byMail)) {
        throw invalidParameter('Invalid MFA configuration given, at least one MFA method must be enabled.');
      }
      pools.put(changed);
      return describeMfa(changed);
    },
  };

  const getUserPoolMfaConfig: Operation<OfPool<GetUserPoolMfaConfigRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('GetUserPoolMfaConfig', UserPoolId),
    handle: ({ UserPoolId }) => describeMfa(pools.get(UserPoolId)),
  };

  /** Of resources only pools have tags. */
  const poolOf = (arn = ''): Pool => {
    const pool = pools.find(arn.slice(arn.lastIndexOf('/') + 1));
    if (pool?.arn !== arn) throw invalidParameter('Invalid ARN.');
    return pool;
  };
  const onArn = (operation: string, arn: string | undefined, tags?: Readonly<Record<string, string>>) =>
    needs.onPool(operation, (arn ?? '').split('/').at(-1) ?? '', tags);
  const withTags = (pool: Pool, UserPoolTags: Readonly<Record<string, string>>): Pool =>
    pools.put({ ...pool, settings: { ...pool.settings, UserPoolTags: { ...UserPoolTags } } });

  const tagResource: Operation<TagResourceRequest> = {
    requires: ({ ResourceArn, Tags }) => onArn('TagResource', ResourceArn, Tags),
    handle({ ResourceArn, Tags }) {
      const pool = poolOf(ResourceArn);
      withTags(pool, { ...pool.settings.UserPoolTags, ...Tags });
      return {};
    },
  };

  const untagResource: Operation<UntagResourceRequest> = {
    requires: ({ ResourceArn }) => onArn('UntagResource', ResourceArn),
    handle({ ResourceArn, TagKeys = [] }) {
      const pool = poolOf(ResourceArn);
      const left = Object.entries(pool.settings.UserPoolTags ?? {}).filter(([key]) => !TagKeys.includes(key));
      withTags(pool, Object.fromEntries(left));
      return {};
    },
  };

  const listTagsForResource: Operation<{ ResourceArn: string }> = {
    requires: ({ ResourceArn }) => onArn('ListTagsForResource', ResourceArn),
    handle: ({ ResourceArn }) => ({ Tags: poolOf(ResourceArn).settings.UserPoolTags ?? {} }),
  };

  return {
    CreateUserPool: createUserPool,
    UpdateUserPool: updateUserPool,
    DescribeUserPool: describeUserPool,
    DeleteUserPool: deleteUserPool,
    ListUserPools: listUserPools,
    AddCustomAttributes: addCustomAttributes,
    SetUserPoolMfaConfig: setUserPoolMfaConfig,
    GetUserPoolMfaConfig: getUserPoolMfaConfig,
    TagResource: tagResource,
    UntagResource: untagResource,
    ListTagsForResource: listTagsForResource,
  };
}

function describe({ users, domains }: Room, pool: Pool) {
  const domain = domains.list().find(({ value }) => value.poolId === pool.id)?.value;
  return {
    ...pool.settings,
    Id: pool.id,
    Arn: pool.arn,
    SchemaAttributes: [...pool.schema],
    CreationDate: new Date(pool.createdAt),
    LastModifiedDate: new Date(pool.modifiedAt),
    EstimatedNumberOfUsers: users.all(pool.id).length,
    ...(domain && (domain.customCertificateArn ? { CustomDomain: domain.domain } : { Domain: domain.domain })),
  };
}

function describeMfa({ settings, factors }: Pool) {
  return {
    ...(factors.sms && {
      SmsMfaConfiguration: {
        SmsAuthenticationMessage: settings.SmsAuthenticationMessage,
        SmsConfiguration: settings.SmsConfiguration,
      },
    }),
    SoftwareTokenMfaConfiguration: factors.softwareToken ? { Enabled: true } : undefined,
    ...(factors.email && { EmailMfaConfiguration: {} }),
    MfaConfiguration: settings.MfaConfiguration ?? 'OFF',
  };
}
