/** Groups, users, and which user is in which group. */
import type { UserType } from '@aws-sdk/client-cognito-identity-provider';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { type CallCognito, unlessGone } from './calls.ts';

const isSame = (request: ResourceRequest, before: ResourceRequest['properties'], names: readonly string[]): boolean =>
  names.every((name) => JSON.stringify(request.properties[name]) === JSON.stringify(before[name]));

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolgroup.html */
export function userPoolGroupProvider(call: CallCognito): Provider {
  const read = (request: ResourceRequest, generatedName: string) =>
    readProperties(request, (reader) => ({
      UserPoolId: reader.requiredText('UserPoolId'),
      GroupName: reader.text('GroupName') ?? generatedName,
      Description: reader.text('Description'),
      RoleArn: reader.text('RoleArn'),
      Precedence: reader.integer('Precedence', [0, 2 ** 31 - 1]),
    }));
  async function make(request: ResourceRequest, generatedName: string): Promise<ResourceResult> {
    const input = read(request, generatedName);
    await call('CreateGroup', input);
    return { physicalId: input.GroupName };
  }
  return {
    create: (request) => make(request, request.generatedName),
    async update(request, existing) {
      if (!isSame(request, existing.properties, ['UserPoolId', 'GroupName'])) {
        return make(request, request.replacementName);
      }
      await call('UpdateGroup', read(request, existing.physicalId));
      return { physicalId: existing.physicalId };
    },
    delete: ({ physicalId, properties }) =>
      unlessGone(call('DeleteGroup', { UserPoolId: String(properties['UserPoolId']), GroupName: physicalId })),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpooluser.html */
export function userPoolUserProvider(call: CallCognito): Provider {
  async function make(request: ResourceRequest, generatedName: string): Promise<ResourceResult> {
    const input = readProperties(request, (reader) => ({
      UserPoolId: reader.requiredText('UserPoolId'),
      Username: reader.text('Username') ?? generatedName,
      DesiredDeliveryMediums: reader.texts('DesiredDeliveryMediums'),
      ForceAliasCreation: reader.boolean('ForceAliasCreation'),
      MessageAction: reader.oneOf('MessageAction', ['RESEND', 'SUPPRESS']),
      UserAttributes: readPairs(reader.objects('UserAttributes', ({ properties }) => properties)),
      ValidationData: readPairs(reader.objects('ValidationData', ({ properties }) => properties)),
    }));
    const { User } = await call<{ User: UserType }>('AdminCreateUser', {
      ...input,
      ...(input.DesiredDeliveryMediums.length === 0 && { DesiredDeliveryMediums: undefined }),
    });
    return { physicalId: User.Username ?? '' };
  }
  return {
    create: (request) => make(request, request.generatedName),
    // Every property of a user makes another one.
    update: (request) => make(request, request.replacementName),
    delete: ({ physicalId, properties }) =>
      unlessGone(call('AdminDeleteUser', { UserPoolId: String(properties['UserPoolId']), Username: physicalId })),
  };
}

function readPairs(pairs: readonly ResourceRequest['properties'][]) {
  return pairs.map(({ Name, Value }) => ({ Name: String(Name ?? ''), Value: String(Value ?? '') }));
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolusertogroupattachment.html */
export function membershipProvider(call: CallCognito): Provider {
  async function make(request: ResourceRequest): Promise<ResourceResult> {
    const input = readProperties(request, (reader) => ({
      UserPoolId: reader.requiredText('UserPoolId'),
      Username: reader.requiredText('Username'),
      GroupName: reader.requiredText('GroupName'),
    }));
    await call('AdminAddUserToGroup', input);
    return { physicalId: `${input.UserPoolId}|${input.Username}|${input.GroupName}` };
  }
  return {
    create: make,
    update: make,
    delete({ physicalId }) {
      const [UserPoolId, Username, GroupName] = physicalId.split('|');
      return unlessGone(call('AdminRemoveUserFromGroup', { UserPoolId, Username, GroupName }));
    },
  };
}
