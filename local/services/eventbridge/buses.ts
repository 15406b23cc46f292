/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html */
import type {
  CreateEventBusRequest,
  DeleteEventBusRequest,
  DescribeEventBusRequest,
  ListEventBusesRequest,
  UpdateEventBusRequest,
} from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { DEFAULT_BUS } from './bus-repository.ts';
import { alreadyExists, limitExceeded, validationError } from './errors.ts';
import { page } from './paging.ts';
import type { Bus } from './records.ts';
import { requestTags } from './requirements.ts';
import type { Room, With } from './room.ts';
import { putTags } from './tags.ts';

const MOST_BUSES = 100;

export function createBus(room: Room, input: With<CreateEventBusRequest, 'Name'>): Bus {
  const { Name: name, Description, DeadLetterConfig, KmsKeyIdentifier, Tags, EventSourceName } = input;
  if (EventSourceName !== undefined || name.includes('/')) {
    throw new AwsError('OperationNotEmulated', 'Partner event sources are not emulated here.', { statusCode: 501 });
  }
  if (room.buses.find(name)) throw alreadyExists(`Event bus ${name} already exists.`);
  if (room.buses.list().length > MOST_BUSES) throw limitExceeded();
  const now = room.clock.now();
  const bus = room.buses.put({
    name,
    createdAt: now,
    changedAt: now,
    ...(Description !== undefined && { description: Description }),
    ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
    ...(KmsKeyIdentifier !== undefined && { kmsKeyId: KmsKeyIdentifier }),
  });
  putTags(room, room.buses.arnOf(name), Tags);
  return bus;
}

/** Takes its rules along. */
export function deleteBus(room: Room, name: string): void {
  if (name === DEFAULT_BUS) throw validationError(`Cannot delete event bus ${name}.`);
  if (!room.buses.find(name)) return;
  room.store.transaction(() => {
    for (const rule of room.rules.list(name)) room.rules.delete(name, rule.name);
    room.buses.delete(name);
    room.tags.delete(room.buses.arnOf(name));
  });
}

export function described(room: Room, bus: Bus) {
  return {
    Name: bus.name,
    Arn: room.buses.arnOf(bus.name),
    ...(bus.description !== undefined && { Description: bus.description }),
    ...(bus.policy !== undefined && { Policy: bus.policy }),
    CreationTime: new Date(bus.createdAt),
    LastModifiedTime: new Date(bus.changedAt),
  };
}

export function busOperations(room: Room): Record<string, Operation> {
  const { buses } = room;
  const onBus = (action: string, name: string | undefined, context?: Record<string, string | string[]>) => [
    { action: `events:${action}`, resource: buses.arnOf(buses.nameOf(name)), ...(context && { context }) },
  ];

  const create: Operation<With<CreateEventBusRequest, 'Name'>> = {
    requires: (input) => onBus('CreateEventBus', input.Name, requestTags(input.Tags)),
    handle(input) {
      const bus = room.store.transaction(() => createBus(room, input));
      return { EventBusArn: buses.arnOf(bus.name), ...settings(bus) };
    },
  };

  const update: Operation<UpdateEventBusRequest> = {
    requires: (input) => onBus('UpdateEventBus', input.Name),
    handle({ Name, Description, DeadLetterConfig, KmsKeyIdentifier }) {
      const { description: _d, deadLetterArn: _q, kmsKeyId: _k, ...bus } = buses.get(Name);
      const changed = buses.put({
        ...bus,
        changedAt: room.clock.now(),
        ...(Description !== undefined && { description: Description }),
        ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
        ...(KmsKeyIdentifier !== undefined && { kmsKeyId: KmsKeyIdentifier }),
      });
      return { Arn: buses.arnOf(bus.name), Name: bus.name, ...settings(changed) };
    },
  };

  const remove: Operation<With<DeleteEventBusRequest, 'Name'>> = {
    requires: (input) => onBus('DeleteEventBus', input.Name),
    handle: ({ Name }) => deleteBus(room, buses.nameOf(Name)),
  };

  const describe: Operation<DescribeEventBusRequest> = {
    requires: (input) => onBus('DescribeEventBus', input.Name),
    handle(input) {
      const bus = buses.get(input.Name);
      return { ...described(room, bus), ...settings(bus) };
    },
  };

  const list: Operation<ListEventBusesRequest> = {
    requires: () => [{ action: 'events:ListEventBuses', resource: '*' }],
    handle(input) {
      const { items, ...rest } = page(buses.list(input.NamePrefix), input);
      return { EventBuses: items.map((bus) => described(room, bus)), ...rest };
    },
  };

  return {
    CreateEventBus: create,
    UpdateEventBus: update,
    DeleteEventBus: remove,
    DescribeEventBus: describe,
    ListEventBuses: list,
  };
}

const settings = ({ description, deadLetterArn, kmsKeyId }: Bus) => ({
  ...(description !== undefined && { Description: description }),
  ...(kmsKeyId !== undefined && { KmsKeyIdentifier: kmsKeyId }),
  ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
});
