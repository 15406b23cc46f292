import { type PropertyReader, readProperties } from '../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import { isAwsManaged } from '../../policy/iam/aws-managed/index.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { alreadyExists, noSuchEntity } from './errors.ts';
import { bearerDiagnostics, isMisplaced } from './policy-diagnostics.ts';
import { inlinePolicies, inlinePolicyPlaces, nameOr, pathOf, refuseUnknown } from './properties.ts';
import { type Account, type Bearer, type IamRecords, identityOf, type Named } from './records.ts';

/** How one kind of bearer (role, user, group) differs from the others. */
export interface BearerKind<T extends Bearer> {
  /** `Role`; names the property `RoleName`, too. */
  readonly noun: 'Role' | 'User' | 'Group';
  /** Of its unique id, e.g. `AROA`. */
  readonly idPrefix: string;
  readonly maxNameLength: number;
  readonly known: readonly string[];
  readonly all: Named<T>;
  /** Its own members, read from the properties. */
  readonly read: (reader: PropertyReader) => Omit<T, keyof Bearer>;
  readonly attributes: (record: T) => ResourceResult['attributes'];
  readonly unsupported?: Provider['unsupported'];
}

interface Deps {
  readonly account: Account;
  readonly records: IamRecords;
  readonly now: () => number;
  /** For the log. */
  readonly say: (message: string) => void;
}

/** The CloudFormation provider of roles, users and groups. `Ref` gives the name. */
export function bearerProvider<T extends Bearer>(kind: BearerKind<T>, deps: Deps): Provider {
  const { noun, all, maxNameLength } = kind;
  const nameKey = `${noun}Name`;

  function read(request: ResourceRequest, generatedName: string) {
    const bearer = readProperties(request, (reader) => {
      refuseUnknown(reader, kind.known);
      const path = pathOf(reader);
      const name = nameOr(reader, nameKey, generatedName, maxNameLength);
      return {
        identity: identityOf(deps.account, noun.toLowerCase(), kind.idPrefix, path, name),
        own: kind.read(reader),
        inlinePolicies: inlinePolicies(reader),
        attachedPolicies: reader.texts('ManagedPolicyArns'),
      };
    });
    for (const arn of bearer.attachedPolicies) {
      if (isHere('Policy', arn, deps)) continue;
      deps.say(`${request.logicalId}: policy ${arn} is of no stack here: whatever it allows, it allows nothing here`);
    }
    const { PermissionsBoundary: boundary } = request.properties;
    if (typeof boundary === 'string' && !isHere('Scope ARN:', boundary, deps)) {
      deps.say(`${request.logicalId}: boundary ${boundary} is of no stack here: it narrows nothing here`);
    }
    return bearer;
  }

  function create(request: ResourceRequest, generatedName = request.generatedName): ResourceResult {
    const { identity, own, inlinePolicies, attachedPolicies } = read(request, generatedName);
    if (all.get(identity.name) && !request.interrupted) throw alreadyExists(noun, identity.name);
    const bearer: Bearer = {
      ...identity,
      createdAt: deps.now(),
      inlinePolicies,
      attachedPolicies,
      place: placeOf(request),
      policyPlaces: inlinePolicyPlaces(request),
    };
    const record = { ...bearer, ...own } as T;
    all.put(record);
    return { physicalId: record.name, attributes: kind.attributes(record) };
  }

  function update(request: ResourceRequest, existing: ExistingResource): ResourceResult {
    const before = all.get(existing.physicalId);
    if (!before) throw noSuchEntity(`The ${noun.toLowerCase()} with name ${existing.physicalId} cannot be found.`);
    const path = request.properties.Path ?? '/';
    const nameChanges = request.properties[nameKey] !== existing.properties[nameKey];
    if (nameChanges || path !== before.path) return create(request, request.replacementName);
    const { own, inlinePolicies, attachedPolicies } = read(request, before.name);
    const { inline: oldInline, attached: oldAttached } = declared(existing);
    const kept = Object.entries(before.inlinePolicies).filter(([name]) => !oldInline.includes(name));
    const record = {
      ...before,
      ...own,
      // What AWS::IAM::Policy and AWS::IAM::ManagedPolicy have put here stays.
      inlinePolicies: { ...Object.fromEntries(kept), ...inlinePolicies },
      policyPlaces: { ...before.policyPlaces, ...inlinePolicyPlaces(request) },
      place: placeOf(request),
      attachedPolicies: [
        ...new Set([...before.attachedPolicies.filter((arn) => !oldAttached.includes(arn)), ...attachedPolicies]),
      ],
    } as T;
    all.put(record);
    return { physicalId: record.name, attributes: kind.attributes(record) };
  }

  return {
    create: (request) => create(request),
    update,
    delete: (existing) => void all.delete(existing.physicalId),
    async unsupported(request) {
      const own = (await kind.unsupported?.(request)) ?? [];
      return [...own, ...(await bearerDiagnostics(request.properties))];
    },
  };
}

function placeOf({ stackName, logicalId }: ResourceRequest): TemplatePlace {
  return { stackName, logicalId, path: [] };
}

/** What the resource itself said of policies, before. */
function declared({ properties }: ExistingResource): { inline: string[]; attached: string[] } {
  const policies = (properties.Policies ?? []) as { PolicyName: string }[];
  return {
    inline: policies.map(({ PolicyName }) => PolicyName),
    attached: (properties.ManagedPolicyArns ?? []) as string[],
  };
}

/**
 * Whether a policy is one of AWS's or of the stacks here. One of the account may have been made by somebody else; one of
 * AWS under a path that is not its own is refused.
 */
function isHere(what: 'Policy' | 'Scope ARN:', arn: string, { records }: Deps): boolean {
  if (isAwsManaged(arn) && !isMisplaced(arn)) return true;
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  if (records.policies.get(name)?.arn === arn) return true;
  if (!isAwsManaged(arn) && /^arn:[\w-]+:iam::\d{12}:policy\/.+$/.test(arn)) return false;
  throw noSuchEntity(`${what} ${arn} does not exist or is not attachable.`);
}
