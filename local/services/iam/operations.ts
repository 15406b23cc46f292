/** Reading roles and policies back. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html */
import { principalId } from '../../kernel/identities.ts';
import type { Operation } from '../../kernel/service.ts';
import { awsManagedPolicy } from '../../policy/iam/aws-managed/index.ts';
import type { PolicyDocument } from '../../policy/iam/document.ts';
import { noSuchEntity } from './errors.ts';
import type { Account, IamRecords, ManagedPolicy, Role } from './records.ts';

interface RoleInput {
  readonly RoleName: string;
}

interface PolicyInput {
  readonly PolicyArn: string;
}

export function iamOperations(records: IamRecords, account: Account): Readonly<Record<string, Operation>> {
  const roleNamed = (name: string): Role => {
    const role = records.roles.get(name);
    if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  };
  const policyOf = (arn: string): ManagedPolicy => {
    const policy = records.policies.get(arn.slice(arn.lastIndexOf('/') + 1));
    if (policy?.arn === arn) return policy;
    const aws = awsManagedPolicy(arn);
    if (!aws) throw noSuchEntity(`Policy ${arn} was not found.`);
    return { ...aws, id: principalId('ANPA', arn), version: Number(aws.defaultVersionId.slice(1)) };
  };
  const arnOf = (kind: string, name: string) => `arn:${account.partition}:iam::${account.accountId}:${kind}/${name}`;

  /** An operation on one role, which is also its IAM resource. */
  const ofRole = <I extends RoleInput>(name: string, handle: (role: Role, input: I) => unknown): Operation<I> => ({
    requires: ({ RoleName }) => [
      { action: `iam:${name}`, resource: records.roles.get(RoleName)?.arn ?? arnOf('role', RoleName) },
    ],
    handle: (input) => handle(roleNamed(input.RoleName), input),
  });
  const ofPolicy = <I extends PolicyInput>(
    name: string,
    handle: (policy: ManagedPolicy, input: I) => unknown,
  ): Operation<I> => ({
    requires: ({ PolicyArn }) => [{ action: `iam:${name}`, resource: PolicyArn }],
    handle: (input) => handle(policyOf(input.PolicyArn), input),
  });

  return {
    GetRole: ofRole('GetRole', (role) => ({ Role: describeRole(role) })),
    ListRoles: {
      requires: () => [{ action: 'iam:ListRoles', resource: arnOf('role', '*') }],
      handle({ PathPrefix = '/' }: { PathPrefix?: string }) {
        const roles = records.roles.all().filter(({ path }) => path.startsWith(PathPrefix));
        return { Roles: roles.map(describeRole), IsTruncated: false };
      },
    },
    ListRolePolicies: ofRole('ListRolePolicies', ({ inlinePolicies }) => {
      return { PolicyNames: Object.keys(inlinePolicies).toSorted(), IsTruncated: false };
    }),
    GetRolePolicy: ofRole('GetRolePolicy', (role, { PolicyName }: RoleInput & { PolicyName: string }) => {
      const document = Object.hasOwn(role.inlinePolicies, PolicyName) ? role.inlinePolicies[PolicyName] : undefined;
      if (!document) throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      return { RoleName: role.name, PolicyName, PolicyDocument: encoded(document) };
    }),
    ListAttachedRolePolicies: ofRole('ListAttachedRolePolicies', ({ attachedPolicies }) => ({
      AttachedPolicies: attachedPolicies.map((arn) => {
        return { PolicyName: arn.slice(arn.lastIndexOf('/') + 1), PolicyArn: arn };
      }),
      IsTruncated: false,
    })),
    GetPolicy: ofPolicy('GetPolicy', (policy) => ({
      Policy: {
        PolicyName: policy.name,
        PolicyId: policy.id,
        Arn: policy.arn,
        Path: policy.path,
        DefaultVersionId: `v${policy.version}`,
        AttachmentCount: attachmentsOf(records, policy.arn),
        IsAttachable: true,
        ...(policy.description !== undefined && { Description: policy.description }),
        CreateDate: new Date(policy.createdAt),
        UpdateDate: new Date(policy.updatedAt),
      },
    })),
    GetPolicyVersion: ofPolicy('GetPolicyVersion', (policy, { VersionId }: PolicyInput & { VersionId: string }) => {
      if (VersionId !== `v${policy.version}`) {
        throw noSuchEntity(`Policy ${policy.arn} version ${VersionId} does not exist or is not attachable.`);
      }
      return {
        PolicyVersion: {
          Document: encoded(policy.document),
          VersionId,
          IsDefaultVersion: true,
          CreateDate: new Date(policy.updatedAt),
        },
      };
    }),
  };
}

function describeRole(role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encoded(role.trustPolicy),
    MaxSessionDuration: role.maxSessionDuration,
    ...(role.description !== undefined && { Description: role.description }),
    ...(role.permissionsBoundary !== undefined && {
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.permissionsBoundary },
    }),
    ...(role.tags.length > 0 && { Tags: role.tags }),
  };
}

/** Documents travel percent-encoded (RFC 3986), inside whatever the protocol does. */
const encoded = (document: PolicyDocument): string => encodeURIComponent(JSON.stringify(document));

function attachmentsOf({ roles, users, groups }: IamRecords, arn: string): number {
  return [...roles.all(), ...users.all(), ...groups.all()].filter(({ attachedPolicies }) =>
    attachedPolicies.includes(arn),
  ).length;
}
