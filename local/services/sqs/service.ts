/** Simple Queue Service. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html */
import type { Requirement, Service, ServiceContext } from '../../kernel/service.ts';
import { KEY_ACCESS_DENIED, keyCheck } from './encryption.ts';
import { queueFacts } from './facts.ts';
import type { SqsOptions } from './index.ts';
import { internalOperations } from './internal-operations.ts';
import { startMetrics } from './metrics.ts';
import { startMoveTasks } from './move-tasks.ts';
import { permissionOperations } from './permissions.ts';
import { urls } from './place.ts';
import { providers } from './providers/index.ts';
import { queueOperations } from './queue-operations.ts';
import { openQueueBook } from './queues/queue-book.ts';
import { receiptOperations } from './receipts.ts';
import { receivingOperations } from './receiving.ts';
import { requirements } from './requirements.ts';
import { startRetention } from './retention.ts';
import type { Room } from './room.ts';
import { sendingOperations } from './sending.ts';
import { tagOperations } from './tags.ts';
import { missingParameters, queueOfPath } from './wire.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MOST_IN_FLIGHT = 120_000;

export function createService(
  context: ServiceContext,
  { endpointUrl, mostInFlight = MOST_IN_FLIGHT }: SqsOptions,
): Service {
  const book = openQueueBook(context);
  const metrics = startMetrics(context.telemetry, context.clock);
  const retention = startRetention(book, context.clock);
  const room: Room = {
    ...context,
    book,
    metrics,
    needs: requirements(book, context),
    urlOf: urls(context, endpointUrl),
    lookAt: retention.lookAt,
    checkKey: keyCheck(context),
    mostInFlight,
  };
  const moveTasks = startMoveTasks(room);
  return {
    operations: {
      ...queueOperations(room),
      ...sendingOperations(room),
      ...receivingOperations(room),
      ...receiptOperations(room),
      ...tagOperations(room),
      ...permissionOperations(room),
      ...moveTasks.operations,
      ...internalOperations(room),
    },
    providers: providers(room),
    resourceFacts: queueFacts(book),
    wordDenial,
    wire: async () => ({
      protocol: 'json-1.0',
      formProtocol: 'query',
      schemas: await import('@aws-sdk/client-sqs'),
      targetPrefix: 'AmazonSQS',
      apiVersion: '2012-11-05',
      xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
      validationErrorCode: 'MissingParameter',
      errorTypes: ERROR_TYPES,
      wordMissing: missingParameters,
      inputOfPath: queueOfPath,
    }),
    async stop() {
      moveTasks.stop();
      retention.stop();
      metrics.stop();
      book.close();
    },
  };
}

/** What its JSON protocol calls errors that its model does not have. */
const ERROR_TYPES = {
  InvalidParameterValue: 'InvalidParameterValueException',
  MissingParameter: 'MissingRequiredParameterException',
};

/** SQS writes its actions in small letters, and what a key's policy refuses as its own error. */
function wordDenial({ action }: Requirement, sentence: string) {
  if (action.startsWith('kms:')) return KEY_ACCESS_DENIED;
  return { code: 'AccessDenied', message: sentence.replaceAll(action, action.toLowerCase()) };
}
