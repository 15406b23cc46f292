/** What every group of operations in this room is built from. */
import type { Collection, ServiceContext } from '../../kernel/index.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { BusRepository } from './bus-repository.ts';
import type { Tags } from './records.ts';
import type { RuleRepository } from './rule-repository.ts';

export interface Room extends ServiceContext {
  readonly buses: BusRepository;
  readonly rules: RuleRepository;
  /** By ARN. */
  readonly tags: Collection<Tags>;
}

export const EVENTS = 'events.amazonaws.com';

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

/** e.g. `arnOf(room, 'event-bus/default')` */
export const arnOf = ({ partition, region, accountId }: Place, resource: string): string =>
  `arn:${partition}:events:${region}:${accountId}:${resource}`;

export const say = ({ telemetry, clock }: Pick<ServiceContext, 'telemetry' | 'clock'>, message: string): void =>
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);

/** Inputs come in through the wire or from a provider; what is required is then known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };
