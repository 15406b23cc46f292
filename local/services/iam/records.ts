import { principalId } from '../../kernel/identities.ts';
import type { JsonObject, ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import type { PolicyDocument } from '../../policy/iam/document.ts';

/** What roles, users and groups have in common: a name in a path, and policies. */
export interface Bearer {
  readonly name: string;
  /** `/`, or `/team/…/` */
  readonly path: string;
  readonly arn: string;
  /** `AROA…`, `AIDA…`, `AGPA…` */
  readonly id: string;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly inlinePolicies: Readonly<Record<string, PolicyDocument>>;
  /** ARNs of managed policies, ours and AWS's. */
  readonly attachedPolicies: readonly string[];
  /** The resource that made it, with an empty path; absent for what came by an API call. */
  readonly place?: TemplatePlace;
  /** Where the documents of its inline policies stand, by name. */
  readonly policyPlaces?: Readonly<Record<string, TemplatePlace>>;
}

export interface Role extends Bearer {
  readonly trustPolicy: PolicyDocument;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly description?: string;
  readonly permissionsBoundary?: string;
  readonly tags: readonly JsonObject[];
}

export interface User extends Bearer {
  readonly groups: readonly string[];
  readonly permissionsBoundary?: string;
  readonly tags: readonly JsonObject[];
}

export type Group = Bearer;

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** `ANPA…` */
  readonly id: string;
  readonly description?: string;
  readonly document: PolicyDocument;
  /** `v1`, counted up by every change of the document. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Of the document. */
  readonly place?: TemplatePlace;
}

export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: number;
  readonly roles: readonly string[];
}

/** Names are unique without regard to case: `get`, `put` and `delete` go by the lower-case name. */
export interface Named<T extends { readonly name: string }> {
  get(name: string): T | undefined;
  put(value: T): void;
  delete(name: string): boolean;
  /** In the order of names. */
  all(): T[];
}

/** The account's identities, for the providers, the operations and the may door. */
export interface IamRecords {
  readonly roles: Named<Role>;
  readonly users: Named<User>;
  readonly groups: Named<Group>;
  readonly policies: Named<ManagedPolicy>;
  readonly instanceProfiles: Named<InstanceProfile>;
  readonly rolesElsewhere: Named<RoleElsewhere>;
  /** Everything inside is done together or not at all. */
  together(work: () => void): void;
  /** Another number after every change: what was made of these records is then made anew. */
  revision(): number;
}

export function openRecords(store: ServiceContext['store']): IamRecords {
  const named = <T extends { readonly name: string }>(collection: string): Named<T> =>
    byName(store.collection<T>('iam', collection));
  return {
    roles: named<Role>('roles'),
    users: named<User>('users'),
    groups: named<Group>('groups'),
    policies: named<ManagedPolicy>('policies'),
    instanceProfiles: named<InstanceProfile>('instance-profiles'),
    rolesElsewhere: named<RoleElsewhere>('roles-elsewhere'),
    together: (work) => store.transaction(work),
    revision: () => store.writes('iam'),
  };
}

function byName<T extends { readonly name: string }>(collection: Collection<T>): Named<T> {
  return {
    get: (name) => collection.get(name.toLowerCase()),
    put: (value) => collection.put(value.name.toLowerCase(), value),
    delete: (name) => collection.delete(name.toLowerCase()),
    all: () => collection.list().map(({ value }) => value),
  };
}

/** A role that a template names and no stack here has: somebody made it in the account. */
export interface RoleElsewhere {
  /** Its ARN. */
  readonly name: string;
}

/** What ARNs are made from. */
export type Account = Pick<ServiceContext, 'partition' | 'accountId'>;

/** `kind` as it stands in the ARN, e.g. `role`. */
export function identityOf(account: Account, kind: string, prefix: string, path: string, name: string) {
  const arn = `arn:${account.partition}:iam::${account.accountId}:${kind}${path}${name}`;
  return { name, path, arn, id: principalId(prefix, arn) };
}
