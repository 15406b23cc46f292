/** What speaks for a role: its policies as the evaluator takes them, made once and made anew when IAM's records change. */
import type { Policy, PolicySource } from '../../../policy/iam/contract.ts';
import type { PolicyDocument } from '../../../policy/iam/document.ts';
import type { IamRecords, Role } from '../records.ts';

export interface RolePolicies {
  readonly role: Role;
  readonly identity: readonly Policy[];
  readonly boundary?: readonly Policy[];
  readonly trust: Policy;
}

export interface PolicyBook {
  /** Undefined for a role that is not there. */
  ofRole(roleArn: string): RolePolicies | undefined;
  /** Of the account or AWS's; undefined for one that is not there. */
  managed(arn: string, kind: PolicySource['kind']): Policy | undefined;
}

/** `awsManaged` knows AWS's own policies by their ARN. */
export function createPolicyBook(
  records: IamRecords,
  awsManaged: (arn: string) => PolicyDocument | undefined,
): PolicyBook {
  const made = new Map<string, RolePolicies | undefined>();
  let revision = records.revision();

  function managed(arn: string, kind: PolicySource['kind']): Policy | undefined {
    const name = nameIn(arn);
    const ours = records.policies.get(name);
    if (ours?.arn === arn) {
      return {
        document: ours.document,
        source: { kind, name: `managed policy ${name}`, arn, ...(ours.place && { place: ours.place }) },
      };
    }
    const document = awsManaged(arn);
    return document && { document, source: { kind, name: `AWS's policy ${name}`, arn } };
  }

  function make(roleArn: string): RolePolicies | undefined {
    const role = records.roles.get(nameIn(roleArn));
    if (role?.arn !== roleArn) return undefined;
    const inline = Object.entries(role.inlinePolicies).map(([name, document]): Policy => {
      const place = role.policyPlaces?.[name];
      return {
        document,
        source: { kind: 'identity', name: `inline policy ${name} of role ${role.name}`, ...(place && { place }) },
      };
    });
    const attached = role.attachedPolicies.flatMap((arn) => managed(arn, 'identity') ?? []);
    const { permissionsBoundary } = role;
    return {
      role,
      identity: [...inline, ...attached],
      // A boundary that cannot be read permits nothing: an empty list, rather than none.
      ...(permissionsBoundary !== undefined && {
        boundary: [managed(permissionsBoundary, 'boundary') ?? []].flat(),
      }),
      trust: trustPolicy(role),
    };
  }

  return {
    ofRole(roleArn) {
      const now = records.revision();
      if (now !== revision) {
        made.clear();
        revision = now;
      }
      if (made.has(roleArn)) return made.get(roleArn);
      // Callers may name roles that are not there: what they make up must not be kept for ever.
      if (made.size >= MOST) made.clear();
      const policies = make(roleArn);
      made.set(roleArn, policies);
      return policies;
    },
    managed,
  };
}

const MOST = 1_000;

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

export function trustPolicy({ name, arn, trustPolicy: document, place }: Role): Policy {
  return {
    document,
    source: {
      kind: 'trust',
      name: `trust policy of role ${name}`,
      arn,
      ...(place && { place: { ...place, path: ['AssumeRolePolicyDocument'] } }),
    },
  };
}
