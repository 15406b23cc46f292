/** Groups, and who is in them. */
import type {
  CreateGroupRequest,
  ListGroupsRequest,
  ListUsersInGroupRequest,
  UpdateGroupRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { page } from '../paging.ts';
import type { Group } from '../records.ts';
import type { Room } from '../room.ts';
import { describeUser } from '../user-description.ts';

type OfGroup = { UserPoolId: string; GroupName: string };
type OfUser = { UserPoolId: string; Username: string };

export function groupOperations(room: Room): Record<string, Operation> {
  const { pools, groups, users, needs, clock, store } = room;

  const createGroup: Operation<CreateGroupRequest & OfGroup> = {
    requires: ({ UserPoolId }) => needs.onPool('CreateGroup', UserPoolId),
    handle(input) {
      const { UserPoolId, GroupName } = input;
      pools.get(UserPoolId);
      if (groups.find(UserPoolId, GroupName)) {
        throw new AwsError('GroupExistsException', 'A group with the name already exists.');
      }
      const now = clock.now();
      return { Group: describe(groups.put({ ...input, createdAt: now, modifiedAt: now })) };
    },
  };

  const updateGroup: Operation<UpdateGroupRequest & OfGroup> = {
    requires: ({ UserPoolId }) => needs.onPool('UpdateGroup', UserPoolId),
    handle(input) {
      pools.get(input.UserPoolId);
      const before = groups.get(input.UserPoolId, input.GroupName);
      const { Description, RoleArn, Precedence } = input;
      const changed = groups.put({
        ...before,
        ...(Description !== undefined && { Description }),
        ...(RoleArn !== undefined && { RoleArn }),
        ...(Precedence !== undefined && { Precedence }),
        modifiedAt: clock.now(),
      });
      return { Group: describe(changed) };
    },
  };

  const getGroup: Operation<OfGroup> = {
    requires: ({ UserPoolId }) => needs.onPool('GetGroup', UserPoolId),
    handle({ UserPoolId, GroupName }) {
      pools.get(UserPoolId);
      return { Group: describe(groups.get(UserPoolId, GroupName)) };
    },
  };

  const deleteGroup: Operation<OfGroup> = {
    requires: ({ UserPoolId }) => needs.onPool('DeleteGroup', UserPoolId),
    handle({ UserPoolId, GroupName }) {
      const pool = pools.get(UserPoolId);
      const group = groups.get(UserPoolId, GroupName);
      store.transaction(() => {
        for (const user of users.all(pool.id)) {
          if (!user.groups.includes(GroupName)) continue;
          users.put(pool, { ...user, groups: user.groups.filter((name) => name !== GroupName) });
        }
        groups.remove(group);
      });
      return {};
    },
  };

  const listGroups: Operation<ListGroupsRequest & { UserPoolId: string }> = {
    requires: ({ UserPoolId }) => needs.onPool('ListGroups', UserPoolId),
    handle({ UserPoolId, Limit, NextToken }) {
      pools.get(UserPoolId);
      const found = page(groups.of(UserPoolId), ({ GroupName }) => GroupName, Limit, NextToken);
      return { Groups: found.items.map(describe), NextToken: found.nextToken };
    },
  };

  const listUsersInGroup: Operation<ListUsersInGroupRequest & OfGroup> = {
    requires: ({ UserPoolId }) => needs.onPool('ListUsersInGroup', UserPoolId),
    handle({ UserPoolId, GroupName, Limit, NextToken }) {
      pools.get(UserPoolId);
      groups.get(UserPoolId, GroupName);
      const members = users.all(UserPoolId).filter((user) => user.groups.includes(GroupName));
      const found = page(members, ({ username }) => username, Limit, NextToken);
      return { Users: found.items.map((user) => describeUser(user)), NextToken: found.nextToken };
    },
  };

  const adminAddUserToGroup: Operation<OfGroup & OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminAddUserToGroup', UserPoolId),
    handle({ UserPoolId, Username, GroupName }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      groups.get(UserPoolId, GroupName);
      if (!user.groups.includes(GroupName)) users.put(pool, { ...user, groups: [...user.groups, GroupName] });
      return {};
    },
  };

  const adminRemoveUserFromGroup: Operation<OfGroup & OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminRemoveUserFromGroup', UserPoolId),
    handle({ UserPoolId, Username, GroupName }) {
      const pool = pools.get(UserPoolId);
      const user = users.get(pool, Username);
      groups.get(UserPoolId, GroupName);
      users.put(pool, { ...user, groups: user.groups.filter((name) => name !== GroupName) });
      return {};
    },
  };

  const adminListGroupsForUser: Operation<ListGroupsRequest & OfUser> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminListGroupsForUser', UserPoolId),
    handle({ UserPoolId, Username, Limit, NextToken }) {
      const user = users.get(pools.get(UserPoolId), Username);
      const theirs = groups.of(UserPoolId).filter(({ GroupName }) => user.groups.includes(GroupName));
      const found = page(theirs, ({ GroupName }) => GroupName, Limit, NextToken);
      return { Groups: found.items.map(describe), NextToken: found.nextToken };
    },
  };

  return {
    CreateGroup: createGroup,
    UpdateGroup: updateGroup,
    GetGroup: getGroup,
    DeleteGroup: deleteGroup,
    ListGroups: listGroups,
    ListUsersInGroup: listUsersInGroup,
    AdminAddUserToGroup: adminAddUserToGroup,
    AdminRemoveUserFromGroup: adminRemoveUserFromGroup,
    AdminListGroupsForUser: adminListGroupsForUser,
  };
}

function describe({ createdAt, modifiedAt, ...group }: Group) {
  return { ...group, CreationDate: new Date(createdAt), LastModifiedDate: new Date(modifiedAt) };
}
