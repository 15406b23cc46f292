/** Simple Notification Service. https://docs.aws.amazon.com/sns/latest/api/welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { createAttempt } from './delivery/attempt.ts';
import { type Courier, createCourier } from './delivery/courier.ts';
import type { SnsOptions } from './index.ts';
import { internalOperations } from './internal-operations.ts';
import { createMailbox } from './mailbox.ts';
import { createMetrics } from './metrics.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import { providers } from './providers/index.ts';
import { publishOperations } from './publishing/publish.ts';
import { openRepository } from './repository.ts';
import { requirements } from './requirements.ts';
import { topicFacts } from './resource-facts.ts';
import type { Room } from './room.ts';
import { createSigner } from './signer.ts';
import { subscriptionOperations } from './subscriptions/subscriptions.ts';
import { tagOperations } from './tags.ts';
import { permissionOperations } from './topics/permissions.ts';
import { topicOperations } from './topics/topics.ts';

export function createService(context: ServiceContext, { endpointUrl }: SnsOptions): Service {
  const repository = openRepository(context);
  const mailbox = createMailbox(context);
  const metrics = createMetrics(context);
  const signer = createSigner(context, endpointUrl);
  const links = () => ({ endpointUrl: endpointUrl(), signer });
  const courier: Courier = createCourier(
    context,
    createAttempt({ context, repository, metrics, mailbox, links, courier: () => courier }),
  );
  context.outbox.join(courier);
  const needs = requirements(repository, context);
  const room: Room = { ...context, repository, needs, courier, mailbox, metrics, signer, endpointUrl };
  return {
    operations: {
      ...topicOperations(room),
      ...permissionOperations(room),
      ...subscriptionOperations(room),
      ...publishOperations(room),
      ...tagOperations(room),
      ...internalOperations(room),
      ...NOT_EMULATED,
    },
    providers: providers(room),
    resourceFacts: topicFacts(repository),
    wordDenial({ action }, sentence) {
      if (action.startsWith('kms:')) return { code: 'KMSAccessDeniedException', statusCode: 400 };
      return {
        code: 'AuthorizationErrorException',
        message: sentence.replaceAll('sns:', 'SNS:').replace('arn:aws:SNS:', 'arn:aws:sns:'),
      };
    },
    wire: async () => ({
      protocol: 'query',
      schemas: { ...(await import('@aws-sdk/client-sns')) },
      apiVersion: '2010-03-31',
      xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    }),
  };
}
