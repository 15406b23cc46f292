/** Cognito user pools. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import { adminUserOperations } from './operations/admin-users.ts';
import { authenticationOperations } from './operations/authentication.ts';
import { clientOperations } from './operations/clients.ts';
import { factorOperations } from './operations/factors.ts';
import { groupOperations } from './operations/groups.ts';
import { internalOperations } from './operations/internal.ts';
import { passwordOperations } from './operations/passwords.ts';
import { poolOperations } from './operations/pools.ts';
import { profileOperations } from './operations/profile.ts';
import { domainOperations, resourceServerOperations } from './operations/resource-servers.ts';
import { signUpOperations } from './operations/sign-up.ts';
import { providers } from './providers/index.ts';
import { poolFacts } from './requirements.ts';
import { createRoom } from './room.ts';

export function createService(context: ServiceContext, pools: 'served' | 'described' = 'served'): Service {
  const room = createRoom(context, pools);
  return {
    operations: {
      ...poolOperations(room),
      ...clientOperations(room),
      ...groupOperations(room),
      ...adminUserOperations(room),
      ...authenticationOperations(room),
      ...signUpOperations(room),
      ...passwordOperations(room),
      ...profileOperations(room),
      ...factorOperations(room),
      ...resourceServerOperations(room),
      ...domainOperations(room),
      ...internalOperations(room),
      ...NOT_EMULATED,
    },
    providers: providers(room),
    resourceFacts: poolFacts(room),
    wordDenial: () => ({ statusCode: 400 }),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-cognito-identity-provider'),
      targetPrefix: 'AWSCognitoIdentityProviderService',
      validationErrorCode: 'InvalidParameterException',
    }),
    stop: () => room.keys.settled(),
  };
}
