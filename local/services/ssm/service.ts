/** Systems Manager, of which Parameter Store is here. https://docs.aws.amazon.com/systems-manager/latest/APIReference/Welcome.html */
import type { ResourceFacts, Service, ServiceContext } from '../../kernel/service.ts';
import { catalogueOperations } from './catalogue.ts';
import { createEncryption } from './encryption.ts';
import { labelOperations } from './labels.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import { parameterProvider } from './providers.ts';
import { putOperation } from './put-parameter.ts';
import { readOperations } from './read-parameters.ts';
import { openRepository, type Repository } from './repository.ts';
import { requirements } from './requirements.ts';
import type { Room } from './room.ts';
import { tagOperations } from './tags.ts';

export function createService(context: ServiceContext): Service {
  const repository = openRepository(context);
  const room: Room = {
    ...context,
    repository,
    needs: requirements(repository, context),
    encryption: createEncryption(context.dispatch),
  };
  return {
    operations: {
      PutParameter: putOperation(room),
      ...readOperations(room),
      ...catalogueOperations(room),
      ...labelOperations(room),
      ...tagOperations(room),
      ...NOT_EMULATED,
    },
    providers: { 'AWS::SSM::Parameter': parameterProvider(room) },
    resourceFacts: factsOf(repository),
    wordDenial({ action }) {
      // What encrypts a parameter is the service's own matter: its caller is not told of the key.
      return action.startsWith('kms:') ? { statusCode: 400, message: KEY_REFUSED } : { statusCode: 400 };
    },
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-ssm'),
      targetPrefix: 'AmazonSSM',
    }),
  };
}

const KEY_REFUSED =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';

const factsOf =
  (repository: Repository) =>
  (arn: string): ResourceFacts | undefined => {
    const parameter = repository.find(arn);
    return parameter && { tags: Object.fromEntries(parameter.tags.map(({ Key, Value }) => [Key, Value])) };
  };
