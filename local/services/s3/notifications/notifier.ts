/** Tells a bucket's destinations what happened to its objects: written with the change, delivered afterwards. */
import type { CallContext } from '../../../kernel/service.ts';
import type { Bucket, Version } from '../records.ts';
import type { Room } from '../room.ts';
import { deliveriesOf } from './deliveries.ts';
import type { EventName } from './events.ts';

export interface Happened {
  readonly bucket: Bucket;
  readonly key: string;
  readonly version: Version;
  readonly event: EventName;
  /** Absent: S3 did it by itself. */
  readonly call?: CallContext;
}

export interface Notifier {
  /** Call inside the transaction of the change. */
  tell(happened: Happened): void;
}

export function createNotifier(
  room: Pick<Room, 'outbox' | 'clock' | 'accountId' | 'region' | 'partition' | 'repository'>,
): Notifier {
  return {
    tell(happened) {
      const { notification } = room.repository.find(happened.bucket.name) ?? happened.bucket;
      if (!notification || (notification.targets.length === 0 && !notification.eventBridge)) return;
      for (const delivery of deliveriesOf(happened, notification, room)) room.outbox.emit(delivery);
    },
  };
}
