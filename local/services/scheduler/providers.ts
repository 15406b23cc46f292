/** AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup. */
import { readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { Json } from '../../kernel/service.ts';
import { createGroup, deleteGroup, findGroup } from './groups.ts';
import { arnOf, DEFAULT_GROUP, keyOf, type Room, type Schedule, type ScheduleTarget } from './room.ts';
import { createSchedule, deleteSchedule, type ScheduleInput, updateSchedule } from './schedules.ts';
import { isReachable, serviceOfTarget } from './target-call.ts';

export function providers(room: Room): Record<string, Provider> {
  return { 'AWS::Scheduler::Schedule': scheduleProvider(room), 'AWS::Scheduler::ScheduleGroup': groupProvider(room) };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html */
function scheduleProvider(room: Room): Provider {
  const read = (request: ResourceRequest, name: string): ScheduleInput =>
    readProperties(request, (reader) => ({
      Name: reader.text('Name') ?? name.slice(-64),
      GroupName: reader.text('GroupName') ?? DEFAULT_GROUP,
      ScheduleExpression: reader.requiredText('ScheduleExpression'),
      ScheduleExpressionTimezone: reader.text('ScheduleExpressionTimezone'),
      Description: reader.text('Description'),
      KmsKeyArn: reader.text('KmsKeyArn'),
      State: reader.oneOf('State', ['ENABLED', 'DISABLED'] as const),
      StartDate: dateOf(reader.text('StartDate')),
      EndDate: dateOf(reader.text('EndDate')),
      FlexibleTimeWindow: reader.object('FlexibleTimeWindow', (window) => ({
        Mode: window.oneOf('Mode', ['OFF', 'FLEXIBLE'] as const),
        MaximumWindowInMinutes: window.integer('MaximumWindowInMinutes', [1, 1440]),
      })) ?? { Mode: 'OFF' },
      Target: targetOf(reader.object('Target', ({ properties }) => properties) ?? {}),
    }));

  const result = ({ name, arn }: Schedule): ResourceResult => ({ physicalId: name, attributes: { Arn: arn } });
  const groupOf = (properties: Readonly<Record<string, Json>>) => String(properties['GroupName'] ?? DEFAULT_GROUP);

  function make(request: ResourceRequest, name: string): ResourceResult {
    const input = read(request, name);
    const isThere = room.schedules.get(keyOf(input.GroupName ?? DEFAULT_GROUP, input.Name)) !== undefined;
    return result(request.interrupted && isThere ? updateSchedule(room, input) : createSchedule(room, input));
  }

  return {
    create: (request) => make(request, request.generatedName),
    update(request, existing) {
      const input = read(request, existing.physicalId);
      const isSame = input.Name === existing.physicalId && groupOf(request.properties) === groupOf(existing.properties);
      return isSame ? result(updateSchedule(room, input)) : make(request, request.replacementName);
    },
    delete({ physicalId, properties }) {
      deleteSchedule(room, groupOf(properties), physicalId);
    },
    unsupported({ properties }) {
      const target = properties['Target'];
      const arn = typeof target === 'object' && target !== null && !Array.isArray(target) ? target['Arn'] : undefined;
      if (typeof arn !== 'string' || (isReachable(arn) && room.emulates(serviceOfTarget(arn)))) return [];
      const message = `${serviceOfTarget(arn) || arn} is not emulated: this schedule does not reach it`;
      return [{ path: ['Target', 'Arn'], message }];
    },
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** Properties are named as in the API, except that numbers may have come as text. */
function targetOf({ RetryPolicy, Input, ...target }: Readonly<Record<string, Json>>): ScheduleTarget {
  const isMap = typeof RetryPolicy === 'object' && RetryPolicy !== null && !Array.isArray(RetryPolicy);
  return {
    ...(target as unknown as ScheduleTarget),
    ...(Input !== undefined && { Input: typeof Input === 'string' ? Input : JSON.stringify(Input) }),
    ...(isMap && {
      RetryPolicy: Object.fromEntries(Object.entries(RetryPolicy).map(([name, value]) => [name, Number(value)])),
    }),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html */
function groupProvider(room: Room): Provider {
  const read = (request: ResourceRequest, name: string) =>
    readProperties(request, (reader) => ({
      name: reader.text('Name') ?? name.slice(-64),
      tags: reader.objects('Tags', (tag) => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' })),
    }));
  const result = (name: string): ResourceResult => ({
    physicalId: name,
    attributes: { Arn: arnOf(room, `schedule-group/${name}`), State: 'ACTIVE' },
  });
  function make(request: ResourceRequest, generated: string): ResourceResult {
    const { name, tags } = read(request, generated);
    if (!(request.interrupted && findGroup(room, name))) createGroup(room, name, tags);
    return result(name);
  }
  return {
    create: (request) => make(request, request.generatedName),
    update(request, existing) {
      const { name, tags } = read(request, existing.physicalId);
      if (name !== existing.physicalId) return make(request, request.replacementName);
      const group = findGroup(room, name);
      const changed = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
      if (group) room.groups.put(name, { ...group, tags: changed, changedAt: room.clock.now() });
      return result(name);
    },
    delete: ({ physicalId }) => deleteGroup(room, physicalId),
  };
}
