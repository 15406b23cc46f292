/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolclient.html */
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { apiProperties } from './api-properties.ts';
import { type CallCognito, unlessGone } from './calls.ts';
import { unsupportedOfClient } from './unsupported.ts';

/** Named and shaped as in `CreateUserPoolClient`. */
const API = [
  'AccessTokenValidity',
  'AllowedOAuthFlows',
  'AllowedOAuthFlowsUserPoolClient',
  'AllowedOAuthScopes',
  'AnalyticsConfiguration',
  'AuthSessionValidity',
  'CallbackURLs',
  'DefaultRedirectURI',
  'EnablePropagateAdditionalUserContextData',
  'EnableTokenRevocation',
  'ExplicitAuthFlows',
  'IdTokenValidity',
  'LogoutURLs',
  'PreventUserExistenceErrors',
  'ReadAttributes',
  'RefreshTokenRotation',
  'RefreshTokenValidity',
  'SupportedIdentityProviders',
  'TokenValidityUnits',
  'WriteAttributes',
];

interface Answer {
  readonly UserPoolClient: UserPoolClientType;
}

export function userPoolClientProvider(call: CallCognito): Provider {
  async function make(request: ResourceRequest, generatedName: string): Promise<ResourceResult> {
    const { UserPoolId, ...input } = read(request, generatedName);
    const GenerateSecret = readProperties(request, (reader) => reader.boolean('GenerateSecret'));
    return result(await call<Answer>('CreateUserPoolClient', { UserPoolId, GenerateSecret, ...input }));
  }

  return {
    create: (request) => make(request, request.generatedName),
    async update(request, existing) {
      const isReplaced = ['UserPoolId', 'GenerateSecret'].some(
        (name) => String(request.properties[name] ?? '') !== String(existing.properties[name] ?? ''),
      );
      if (isReplaced) return make(request, request.replacementName);
      const { ClientName, ...input } = read(request, '');
      const named = ClientName === '' ? {} : { ClientName };
      return result(await call<Answer>('UpdateUserPoolClient', { ...input, ...named, ClientId: existing.physicalId }));
    },
    delete: ({ physicalId, properties }) =>
      unlessGone(call('DeleteUserPoolClient', { UserPoolId: String(properties['UserPoolId']), ClientId: physicalId })),
    unsupported: unsupportedOfClient,
  };
}

function result({ UserPoolClient: { ClientId = '', ClientSecret, ClientName = '' } }: Answer): ResourceResult {
  return {
    physicalId: ClientId,
    attributes: { ClientId, Name: ClientName, ...(ClientSecret !== undefined && { ClientSecret }) },
  };
}

function read(request: ResourceRequest, generatedName: string) {
  return readProperties(request, (reader) => ({
    UserPoolId: reader.requiredText('UserPoolId'),
    ClientName: reader.text('ClientName') ?? generatedName,
    ...apiProperties<object>(reader, API),
  }));
}
