/** What is asked about: a function as it stands in the drawn cloud, a resource, a place in the network. */
import type { ResourceDescription } from '../../kernel/reconcile/contract.ts';
import type { Placement } from '../../policy/network/contract.ts';
import { suggest } from '../../template/index.ts';
import type { JsonObject } from '../../template/stack.ts';
import type { DrawnCloud } from '../drawn-cloud.ts';
import { UserError } from '../user-error.ts';

export interface AskedFunction {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly placement: Placement;
}

/** By logical id or by name. Throws `UserError` with what was probably meant. */
export function findFunction(cloud: DrawnCloud, asked: string): AskedFunction {
  const functions = cloud.resources().filter(({ type }) => type === 'AWS::Lambda::Function');
  const found = functions.find(({ logicalId, physicalId }) => asked === logicalId || asked === physicalId);
  if (!found) throw notFound('function', asked, functions);
  const { logicalId, physicalId, attributes, properties } = found;
  return {
    logicalId,
    name: physicalId,
    arn: String(attributes['Arn']),
    roleArn: String(properties['Role']),
    placement: placementOf(properties),
  };
}

function placementOf(properties: JsonObject): Placement {
  const { SubnetIds = [], SecurityGroupIds = [] } = (properties['VpcConfig'] ?? {}) as {
    SubnetIds?: string[];
    SecurityGroupIds?: string[];
  };
  return SubnetIds.length === 0
    ? { kind: 'public' }
    : { kind: 'vpc', subnetIds: SubnetIds, securityGroupIds: SecurityGroupIds };
}

/**
 * The ARN that is meant by an ARN, `*`, a logical id, `LogicalId.Attribute` or `LogicalId/path` (objects of a bucket).
 * Throws `UserError`.
 */
export function findArn(cloud: DrawnCloud, asked: string, action: string): string {
  if (asked === '*' || asked.startsWith('arn:')) return asked;
  const [, logicalId = '', attribute, path = ''] = /^([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?(\/.*)?$/.exec(asked) ?? [];
  const resources = cloud.resources();
  const found = resources.find((resource) => resource.logicalId === logicalId);
  if (!found) throw notFound('resource', logicalId || asked, resources);
  const service = action.slice(0, action.indexOf(':'));
  const values =
    attribute === undefined ? [found.physicalId, ...Object.values(found.attributes)] : [found.attributes[attribute]];
  const arns = values.filter((value): value is string => typeof value === 'string' && value.startsWith('arn:'));
  const arn = arns.find((each) => each.split(':')[2] === service) ?? arns[0];
  if (arn === undefined) {
    const has = Object.entries(found.attributes).flatMap(([name, value]) =>
      String(value).startsWith('arn:') ? [`${logicalId}.${name}`] : [],
    );
    const hint = has.length > 0 ? `; ${has.join(', ')} ${has.length > 1 ? 'have' : 'has'} one` : '';
    throw new UserError(`${asked} has no ARN${hint}`, 2);
  }
  return `${arn}${path}`;
}

export function notFound(what: string, asked: string, there: readonly ResourceDescription[]): UserError {
  const ids = there.map(({ logicalId }) => logicalId);
  const hint = suggest(asked, ids);
  const list = ids.length === 0 ? 'the template has none' : ids.length > 12 ? undefined : `there are ${ids.join(', ')}`;
  const more = hint ? `did you mean ${hint}?` : list;
  return new UserError(`there is no ${what} ${asked}${more ? `; ${more}` : ' in the template'}`, 2);
}
