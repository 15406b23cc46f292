/** EventBridge Scheduler. https://docs.aws.amazon.com/scheduler/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { createExecutions } from './executions.ts';
import { groupOperations } from './groups.ts';
import type { SchedulerOptions } from './index.ts';
import { providers } from './providers.ts';
import type { Group, Room, Schedule } from './room.ts';
import { createRunner } from './runner.ts';
import { scheduleOperations } from './schedules.ts';

export function createService(context: ServiceContext, { schedules = 'run' }: SchedulerOptions): Service {
  const kept = {
    ...context,
    schedules: context.store.collection<Schedule>('scheduler', 'schedules'),
    groups: context.store.collection<Group>('scheduler', 'groups'),
  };
  const runner = schedules === 'run' ? createRunner(kept, createExecutions(kept)) : undefined;
  const room: Room = { ...kept, changed: (key) => runner?.changed(key) };
  return {
    operations: { ...scheduleOperations(room), ...groupOperations(room) },
    providers: providers(room),
    resourceFacts(arn) {
      const group = room.groups.get(arn.split('/')[1] ?? '');
      return group && { tags: group.tags };
    },
    wire: async () => ({ protocol: 'rest-json', schemas: await import('@aws-sdk/client-scheduler') }),
    stop: async () => runner?.stop(),
  };
}
