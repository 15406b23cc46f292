import { readProperties } from '../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { documentFindings } from '../../policy/iam/findings.ts';
import { changeBearers, readTargets, type Targets, targetsOf } from './attachments.ts';
import { alreadyExists, noSuchEntity } from './errors.ts';
import { limitedText, nameOr, pathOf, policyAt, refuseUnknown } from './properties.ts';
import { type Account, type Bearer, type IamRecords, identityOf, type ManagedPolicy } from './records.ts';

interface Deps {
  readonly account: Account;
  readonly records: IamRecords;
  readonly now: () => number;
}

/**
 * `AWS::IAM::Policy`: an inline policy of the roles, users and groups it names. `Ref` gives a generated name.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html
 */
export function inlinePolicyProvider({ records }: Deps): Provider {
  const known = ['Groups', 'PolicyDocument', 'PolicyName', 'Roles', 'Users'];

  function put(request: ResourceRequest): void {
    const { name, document, targets } = readProperties(request, (reader) => {
      refuseUnknown(reader, known);
      const named = readTargets(reader);
      if (Object.values(named).every((names: readonly string[]) => names.length === 0)) {
        reader.refuse([], 'At least one of [Groups,Roles,Users] must be non-empty.');
      }
      return {
        name: limitedText(reader, 'PolicyName', { max: 128 }) ?? reader.requiredText('PolicyName'),
        document: policyAt(reader, 'PolicyDocument', 'identity'),
        targets: named,
      };
    });
    const place = documentPlace(request);
    const add = ({ inlinePolicies, policyPlaces }: Bearer) => ({
      inlinePolicies: { ...inlinePolicies, [name]: document },
      policyPlaces: { ...policyPlaces, [name]: place },
    });
    changeBearers(records, targets, add, 'refuse');
  }

  function remove(existing: ExistingResource): void {
    const name = String(existing.properties.PolicyName);
    const drop = ({ inlinePolicies }: Pick<Bearer, 'inlinePolicies'>) => {
      const { [name]: _, ...others } = inlinePolicies;
      return { inlinePolicies: others };
    };
    changeBearers(records, targetsOf(existing.properties), drop, 'ignore');
  }

  return {
    create(request) {
      records.together(() => put(request));
      return { physicalId: request.generatedName, attributes: { Id: request.generatedName } };
    },
    update(request, existing) {
      records.together(() => {
        remove(existing);
        put(request);
      });
      return { physicalId: existing.physicalId };
    },
    delete: (existing) => records.together(() => remove(existing)),
    unsupported: ({ properties }) => documentFindings(properties.PolicyDocument, 'identity', ['PolicyDocument']),
  };
}

/**
 * `AWS::IAM::ManagedPolicy`. `Ref` gives the ARN.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
 */
export function managedPolicyProvider({ account, records, now }: Deps): Provider {
  const known = ['Description', 'Groups', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles', 'Users'];

  function read(request: ResourceRequest, generatedName: string) {
    return readProperties(request, (reader) => {
      refuseUnknown(reader, known);
      const path = pathOf(reader);
      const name = nameOr(reader, 'ManagedPolicyName', generatedName, 128);
      return {
        ...identityOf(account, 'policy', 'ANPA', path, name),
        description: limitedText(reader, 'Description', { min: 0, max: 1_000 }),
        document: policyAt(reader, 'PolicyDocument', 'identity'),
        place: documentPlace(request),
        targets: readTargets(reader),
      };
    });
  }

  function put(policy: ManagedPolicy, targets: Targets, before?: ExistingResource): ResourceResult {
    const { arn } = policy;
    records.together(() => {
      records.policies.put(policy);
      if (before) detach(arn, targetsOf(before.properties));
      const attach = ({ attachedPolicies }: Pick<Bearer, 'attachedPolicies'>) => ({
        attachedPolicies: [...new Set([...attachedPolicies, arn])],
      });
      changeBearers(records, targets, attach, 'refuse');
    });
    return { physicalId: arn, attributes: attributesOf(policy) };
  }

  function detach(arn: string, targets: Targets): void {
    const drop = ({ attachedPolicies }: Pick<Bearer, 'attachedPolicies'>) => ({
      attachedPolicies: attachedPolicies.filter((attached) => attached !== arn),
    });
    changeBearers(records, targets, drop, 'ignore');
  }

  function create(request: ResourceRequest, generatedName: string): ResourceResult {
    const { targets, ...policy } = read(request, generatedName);
    if (records.policies.get(policy.name) && !request.interrupted) throw alreadyExists('A policy', policy.name);
    return put({ ...policy, version: 1, createdAt: now(), updatedAt: now() }, targets);
  }

  return {
    create: (request) => create(request, request.generatedName),
    update(request, existing) {
      const fixed = ['ManagedPolicyName', 'Path', 'Description'] as const;
      if (fixed.some((name) => request.properties[name] !== existing.properties[name])) {
        return create(request, request.replacementName);
      }
      const name = existing.physicalId.slice(existing.physicalId.lastIndexOf('/') + 1);
      const before = records.policies.get(name);
      if (!before) throw noSuchEntity(`Policy ${existing.physicalId} does not exist or is not attachable.`);
      const { targets, document, place } = read(request, name);
      return put({ ...before, document, place, version: before.version + 1, updatedAt: now() }, targets, existing);
    },
    delete: (existing) =>
      records.together(() => {
        detach(existing.physicalId, targetsOf(existing.properties));
        records.policies.delete(existing.physicalId.slice(existing.physicalId.lastIndexOf('/') + 1));
      }),
    unsupported: ({ properties }) => documentFindings(properties.PolicyDocument, 'identity', ['PolicyDocument']),
  };
}

function documentPlace({ stackName, logicalId }: ResourceRequest): TemplatePlace {
  return { stackName, logicalId, path: ['PolicyDocument'] };
}

function attributesOf({ arn, id, version, createdAt, updatedAt }: ManagedPolicy): ResourceResult['attributes'] {
  return {
    PolicyArn: arn,
    PolicyId: id,
    DefaultVersionId: `v${version}`,
    CreateDate: new Date(createdAt).toISOString(),
    UpdateDate: new Date(updatedAt).toISOString(),
    IsAttachable: true,
  };
}
