/** AWS::Lambda::LayerVersionPermission: kept as data; layers of other accounts do not exist here. */
import { randomUUID } from 'node:crypto';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { conflict, notFound } from '../errors.ts';
import { parseLayerVersionArn } from '../names.ts';
import { readProperties } from '../property-reader.ts';
import type { LambdaRoom } from '../room.ts';

export function layerVersionPermissionProvider({ records }: LambdaRoom): Provider {
  function put(request: ResourceRequest): ResourceResult {
    const { layerVersionArn, principal, action, organizationId } = readProperties(request, (read) => ({
      layerVersionArn: read.requiredText('LayerVersionArn'),
      principal: read.requiredText('Principal'),
      action: read.requiredText('Action', { pattern: /^lambda:GetLayerVersion$/ }),
      organizationId: read.text('OrganizationId'),
    }));
    const parsed = parseLayerVersionArn(layerVersionArn);
    const layer = parsed && records.layers.get(`${parsed.name}:${parsed.version}`);
    if (!layer || layer.deleted) throw notFound(`Layer version ${layerVersionArn} does not exist.`);
    const physicalId = `${layerVersionArn}#${request.generatedName}`;
    records.layerPermissions.put(physicalId, {
      layerVersionArn,
      statement: {
        Sid: request.generatedName,
        Effect: 'Allow',
        Principal: principalOf(principal),
        Action: action,
        Resource: layerVersionArn,
        ...(organizationId !== undefined && { Condition: { StringEquals: { 'aws:PrincipalOrgID': organizationId } } }),
      },
    });
    records.layerPolicyRevisions.put(layerVersionArn, randomUUID());
    return { physicalId, attributes: { Id: physicalId } };
  }

  return {
    create(request) {
      const physicalId = `${String(request.properties['LayerVersionArn'])}#${request.generatedName}`;
      if (records.layerPermissions.get(physicalId) && request.interrupted !== true) {
        throw conflict(
          `The statement id (${request.generatedName}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        );
      }
      return put(request);
    },
    update: put,
    delete({ physicalId }) {
      records.layerPermissions.delete(physicalId);
      records.layerPolicyRevisions.put(physicalId.slice(0, physicalId.lastIndexOf('#')), randomUUID());
    },
  };
}

/** An account is its root principal, as in every policy. */
function principalOf(principal: string): '*' | { readonly AWS: string } {
  if (principal === '*') return '*';
  return { AWS: /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal };
}
