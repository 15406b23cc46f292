import type { PropertyReader } from '../../kernel/property-reader.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { noSuchEntity } from './errors.ts';
import type { Bearer, IamRecords, Named } from './records.ts';

/** The roles, users and groups that a policy resource names. */
export interface Targets {
  readonly Roles: readonly string[];
  readonly Users: readonly string[];
  readonly Groups: readonly string[];
}

const KINDS = ['Roles', 'Users', 'Groups'] as const;

export function readTargets(reader: PropertyReader): Targets {
  return {
    Roles: reader.texts('Roles'),
    Users: reader.texts('Users'),
    Groups: reader.texts('Groups'),
  };
}

export function targetsOf(properties: JsonObject): Targets {
  const names = (kind: string) => (properties[kind] ?? []) as string[];
  return { Roles: names('Roles'), Users: names('Users'), Groups: names('Groups') };
}

/** Changes every named bearer. Throws NoSuchEntity for a missing one, unless `missing` says that is all right. */
export function changeBearers(
  records: IamRecords,
  targets: Targets,
  change: (bearer: Bearer) => Partial<Pick<Bearer, 'inlinePolicies' | 'attachedPolicies' | 'policyPlaces'>>,
  missing: 'refuse' | 'ignore',
): void {
  for (const kind of KINDS) {
    const all = bearersOf(records, kind);
    for (const name of targets[kind]) {
      const bearer = all.get(name);
      if (bearer) all.put({ ...bearer, ...change(bearer) });
      else if (missing === 'refuse') {
        throw noSuchEntity(`The ${kind.slice(0, -1).toLowerCase()} with name ${name} cannot be found.`);
      }
    }
  }
}

/** A change keeps a bearer's own members, so the narrower type of its collection does not matter here. */
function bearersOf(records: IamRecords, kind: (typeof KINDS)[number]): Named<Bearer> {
  const all = { Roles: records.roles, Users: records.users, Groups: records.groups };
  return all[kind] as Named<never> as Named<Bearer>;
}
