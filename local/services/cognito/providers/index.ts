import type { Provider } from '../../../kernel/provider.ts';
import type { Room } from '../room.ts';
import { asCloudFormation } from './calls.ts';
import { membershipProvider, userPoolGroupProvider, userPoolUserProvider } from './members.ts';
import { domainProvider, resourceServerProvider } from './scopes.ts';
import { userPoolProvider } from './user-pool.ts';
import { userPoolClientProvider } from './user-pool-client.ts';

export function providers(room: Room): Record<string, Provider> {
  const call = asCloudFormation(room);
  return {
    'AWS::Cognito::UserPool': userPoolProvider(call, room),
    'AWS::Cognito::UserPoolClient': userPoolClientProvider(call),
    'AWS::Cognito::UserPoolGroup': userPoolGroupProvider(call),
    'AWS::Cognito::UserPoolUser': userPoolUserProvider(call),
    'AWS::Cognito::UserPoolUserToGroupAttachment': membershipProvider(call),
    'AWS::Cognito::UserPoolResourceServer': resourceServerProvider(call),
    'AWS::Cognito::UserPoolDomain': domainProvider(call),
  };
}
