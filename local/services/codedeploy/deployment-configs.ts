/** Predefined configurations. https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html#deployment-configuration-lambda */
import type { CodeDeployRecords, ConfigRecord, Routing } from './records.ts';

export const DEFAULT_CONFIG = 'CodeDeployDefault.LambdaAllAtOnce';

const PREDEFINED: Readonly<Record<string, Routing>> = {
  [DEFAULT_CONFIG]: { kind: 'all-at-once' },
  ...Object.fromEntries(
    [5, 10, 15, 30].map((minutes): [string, Routing] => [
      `CodeDeployDefault.LambdaCanary10Percent${minutes}Minutes`,
      { kind: 'canary', percentage: 10, minutes },
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, 3, 10].map((minutes): [string, Routing] => [
      `CodeDeployDefault.LambdaLinear10PercentEvery${minutes}Minute${minutes === 1 ? '' : 's'}`,
      { kind: 'linear', percentage: 10, minutes },
    ]),
  ),
};

export function findConfig(records: CodeDeployRecords, name: string): ConfigRecord | undefined {
  const routing = Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined;
  return routing ? { name, id: name, routing, createdAt: 0 } : records.configs.get(name);
}

export function configNames(records: CodeDeployRecords): string[] {
  return [...Object.keys(PREDEFINED), ...records.configs.list().map(({ key }) => key)];
}

export interface TrafficStep {
  /** Of the target version, from then on. */
  readonly percent: number;
  /** Until the next step. */
  readonly minutes: number;
}

/** The first step is taken at once; after the last one, 100 percent, there is nothing to wait for. */
export function trafficSteps(routing: Routing): TrafficStep[] {
  switch (routing.kind) {
    case 'all-at-once':
      return [{ percent: 100, minutes: 0 }];
    case 'canary':
      return [
        { percent: routing.percentage, minutes: routing.minutes },
        { percent: 100, minutes: 0 },
      ];
    case 'linear': {
      const steps: TrafficStep[] = [];
      for (let percent = routing.percentage; percent < 100; percent += routing.percentage) {
        steps.push({ percent, minutes: routing.minutes });
      }
      return [...steps, { percent: 100, minutes: 0 }];
    }
  }
}
