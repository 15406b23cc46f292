/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html */
import type {
  CreateScheduleGroupInput,
  DeleteScheduleGroupInput,
  GetScheduleGroupInput,
  ListScheduleGroupsInput,
  ListTagsForResourceInput,
  Tag,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-scheduler';
import type { Operation } from '../../kernel/service.ts';
import { conflict, notFound, quotaExceeded, validationError } from './errors.ts';
import { page } from './paging.ts';
import { arnOf, DEFAULT_GROUP, type Group, type Room, type With } from './room.ts';

const MOST_GROUPS = 500;

/** The default group is there without anybody having made it. */
export function findGroup({ groups, ...room }: Room, name: string): Group | undefined {
  const group = groups.get(name);
  if (group || name !== DEFAULT_GROUP) return group;
  const at = room.clock.now();
  return { name, arn: arnOf(room, `schedule-group/${name}`), tags: {}, createdAt: at, changedAt: at };
}

export function createGroup(room: Room, name: string, tags: readonly Tag[] = []): Group {
  if (findGroup(room, name)) throw conflict(`Schedule group ${name} already exists.`);
  if (room.groups.list().length >= MOST_GROUPS) throw quotaExceeded('The limit of schedule groups is reached.');
  const at = room.clock.now();
  const arn = arnOf(room, `schedule-group/${name}`);
  const group = { name, arn, tags: record(tags), createdAt: at, changedAt: at };
  room.groups.put(name, group);
  return group;
}

/** Takes its schedules along. */
export function deleteGroup(room: Room, name: string): void {
  room.store.transaction(() => {
    for (const { key } of room.schedules.list({ prefix: `${name}/` })) {
      room.schedules.delete(key);
      room.changed(key);
    }
    room.groups.delete(name);
  });
}

const record = (tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));

export function groupOperations(room: Room): Record<string, Operation> {
  const { groups } = room;
  const get = (name: string): Group => {
    const group = findGroup(room, name);
    if (!group) throw notFound(`Schedule group ${name} does not exist.`);
    return group;
  };
  const on =
    (action: string) =>
    ({ Name }: { readonly Name: string }) => [
      { action: `scheduler:${action}`, resource: arnOf(room, `schedule-group/${Name}`) },
    ];
  const described = ({ name, arn, createdAt, changedAt }: Group) => ({
    Name: name,
    Arn: arn,
    State: 'ACTIVE',
    CreationDate: new Date(createdAt),
    LastModificationDate: new Date(changedAt),
  });

  const create: Operation<With<CreateScheduleGroupInput, 'Name'>> = {
    requires: (input) => [{ ...on('CreateScheduleGroup')(input)[0]!, context: requestTags(input.Tags) }],
    handle: ({ Name, Tags }) => ({ ScheduleGroupArn: createGroup(room, Name, Tags).arn }),
  };

  const remove: Operation<With<DeleteScheduleGroupInput, 'Name'>> = {
    requires: on('DeleteScheduleGroup'),
    handle({ Name }) {
      if (Name === DEFAULT_GROUP) throw validationError('The default schedule group can not be deleted.');
      deleteGroup(room, get(Name).name);
      return {};
    },
  };

  const describe: Operation<With<GetScheduleGroupInput, 'Name'>> = {
    requires: on('GetScheduleGroup'),
    handle: ({ Name }) => described(get(Name)),
  };

  const list: Operation<ListScheduleGroupsInput> = {
    requires: () => [{ action: 'scheduler:ListScheduleGroups', resource: '*' }],
    handle(input) {
      const own = groups.list().map(({ value }) => value);
      const isKept = own.some(({ name }) => name === DEFAULT_GROUP);
      const all = (isKept ? own : [...own, get(DEFAULT_GROUP)])
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, ...rest } = page(all, input);
      return { ScheduleGroups: items.map(described), ...rest };
    },
  };

  const ofArn = (arn: string): Group => {
    const group = findGroup(room, arn.split('/').at(-1)!);
    if (group?.arn !== arn) throw notFound(`Resource ${arn} does not exist.`);
    return group;
  };
  const onArn = (action: string, ResourceArn: string, context = {}) => [
    { action: `scheduler:${action}`, resource: ResourceArn, context },
  ];

  const tag: Operation<With<TagResourceInput, 'ResourceArn' | 'Tags'>> = {
    requires: ({ ResourceArn, Tags }) => onArn('TagResource', ResourceArn, requestTags(Tags)),
    handle({ ResourceArn, Tags }) {
      const group = ofArn(ResourceArn);
      groups.put(group.name, { ...group, tags: { ...group.tags, ...record(Tags) } });
      return {};
    },
  };

  const untag: Operation<With<UntagResourceInput, 'ResourceArn' | 'TagKeys'>> = {
    requires: ({ ResourceArn, TagKeys }) => onArn('UntagResource', ResourceArn, { 'aws:TagKeys': TagKeys }),
    handle({ ResourceArn, TagKeys }) {
      const group = ofArn(ResourceArn);
      const kept = Object.entries(group.tags).filter(([key]) => !TagKeys.includes(key));
      groups.put(group.name, { ...group, tags: Object.fromEntries(kept) });
      return {};
    },
  };

  const listTags: Operation<With<ListTagsForResourceInput, 'ResourceArn'>> = {
    requires: ({ ResourceArn }) => onArn('ListTagsForResource', ResourceArn),
    handle: ({ ResourceArn }) => ({
      Tags: Object.entries(ofArn(ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };

  return {
    CreateScheduleGroup: create,
    DeleteScheduleGroup: remove,
    GetScheduleGroup: describe,
    ListScheduleGroups: list,
    TagResource: tag,
    UntagResource: untag,
    ListTagsForResource: listTags,
  };
}

function requestTags(tags: readonly Tag[] = []): Record<string, string | string[]> {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
  };
}
