import type { ServiceDefinition } from '../../kernel/service.ts';

export interface SchedulerOptions {
  /** `described`: schedules never come. */
  readonly schedules?: 'run' | 'described';
}

export function schedulerService(options: SchedulerOptions = {}): ServiceDefinition {
  return {
    name: 'scheduler',
    resourceTypes: ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
