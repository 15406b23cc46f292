/** Resource servers and domains. */
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { type CallCognito, unlessGone } from './calls.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolresourceserver.html */
export function resourceServerProvider(call: CallCognito): Provider {
  const read = (request: ResourceRequest) =>
    readProperties(request, (reader) => ({
      UserPoolId: reader.requiredText('UserPoolId'),
      Identifier: reader.requiredText('Identifier'),
      Name: reader.requiredText('Name'),
      Scopes: reader.objects('Scopes', (scope) => ({
        ScopeName: scope.requiredText('ScopeName'),
        ScopeDescription: scope.requiredText('ScopeDescription'),
      })),
    }));
  async function make(request: ResourceRequest): Promise<ResourceResult> {
    const input = read(request);
    await call('CreateResourceServer', input);
    return { physicalId: `${input.UserPoolId}|${input.Identifier}` };
  }
  return {
    create: make,
    async update(request, existing) {
      const input = read(request);
      if (existing.physicalId !== `${input.UserPoolId}|${input.Identifier}`) return make(request);
      await call('UpdateResourceServer', input);
      return { physicalId: existing.physicalId };
    },
    delete({ physicalId }) {
      const [UserPoolId, ...identifier] = physicalId.split('|');
      return unlessGone(call('DeleteResourceServer', { UserPoolId, Identifier: identifier.join('|') }));
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpooldomain.html */
export function domainProvider(call: CallCognito): Provider {
  async function make(request: ResourceRequest): Promise<ResourceResult> {
    const input = readProperties(request, (reader) => ({
      UserPoolId: reader.requiredText('UserPoolId'),
      Domain: reader.requiredText('Domain'),
      ManagedLoginVersion: reader.integer('ManagedLoginVersion', [1, 2]),
      CustomDomainConfig: reader.object('CustomDomainConfig', (config) => ({
        CertificateArn: config.text('CertificateArn'),
      })),
    }));
    const { CloudFrontDomain } = await call<{ CloudFrontDomain?: string }>('CreateUserPoolDomain', input);
    return {
      physicalId: input.Domain,
      attributes: CloudFrontDomain === undefined ? {} : { CloudFrontDistribution: CloudFrontDomain },
    };
  }
  return {
    create: make,
    async update(request, existing) {
      const isSame = ['UserPoolId', 'Domain'].every((name) => request.properties[name] === existing.properties[name]);
      if (!isSame) return make(request);
      return { physicalId: existing.physicalId, attributes: existing.attributes };
    },
    delete: ({ physicalId, properties }) =>
      unlessGone(call('DeleteUserPoolDomain', { UserPoolId: String(properties['UserPoolId']), Domain: physicalId })),
    unsupported: () => [
      { path: [], message: 'the managed login pages and OAuth 2.0 endpoints of this domain are not emulated' },
    ],
  };
}
