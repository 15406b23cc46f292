/** What every group of operations here is built from. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Backend } from './contract.ts';
import { endOfLife, invalidModelId, needsProfile } from './errors.ts';
import type { Fate, Faults } from './faults/faults.ts';
import { assumedTarget, findTarget, type Target } from './models/target.ts';

export interface Room extends ServiceContext {
  readonly backend: Backend;
  readonly faults: Faults;
  /** Says once who answers. */
  readonly announce: () => void;
}

/** What a call is for, as far as anybody here can say. */
export function namedTarget(room: Room, modelId: string): Target | undefined {
  return room.backend.kind === 'forward' ? assumedTarget(modelId, room) : findTarget(modelId, room);
}

/** The model a call is for. @throws AwsError when there is none of that name, or not for calls like this. */
export function targetOf(room: Room, modelId: string): Target {
  const target = findTarget(modelId, room);
  if (!target) throw invalidModelId();
  const { model, profile } = target;
  if (model.endOfLife !== undefined && room.clock.now() >= Date.parse(model.endOfLife)) throw endOfLife();
  if (!profile && !model.onDemand) throw needsProfile(model.id);
  return target;
}

/** What becomes of the next call; rejects with what strikes it at once. */
export function fateOf({ faults, announce }: Room): Fate {
  announce();
  const fate = faults.next();
  fate.admit();
  return fate;
}
