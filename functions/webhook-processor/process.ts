/** From a delivery to its ticket or message, and to those who are told of it. */
import type { HelpDeskEvent } from '../../domain/events.ts';
import type { Moment } from '../../domain/ticket.ts';
import type { Delivery } from '../../domain/webhook.ts';
import { type TakenIn, takeIn } from '../../domain/webhook-ticket.ts';
import type { DeliveryRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: DeliveryRepository;
  readonly moment: () => Moment;
  /** For events that have been stored; never rejects. */
  readonly publish: (events: readonly HelpDeskEvent[]) => Promise<void>;
  /** Told what became of it; undefined: it was taken in before. */
  readonly onTaken: (delivery: Delivery, taken: TakenIn | undefined) => void;
}

/** Rejects with what the database throws: the delivery then comes again. */
export function processDelivery({ repository, moment, publish, onTaken }: Dependencies) {
  return async (delivery: Delivery): Promise<void> => {
    const now = moment();
    const taken = await repository.takeIn(delivery, now.at, (continued) => takeIn(delivery, continued, now));
    onTaken(delivery, taken);
    if (taken) await publish(taken.events);
  };
}
