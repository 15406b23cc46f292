/** Key Management Service. https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { aliasOperations } from './aliases.ts';
import { cryptographicOperations } from './cryptographic-operations.ts';
import { resourceFacts } from './facts.ts';
import { grantOperations } from './grants.ts';
import { keyOperations } from './key-operations.ts';
import { policyOperations } from './key-policy.ts';
import { openKeyring } from './keyring.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import { providers } from './providers.ts';
import { requirements } from './requirements.ts';
import type { Room } from './room.ts';
import { rotationOperations } from './rotation.ts';
import { tagOperations } from './tags.ts';

export function createService(context: ServiceContext): Service {
  const keyring = openKeyring(context);
  const room: Room = { ...context, keyring, needs: requirements(keyring, context) };
  return {
    operations: {
      ...keyOperations(room),
      ...aliasOperations(room),
      ...policyOperations(room),
      ...rotationOperations(room),
      ...tagOperations(room),
      ...cryptographicOperations(room),
      ...grantOperations(room),
      ...NOT_EMULATED,
    },
    providers: providers(room),
    resourceFacts: resourceFacts(keyring),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-kms'),
      targetPrefix: 'TrentService',
    }),
  };
}
