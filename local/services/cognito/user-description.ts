/** A user as the API tells of one. */
import { listAttributes } from './attributes.ts';
import type { User } from './records.ts';

export function describeUser(user: User, only?: readonly string[]) {
  const told = only
    ? Object.fromEntries(Object.entries(user.attributes).filter(([name]) => only.includes(name)))
    : user.attributes;
  return {
    Username: user.username,
    Attributes: listAttributes(told),
    UserCreateDate: new Date(user.createdAt),
    UserLastModifiedDate: new Date(user.modifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}
