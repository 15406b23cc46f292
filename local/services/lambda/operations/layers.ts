/** Layers. https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html */
import type { Operation } from '../../../kernel/service.ts';
import type { Json } from '../../../template/stack.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { layerArn, layerVersionArn } from '../names.ts';
import { layerAt, packageFactsOf } from '../packages/code.ts';
import type { LayerRecord } from '../records.ts';
import { type Paged, page } from './paging.ts';
import { type OperationParts, requiresAnywhere } from './parts.ts';
import { requiresUpload, type Uploaded, uploadedCode } from './uploads.ts';

export interface LayerVersionNamed {
  readonly LayerName: string;
  readonly VersionNumber: number;
}

interface PublishLayerVersionInput {
  readonly LayerName: string;
  readonly Content: Uploaded;
  readonly Description?: string;
  readonly CompatibleArchitectures?: readonly string[];
  readonly CompatibleRuntimes?: readonly string[];
  readonly LicenseInfo?: string;
}

interface LayerFilter extends Paged {
  readonly CompatibleRuntime?: string;
  readonly CompatibleArchitecture?: string;
}

const LAYER_VERSION = 'AWS::Lambda::LayerVersion';

export function layerOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { records, functions, through, place, code, downloads } = parts;
  const requiresVersion =
    (action: string) =>
    ({ LayerName, VersionNumber }: LayerVersionNamed) => [
      { action: `lambda:${action}`, resource: layerVersionArn(place, layerNameOf(LayerName), VersionNumber) },
    ];

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
    PublishLayerVersion: {
      requires: ({ LayerName, Content }: PublishLayerVersionInput) => [
        { action: 'lambda:PublishLayerVersion', resource: layerArn(place, layerNameOf(LayerName)) },
        ...requiresUpload(Content, place.partition),
      ],
      async handle(input: PublishLayerVersionInput) {
        const name = layerNameOf(input.LayerName);
        const release = code.hold();
        try {
          const { physicalId } = await through.create(LAYER_VERSION, {
            name,
            properties: {
              LayerName: name,
              Content: await uploadedCode(input.Content, 'PublishLayerVersion', parts),
              ...(input.Description !== undefined && { Description: input.Description }),
              ...(input.LicenseInfo !== undefined && { LicenseInfo: input.LicenseInfo }),
              CompatibleArchitectures: (input.CompatibleArchitectures ?? []) as Json,
              CompatibleRuntimes: (input.CompatibleRuntimes ?? []) as Json,
            },
          });
          return await describeContent(findLayer(parts, physicalId));
        } finally {
          release();
        }
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html */
    GetLayerVersion: {
      requires: requiresVersion('GetLayerVersion'),
      handle: ({ LayerName, VersionNumber }: LayerVersionNamed) =>
        describeContent(findLayerNamed(parts, LayerName, VersionNumber)),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html */
    GetLayerVersionByArn: {
      requires: ({ Arn }: { readonly Arn: string }) => [{ action: 'lambda:GetLayerVersion', resource: Arn }],
      handle: ({ Arn }: { readonly Arn: string }) => describeContent(findLayer(parts, Arn)),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html */
    ListLayers: {
      requires: requiresAnywhere('ListLayers'),
      handle(input: LayerFilter) {
        const latest = new Map<string, LayerRecord>();
        for (const layer of matching('', input)) {
          if (layer.version > (latest.get(layer.layerName)?.version ?? 0)) latest.set(layer.layerName, layer);
        }
        const rows = [...latest].map(([key, value]) => ({ key, value })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
        const { items, NextMarker } = page(rows, input);
        const layers = items.map((layer) => ({
          LayerName: layer.layerName,
          LayerArn: layerArn(place, layer.layerName),
          LatestMatchingVersion: describe(layer),
        }));
        return { Layers: layers, NextMarker };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html: the newest first. */
    ListLayerVersions: {
      requires: requiresAnywhere('ListLayerVersions'),
      handle(input: LayerFilter & { readonly LayerName: string }) {
        const rows = matching(`${layerNameOf(input.LayerName)}:`, input)
          .map((layer) => ({ key: String(1e12 - layer.version), value: layer }))
          .toSorted((a, b) => (a.key < b.key ? -1 : 1));
        const { items, NextMarker } = page(rows, input);
        return { LayerVersions: items.map(describe), NextMarker };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html: one that is not there is no error. */
    DeleteLayerVersion: {
      requires: requiresVersion('DeleteLayerVersion'),
      async handle({ LayerName, VersionNumber }: LayerVersionNamed) {
        checkNumber(VersionNumber);
        await through.delete(LAYER_VERSION, layerVersionArn(place, layerNameOf(LayerName), VersionNumber));
        functions.changed();
        return {};
      },
    },
  };

  function matching(prefix: string, { CompatibleRuntime, CompatibleArchitecture }: LayerFilter): LayerRecord[] {
    return records.layers
      .list({ prefix })
      .map(({ value }) => value)
      .filter(({ deleted }) => !deleted)
      .filter((layer) => !CompatibleRuntime || layer.compatibleRuntimes.includes(CompatibleRuntime))
      .filter((layer) => !CompatibleArchitecture || layer.compatibleArchitectures.includes(CompatibleArchitecture));
  }

  function describe(layer: LayerRecord): object {
    const { compatibleArchitectures, compatibleRuntimes, licenseInfo } = layer;
    return {
      LayerVersionArn: layerVersionArn(place, layer.layerName, layer.version),
      Version: layer.version,
      Description: layer.description,
      CreatedDate: layer.createdDate,
      ...(compatibleArchitectures.length > 0 && { CompatibleArchitectures: [...compatibleArchitectures] }),
      ...(compatibleRuntimes.length > 0 && { CompatibleRuntimes: [...compatibleRuntimes] }),
      ...(licenseInfo !== undefined && { LicenseInfo: licenseInfo }),
    };
  }

  async function describeContent(layer: LayerRecord): Promise<object> {
    const { size, sha256 } = await packageFactsOf(layer.code, parts);
    return {
      ...describe(layer),
      LayerArn: layerArn(place, layer.layerName),
      Content: { CodeSize: size, CodeSha256: sha256, Location: downloads.urlOf(layer.code, 'layers') },
    };
  }
}

/** A layer is named by its name or its ARN. */
export function layerNameOf(nameOrArn: string): string {
  return /:layer:([\w-]+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** Throws ResourceNotFoundException, and InvalidParameterValueException for a number no version has. */
function findLayerNamed(parts: OperationParts, nameOrArn: string, version: number): LayerRecord {
  checkNumber(version);
  return findLayer(parts, layerVersionArn(parts.place, layerNameOf(nameOrArn), version));
}

function checkNumber(version: number): void {
  if (version < 1) throw invalidParameter('Layer Version Cannot be less than 1');
}

function findLayer(parts: OperationParts, arn: string): LayerRecord {
  const layer = layerAt(arn, parts);
  if (!layer || layer.deleted) throw notFound('The resource you requested does not exist.');
  return layer;
}
