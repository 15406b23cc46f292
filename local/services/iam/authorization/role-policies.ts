/** What speaks for a role: its policies as the evaluator takes them, made once and made anew when IAM's records change. */
import { principalId } from '../../../kernel/identities.ts';
import { isAwsManaged } from '../../../policy/iam/aws-managed/index.ts';
import type { Policy, PolicySource } from '../../../policy/iam/contract.ts';
import type { PolicyDocument, Statement } from '../../../policy/iam/document.ts';
import type { IamRecords, Role } from '../records.ts';

export interface RolePolicies {
  readonly role: Role;
  readonly identity: readonly Policy[];
  readonly boundary?: readonly Policy[];
  readonly trust: Policy;
  /** It is of no stack here: what it may is not known, and nothing is refused for that. */
  readonly isElsewhere?: true;
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
    if (role?.arn !== roleArn) return records.rolesElsewhere.get(roleArn) && roleElsewhere(roleArn);
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
      ...boundaryOf(permissionsBoundary),
      trust: trustPolicy(role),
    };
  }

  /** One that nobody here has is somebody else's to know: nothing is refused for it. AWS's own are known. */
  function boundaryOf(arn: string | undefined): Pick<RolePolicies, 'boundary'> {
    const boundary = arn === undefined ? undefined : managed(arn, 'boundary');
    if (boundary) return { boundary: [boundary] };
    return arn !== undefined && isAwsManaged(arn) ? { boundary: [] } : {};
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

/** Any service may have it, and it may everything that no other policy refuses. */
function roleElsewhere(arn: string): RolePolicies {
  const name = `policies of role ${nameIn(arn)}, which is of no stack here`;
  const anything: Statement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };
  const trust: Statement = { Effect: 'Allow', Principal: '*', Action: ['*'] };
  const trustPolicy: PolicyDocument = { Version: '2012-10-17', Statement: [trust] };
  const role: Role = {
    name: nameIn(arn),
    path: '/',
    arn,
    id: principalId('AROA', arn),
    createdAt: 0,
    inlinePolicies: {},
    attachedPolicies: [],
    trustPolicy,
    maxSessionDuration: 3_600,
    tags: [],
  };
  return {
    role,
    identity: [{ document: { Version: '2012-10-17', Statement: [anything] }, source: { kind: 'identity', name } }],
    trust: { document: trustPolicy, source: { kind: 'trust', name, arn } },
    isElsewhere: true,
  };
}

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
