/** EventBridge. https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { answerWhoAsksForRecords } from './api-call-records.ts';
import { apiDestinationOperations } from './api-destinations.ts';
import { openArchives } from './archives.ts';
import { policyOperations } from './bus-policy.ts';
import { openBuses } from './bus-repository.ts';
import { busOperations } from './buses.ts';
import { openConnections } from './connections.ts';
import { createDeliveries } from './deliveries.ts';
import { resourceFacts } from './facts.ts';
import type { EventBridgeOptions } from './index.ts';
import { internalOperations } from './internal-operations.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import { createPassage } from './passage.ts';
import { providers } from './providers/index.ts';
import { putEventsOperation } from './put-events.ts';
import { replayOperations } from './replays.ts';
import type { Room } from './room.ts';
import { openRules } from './rule-repository.ts';
import { ruleOperations } from './rules.ts';
import { runSchedules } from './scheduled-rules.ts';
import { createSender, isApiDestination } from './sending.ts';
import { tagOperations } from './tags.ts';
import { targetOperations } from './targets.ts';
import { createWatch } from './watch.ts';

export function createService(context: ServiceContext, { schedules = 'run' }: EventBridgeOptions): Service {
  const tags: Room['tags'] = context.store.collection('events', 'tags');
  const room: Room = { ...context, buses: openBuses(context), rules: openRules(context), tags };
  const archives = openArchives(room);
  const deliveries = createDeliveries(room, { send: createSender(room), isSlow: isApiDestination });
  const watch = createWatch(room.clock);
  const passage = createPassage(room, deliveries, archives, watch);
  const connections = openConnections(room);
  const apiDestinations = apiDestinationOperations(room, connections);
  answerWhoAsksForRecords(room, archives);
  const stopSchedules = schedules === 'run' ? runSchedules(room, passage) : undefined;
  return {
    operations: {
      PutEvents: putEventsOperation(room, passage),
      ...busOperations(room),
      ...policyOperations(room),
      ...ruleOperations(room),
      ...targetOperations(room),
      ...tagOperations(room),
      ...archives.operations,
      ...replayOperations(room, archives, passage),
      ...connections.operations,
      ...apiDestinations.operations,
      ...internalOperations(room, passage, watch),
      ...NOT_EMULATED,
    },
    providers: providers(room, { archives, connections, apiDestinations }),
    resourceFacts: resourceFacts(room),
    wordDenial: () => ({ statusCode: 400 }),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-eventbridge'),
      targetPrefix: 'AWSEvents',
    }),
    stop: async () => stopSchedules?.(),
  };
}
