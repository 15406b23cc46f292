/** Groups: a filter expression with a name. */
import { randomBytes } from 'node:crypto';
import type { CreateGroupRequest, GetGroupRequest, UpdateGroupRequest } from '@aws-sdk/client-xray';
import type { Operation, Requirement } from '../../kernel/service.ts';
import { type GroupRecord, invalidRequest, onEverything, type Room } from './room.ts';
import { matcherOf } from './trace-operations.ts';

type Named = { GroupName?: string; GroupARN?: string };

const NO_INSIGHTS = { InsightsEnabled: false, NotificationsEnabled: false } as const;

/** Throws InvalidRequestException. */
export function createGroup(room: Room, input: CreateGroupRequest): GroupRecord {
  const { partition, region, accountId, groups } = room;
  const name = input.GroupName ?? '';
  if (name === 'Default') throw invalidRequest('The group name Default is reserved');
  if (groups.get(name)) throw invalidRequest('Group already exists');
  const group: GroupRecord = {
    name,
    arn: `arn:${partition}:xray:${region}:${accountId}:group/${name}/${randomBytes(26).toString('hex').toUpperCase()}`,
    ...settings(input),
  };
  groups.put(name, group);
  return group;
}

export function updateGroup(room: Room, name: string, input: UpdateGroupRequest): GroupRecord {
  const group = room.groups.get(name);
  if (!group) throw invalidRequest('Group not found');
  const changed = { ...group, ...settings({ FilterExpression: group.filterExpression, ...input }) };
  room.groups.put(name, changed);
  return changed;
}

function settings({ FilterExpression, InsightsConfiguration }: Omit<CreateGroupRequest, 'GroupName'>) {
  if (FilterExpression !== undefined) matcherOf(FilterExpression);
  return {
    filterExpression: FilterExpression,
    insights: {
      InsightsEnabled: InsightsConfiguration?.InsightsEnabled ?? NO_INSIGHTS.InsightsEnabled,
      NotificationsEnabled: InsightsConfiguration?.NotificationsEnabled ?? NO_INSIGHTS.NotificationsEnabled,
    },
  };
}

export function groupOperations(room: Room): Record<string, Operation> {
  const { groups, tags } = room;

  const describe = ({ name, arn, filterExpression, insights }: GroupRecord) => ({
    GroupName: name,
    GroupARN: arn,
    FilterExpression: filterExpression,
    InsightsConfiguration: insights,
  });

  const nameOf = ({ GroupName, GroupARN }: Named) => GroupName ?? /:group\/([^/]+)\//.exec(GroupARN ?? '')?.[1] ?? '';

  const onGroup = (action: string, named: Named): readonly Requirement[] => {
    const { partition, region, accountId } = room;
    const arn = named.GroupARN ?? groups.get(nameOf(named))?.arn;
    return [
      {
        action: `xray:${action}`,
        resource: arn ?? `arn:${partition}:xray:${region}:${accountId}:group/${nameOf(named)}/*`,
      },
    ];
  };

  const create: Operation<CreateGroupRequest> = {
    requires: (input) => onGroup('CreateGroup', input),
    handle(input) {
      const group = createGroup(room, input);
      const { Tags = [] } = input;
      if (Tags.length > 0) {
        tags.put(group.arn, Object.fromEntries(Tags.map(({ Key, Value }) => [Key ?? '', Value ?? ''])));
      }
      return { Group: describe(group) };
    },
  };

  const update: Operation<UpdateGroupRequest> = {
    requires: (input) => onGroup('UpdateGroup', input),
    handle: (input) => ({ Group: describe(updateGroup(room, nameOf(input), input)) }),
  };

  const remove: Operation<Named> = {
    requires: (input) => onGroup('DeleteGroup', input),
    handle(input) {
      const group = groups.get(nameOf(input));
      if (!group) throw invalidRequest('Group not found');
      groups.delete(group.name);
      tags.delete(group.arn);
    },
  };

  const get: Operation<GetGroupRequest> = {
    requires: (input) => onGroup('GetGroup', input),
    handle(input) {
      const group = groups.get(nameOf(input));
      if (!group) throw invalidRequest('Group not found');
      return { Group: describe(group) };
    },
  };

  const list: Operation<object> = {
    requires: onEverything('GetGroups'),
    handle: () => ({ Groups: groups.list().map(({ value }) => describe(value)) }),
  };

  return { CreateGroup: create, UpdateGroup: update, DeleteGroup: remove, GetGroup: get, GetGroups: list };
}
