/** Whether those who are to be told can be told; asked when they are named, as AWS does. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { NotificationConfiguration, NotificationTarget } from '../records.ts';
import type { Room } from '../room.ts';
import { deliveryTo, S3, testMessage } from './deliveries.ts';

type Parts = Pick<Room, 'dispatch' | 'partition' | 'accountId' | 'region' | 'outbox' | 'store' | 'clock' | 'telemetry'>;

/**
 * Rejects with InvalidArgument, where a function or queue is missing or its policy does not let S3 in. A queue is asked by
 * its first message, `s3:TestEvent`, as on AWS.
 */
export async function checkDestinations(
  room: Parts,
  bucket: string,
  configuration: NotificationConfiguration | undefined,
): Promise<void> {
  for (const target of configuration?.targets ?? []) {
    const { arn, service } = target;
    if (service === 'sqs') await tellQueue(room, bucket, target);
    if (service !== 'lambda') continue;
    if (!/^arn:[^:]+:lambda:[^:]+:\d{12}:function:/.test(arn)) throw unusable('The ARN is not well formed', arn);
    await checkFunction(room, bucket, arn);
  }
}

async function tellQueue(room: Parts, bucket: string, target: NotificationTarget): Promise<void> {
  const message = testMessage(bucket, { requestId: 'configuration', now: room.clock.now() });
  await asked(room.dispatch(deliveryTo(target, message, bucket, room).call), target.arn);
}

/** A dry run is refused as the delivery would be. */
async function checkFunction({ dispatch, partition, accountId }: Parts, bucket: string, arn: string): Promise<void> {
  const caller = {
    kind: 'service',
    service: S3,
    sourceArn: `arn:${partition}:s3:::${bucket}`,
    sourceAccount: accountId,
  } as const;
  const input = { FunctionName: arn, InvocationType: 'DryRun' };
  await asked(dispatch({ caller, service: 'lambda', operation: 'Invoke', input }), arn);
}

async function asked(answer: Promise<unknown>, arn: string): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === 'ServiceNotEmulated') return;
    throw unusable(error.message, arn);
  }
}

function unusable(because: string, arn: string): AwsError {
  return new AwsError('InvalidArgument', `Unable to validate the following destination configurations (${because})`, {
    members: { ArgumentName: arn, ArgumentValue: because },
  });
}

/** Topics get `s3:TestEvent`, as queues did when they were asked; a destination that nobody runs here is named. */
export function tellOfTest(
  room: Parts,
  bucket: string,
  configuration: NotificationConfiguration | undefined,
  requestId: string | undefined,
): void {
  const targets = (configuration?.targets ?? []).filter(({ service }) => service !== 'lambda' && service !== 'sqs');
  if (targets.length === 0) return;
  const message = testMessage(bucket, { requestId: requestId ?? 'configuration', now: room.clock.now() });
  room.store.transaction(() => {
    for (const target of targets) room.outbox.emit(deliveryTo(target, message, bucket, room));
  });
}

export const say = ({ telemetry, clock }: Parts, message: string): void =>
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
