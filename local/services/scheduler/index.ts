import type { ServiceDefinition } from '../../kernel/service.ts';

export interface SchedulerOptions {
  /** `described`: schedules never come. */
  readonly schedules?: 'run' | 'described';
}

export function schedulerService(options: SchedulerOptions = {}): ServiceDefinition {
  return {
    name: 'scheduler',
    resourceTypes: ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],
    goesOn: (store) =>
      ['schedules', 'executions'].some((name) => store.collection('scheduler', name).list({ limit: 1 }).length > 0),
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
