import type { ServiceDefinition } from '../../kernel/service.ts';

export { type DiscoveryRoute, discoveryRoutes } from './discovery.ts';
export type { Message } from './mailbox.ts';
export type { IssueTokensInput, SigningKeysOutput } from './operations/internal.ts';

export interface CognitoOptions {
  /** `described`: nobody will sign in, so no keys are made ahead and no functions called. Default `served`. */
  readonly pools?: 'served' | 'described';
}

export function cognitoService({ pools = 'served' }: CognitoOptions = {}): ServiceDefinition {
  return {
    name: 'cognito-idp',
    // What requests that nobody signed say of their service.
    aliases: ['AWSCognitoIdentityProviderService'],
    resourceTypes: [
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolClient',
      'AWS::Cognito::UserPoolGroup',
      'AWS::Cognito::UserPoolUser',
      'AWS::Cognito::UserPoolUserToGroupAttachment',
      'AWS::Cognito::UserPoolResourceServer',
      'AWS::Cognito::UserPoolDomain',
    ],
    load: async (context) => (await import('./service.ts')).createService(context, pools),
  };
}
