/** To whom an event goes, and how. */
import type { Delivery } from '../../../kernel/index.ts';
import type { NotificationConfiguration, NotificationTarget } from '../records.ts';
import type { Room } from '../room.ts';
import { isEventMeant } from './events.ts';
import type { Happened } from './notifier.ts';
import { busEntry, eventRecord } from './records.ts';

type Place = Pick<Room, 'accountId' | 'region' | 'partition' | 'clock'>;

/** AWS does not say how long it tries; a destination that is away for an hour misses nothing here. */
const RETRIES_MS: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000];

export const S3 = 's3.amazonaws.com';

export function deliveriesOf(
  happened: Happened,
  { targets, eventBridge }: NotificationConfiguration,
  place: Place,
): Delivery[] {
  const now = place.clock.now();
  const sequencer = nextSequencer(now);
  const meant = targets.filter((target) => isMeant(target, happened));
  const deliveries = meant.map((target) => {
    const record = eventRecord(happened, { configurationId: target.id, sequencer, now }, place);
    return deliveryTo(target, { Records: [record] }, happened.bucket.name, place);
  });
  if (!eventBridge) return deliveries;
  const entry = busEntry(happened, { sequencer, now }, place);
  // A bus has no policy for AWS's own services: it takes what they send to their customer's account.
  const caller = { kind: 'internal', service: S3 } as const;
  const call = { caller, service: 'events', operation: 'PutEvents', input: { Entries: [entry] } };
  return [...deliveries, { call, retryDelaysMs: RETRIES_MS }];
}

/** What a destination is told once when it is named. */
export function testMessage(bucket: string, { requestId, now }: { requestId: string; now: number }) {
  return {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(now).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: Buffer.from(requestId).toString('base64'),
  };
}

export function deliveryTo(
  { service, arn }: Pick<NotificationTarget, 'service' | 'arn'>,
  message: object,
  bucket: string,
  { partition, accountId, region }: Omit<Place, 'clock'>,
): Delivery {
  const caller = {
    kind: 'service',
    service: S3,
    sourceArn: `arn:${partition}:s3:::${bucket}`,
    sourceAccount: accountId,
  } as const;
  const text = JSON.stringify(message);
  const retryDelaysMs = RETRIES_MS;
  switch (service) {
    case 'lambda': {
      const input = { FunctionName: arn, InvocationType: 'Event', Payload: text };
      return { call: { caller, service, operation: 'Invoke', input }, retryDelaysMs };
    }
    case 'sqs': {
      const [, , , queueRegion = region, account = accountId, name = ''] = arn.split(':');
      const QueueUrl = `https://sqs.${queueRegion}.amazonaws.com/${account}/${name}`;
      return {
        call: { caller, service, operation: 'SendMessage', input: { QueueUrl, MessageBody: text } },
        retryDelaysMs,
      };
    }
    case 'sns': {
      const input = { TopicArn: arn, Subject: 'Amazon S3 Notification', Message: text };
      return { call: { caller, service, operation: 'Publish', input }, retryDelaysMs };
    }
  }
}

function isMeant({ events, prefix = '', suffix = '' }: NotificationTarget, { key, event }: Happened): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix) && events.some((pattern) => isEventMeant(pattern, event));
}

let count = 0;

/** Hex digits that grow, so that events of one key can be put in their order. */
function nextSequencer(now: number): string {
  count = (count + 1) % 0x1000000;
  return `00${now.toString(16).toUpperCase().padStart(12, '0')}${count.toString(16).toUpperCase().padStart(6, '0')}`;
}
