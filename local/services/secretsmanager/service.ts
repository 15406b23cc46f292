/** Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html */
import type { GetRandomPasswordRequest } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation, Service, ServiceContext } from '../../kernel/service.ts';
import type { SecretsManagerOptions } from './index.ts';
import { lifecycleOperations } from './lifecycle.ts';
import { listingOperations } from './listing.ts';
import type { Room } from './operations.ts';
import { providers } from './providers/index.ts';
import { randomPassword } from './random-password.ts';
import { SecretRepository } from './repository.ts';
import { requirements } from './requirements.ts';
import { secretFacts } from './resource-facts.ts';
import { policyOperations } from './resource-policies.ts';
import { rotationOperations } from './rotation/operations.ts';
import { createRotator } from './rotation/rotator.ts';
import { tagOperations } from './tags.ts';
import { validate } from './validation.ts';
import { valueOperations } from './values.ts';

export function createService(context: ServiceContext, { rotation = 'running' }: SecretsManagerOptions): Service {
  const repository = new SecretRepository(context);
  const rotator = createRotator(context, repository, rotation);
  const room: Room = { ...context, repository, needs: requirements(repository, context), rotator };
  return {
    operations: {
      ...lifecycleOperations(room),
      ...valueOperations(room),
      ...listingOperations(room),
      ...tagOperations(room),
      ...policyOperations(room),
      GetRandomPassword: getRandomPassword(room),
      ...rotationOperations(room),
      ...rotator.operations,
      ReplicateSecretToRegions: notReplicated(room, 'ReplicateSecretToRegions'),
      RemoveRegionsFromReplication: notReplicated(room, 'RemoveRegionsFromReplication'),
      StopReplicationToReplica: notReplicated(room, 'StopReplicationToReplica'),
    },
    providers: providers(room),
    resourceFacts: secretFacts(repository),
    wordDenial: denials(repository),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-secrets-manager'),
      targetPrefix: 'secretsmanager',
    }),
    stop: async () => rotator.stop(),
  };
}

function denials(repository: SecretRepository): Service['wordDenial'] {
  return ({ action, resource }, sentence) => {
    // What encrypts a secret is the service's own matter: its caller is not told of the key.
    if (action.startsWith('kms:')) return { statusCode: 400, message: 'Access to KMS is not allowed' };
    // Of a secret that is not there AWS says no more than the name it was asked for.
    const isThere = resource === '*' || repository.find(resource) !== undefined;
    return { statusCode: 400, message: isThere ? sentence : sentence.replace(resource, nameIn(resource)) };
  };
}

const nameIn = (arn: string): string => arn.split(':').slice(6).join(':') || arn;

function getRandomPassword({ needs }: Room): Operation<GetRandomPasswordRequest> {
  return {
    requires: () => [needs.onAll('GetRandomPassword')],
    handle(input) {
      validate(input);
      return { RandomPassword: randomPassword(input) };
    },
  };
}

/** Refuses aloud: a caller who believes that there is a replica would be worse off. */
function notReplicated({ needs }: Room, operation: string): Operation<{ SecretId: string }> {
  return {
    requires: (input) => [needs.onSecret(operation, input.SecretId)],
    handle() {
      const message = `${operation} is refused: replication of secrets to other Regions is not emulated.`;
      throw new AwsError('InvalidRequestException', message);
    },
  };
}
