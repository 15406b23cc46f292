/** Who may use a layer version. https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html */
import type { Operation } from '../../../kernel/service.ts';
import { notFound, preconditionFailed } from '../errors.ts';
import { layerVersionArn } from '../names.ts';
import type { PolicyStatement } from '../records.ts';
import { type LayerVersionNamed, layerNameOf } from './layers.ts';
import type { OperationParts } from './parts.ts';

interface AddInput extends LayerVersionNamed {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly OrganizationId?: string;
  readonly RevisionId?: string;
}

interface RemoveInput extends LayerVersionNamed {
  readonly StatementId: string;
  readonly RevisionId?: string;
}

const PERMISSION = 'AWS::Lambda::LayerVersionPermission';

export function layerPermissionOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { records, through, place } = parts;
  const arnOf = ({ LayerName, VersionNumber }: LayerVersionNamed): string =>
    layerVersionArn(place, layerNameOf(LayerName), VersionNumber);
  const requires = (action: string) => (input: LayerVersionNamed) => [
    { action: `lambda:${action}`, resource: arnOf(input) },
  ];

  function existing(input: LayerVersionNamed): string {
    const arn = arnOf(input);
    const layer = records.layers.get(`${layerNameOf(input.LayerName)}:${input.VersionNumber}`);
    if (!layer || layer.deleted) throw notFound(`Layer version ${arn} does not exist.`);
    return arn;
  }

  function checkRevision(arn: string, revisionId: string | undefined): void {
    if (revisionId === undefined || revisionId === records.layerPolicyRevisions.get(arn)) return;
    throw preconditionFailed('GetLayerPolicy');
  }

  const statementsOf = (arn: string): PolicyStatement[] =>
    records.layerPermissions.list({ prefix: `${arn}#` }).map(({ value }) => value.statement);

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html */
    AddLayerVersionPermission: {
      requires: requires('AddLayerVersionPermission'),
      async handle(input: AddInput) {
        const arn = existing(input);
        checkRevision(arn, input.RevisionId);
        const { physicalId } = await through.create(PERMISSION, {
          name: input.StatementId,
          properties: {
            LayerVersionArn: arn,
            Action: input.Action,
            Principal: input.Principal,
            ...(input.OrganizationId !== undefined && { OrganizationId: input.OrganizationId }),
          },
        });
        return {
          Statement: JSON.stringify(records.layerPermissions.get(physicalId)?.statement),
          RevisionId: records.layerPolicyRevisions.get(arn),
        };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html */
    GetLayerVersionPolicy: {
      requires: requires('GetLayerVersionPolicy'),
      handle(input: LayerVersionNamed) {
        const arn = existing(input);
        const statements = statementsOf(arn);
        if (statements.length === 0) throw notFound('No policy is associated with the given resource.');
        return {
          Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements }),
          RevisionId: records.layerPolicyRevisions.get(arn),
        };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html */
    RemoveLayerVersionPermission: {
      requires: requires('RemoveLayerVersionPermission'),
      async handle(input: RemoveInput) {
        const arn = existing(input);
        if (!records.layerPermissions.get(`${arn}#${input.StatementId}`)) {
          throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
        }
        checkRevision(arn, input.RevisionId);
        await through.delete(PERMISSION, `${arn}#${input.StatementId}`);
        return {};
      },
    },
  };
}
