import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import { permissionStatement, putBusPolicy, putStatement, removeStatement } from '../bus-policy.ts';
import { createBus, deleteBus } from '../buses.ts';
import type { Bus } from '../records.ts';
import type { Room } from '../room.ts';
import { jsonText, tagsOf } from './reading.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html */
export function busProvider(room: Room): Provider {
  const read = (request: ResourceRequest) =>
    readProperties(request, (reader) => ({
      Name: reader.requiredText('Name'),
      Description: reader.text('Description'),
      EventSourceName: reader.text('EventSourceName'),
      KmsKeyIdentifier: reader.text('KmsKeyIdentifier'),
      DeadLetterConfig: reader.object('DeadLetterConfig', (config) => ({ Arn: config.text('Arn') })),
      Tags: tagsOf(reader),
      policy: jsonText(reader, 'Policy'),
    }));

  function put(request: ResourceRequest): ResourceResult {
    const { policy, ...input } = read(request);
    return room.store.transaction(() => {
      const existing = room.buses.find(input.Name);
      if (existing && request.interrupted) room.buses.delete(input.Name);
      const bus = createBus(room, input);
      if (policy !== undefined) putBusPolicy(room, bus, policy, placeOf(request, ['Policy']));
      return result(bus);
    });
  }

  const result = ({ name }: Bus): ResourceResult => {
    const Arn = room.buses.arnOf(name);
    return { physicalId: name, attributes: { Arn, Name: name, Policy: room.buses.get(name).policy ?? '' } };
  };

  return {
    create: put,
    update(request, existing) {
      const { policy, Name, Description, DeadLetterConfig, KmsKeyIdentifier, Tags } = read(request);
      if (Name !== existing.physicalId) return put(request);
      const { policy: had, policyPlace, createdAt } = room.buses.get(Name);
      // A policy that another resource or a call has put stays unless this one had or has its own.
      const kept =
        existing.properties['Policy'] === undefined && policy === undefined ? { policy: had, policyPlace } : {};
      return room.store.transaction(() => {
        const bus: Bus = {
          name: Name,
          createdAt,
          changedAt: room.clock.now(),
          ...(Description !== undefined && { description: Description }),
          ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
          ...(KmsKeyIdentifier !== undefined && { kmsKeyId: KmsKeyIdentifier }),
          ...(kept.policy !== undefined && { policy: kept.policy }),
          ...(kept.policyPlace && { policyPlace: kept.policyPlace }),
        };
        room.buses.put(bus);
        if (policy !== undefined) putBusPolicy(room, bus, policy, placeOf(request, ['Policy']));
        room.tags.put(room.buses.arnOf(Name), Object.fromEntries(Tags.map((tag) => [tag.Key, tag.Value])));
        return result(bus);
      });
    },
    delete: ({ physicalId }) => deleteBus(room, physicalId),
    unsupported: async ({ properties }) => [
      ...(await documentFindings(properties['Policy'], 'resource', ['Policy'])),
      ...(properties['DeadLetterConfig'] === undefined
        ? []
        : [
            {
              path: ['DeadLetterConfig'],
              message: 'recorded, no effect: events that a bus itself could not take do not arise here',
            },
          ]),
      ...(properties['LogConfig'] === undefined
        ? []
        : [{ path: ['LogConfig'], message: 'recorded, no effect: buses write no logs' }]),
    ],
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html */
export function busPolicyProvider(room: Room): Provider {
  const read = (request: ResourceRequest) =>
    readProperties(request, (reader) => ({
      bus: reader.text('EventBusName') ?? 'default',
      StatementId: reader.requiredText('StatementId'),
      statement: statementOf(reader),
      Principal: reader.text('Principal'),
      Action: reader.text('Action'),
      Condition: reader.object('Condition', (condition) => ({
        Type: condition.text('Type'),
        Key: condition.text('Key'),
        Value: condition.text('Value'),
      })),
    }));

  function put(request: ResourceRequest): ResourceResult {
    const { bus: name, statement, ...input } = read(request);
    const bus = room.buses.get(name);
    const place = bus.policy === undefined ? placeOf(request, ['Statement']) : bus.policyPlace;
    putStatement(
      room,
      bus,
      statement
        ? { ...statement, Sid: input.StatementId }
        : permissionStatement(room, bus, input as Parameters<typeof permissionStatement>[2]),
      place,
    );
    return { physicalId: `${request.stackName}-${request.logicalId}-${input.StatementId}` };
  }

  return {
    create: put,
    update(request, existing) {
      const { bus, StatementId } = read(request);
      const { EventBusName = 'default', StatementId: before } = existing.properties;
      if (bus !== EventBusName || StatementId !== before) remove(room, EventBusName, before);
      return { ...put(request), physicalId: existing.physicalId };
    },
    delete: ({ properties }) => remove(room, properties['EventBusName'] ?? 'default', properties['StatementId']),
  };
}

function remove(room: Room, busName: unknown, statementId: unknown): void {
  const bus = room.buses.find(String(busName));
  if (bus) removeStatement(room, bus, String(statementId));
}

function statementOf(reader: PropertyReader): Record<string, unknown> | undefined {
  const text = jsonText(reader, 'Statement');
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

function placeOf({ stackName, logicalId }: ResourceRequest, path: readonly string[]): NonNullable<Bus['policyPlace']> {
  return { stackName, logicalId, path };
}
