/** AWS::Lambda::LayerVersion: a layer's content, numbered; every change makes another version. */
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { TemplateError } from '../../../template/stack.ts';
import { layerVersionArn, parseLayerVersionArn } from '../names.ts';
import { frozen } from '../packages/code.ts';
import { CodeNotFound, type CodeProperty, locateCode } from '../packages/locate-code.ts';
import { readProperties } from '../property-reader.ts';
import type { CodeLocation, LayerRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

export function layerVersionProvider(room: LambdaRoom): Provider {
  const { records, place, functions, clock, code } = room;

  async function create(request: ResourceRequest): Promise<ResourceResult> {
    const { content, ...settings } = readLayer(request);
    const release = code.hold();
    try {
      const location = await frozen(await locate(request, content), room);
      const version = nextVersion(settings.layerName);
      const { layerName } = settings;
      const createdDate = new Date(clock.now()).toISOString().replace('Z', '+0000');
      records.layers.put(`${layerName}:${version}`, { ...settings, version, code: location, createdDate });
      functions.changed();
      const arn = layerVersionArn(place, layerName, version);
      return { physicalId: arn, attributes: { LayerVersionArn: arn } };
    } finally {
      release();
    }
  }

  async function locate(request: ResourceRequest, content: CodeProperty): Promise<CodeLocation> {
    try {
      return await locateCode(content, room);
    } catch (error) {
      if (!(error instanceof CodeNotFound)) throw error;
      const { message, advice } = error;
      const at = request.positionOf(['Content']) ?? request.at;
      throw new TemplateError([
        {
          severity: 'error',
          code: 'invalid-reference',
          message,
          at,
          resource: request.logicalId,
          property: 'Properties.Content',
          ...(advice !== undefined && { suggestion: advice }),
        },
      ]);
    }
  }

  function nextVersion(layerName: string): number {
    const numbers = records.layers.list({ prefix: `${layerName}:` }).map(({ value }) => value.version);
    const version = Math.max(records.layerNumbers.get(layerName) ?? 1, ...numbers.map((number) => number + 1));
    records.layerNumbers.put(layerName, version + 1);
    return version;
  }

  return {
    create,
    update: create,
    delete({ physicalId }) {
      const layer = parseLayerVersionArn(physicalId);
      const key = layer && `${layer.name}:${layer.version}`;
      const record = key !== undefined && records.layers.get(key);
      if (!record) return;
      records.layers.put(key, { ...record, deleted: true });
      for (const { key: permission, value } of records.layerPermissions.list({ prefix: `${physicalId}#` })) {
        if (value.layerVersionArn === physicalId) records.layerPermissions.delete(permission);
      }
      records.layerPolicyRevisions.delete(physicalId);
      functions.changed();
    },
  };
}

type LayerSettings = Omit<LayerRecord, 'version' | 'code' | 'createdDate' | 'deleted'>;

function readLayer(request: ResourceRequest): LayerSettings & { readonly content: CodeProperty } {
  return readProperties(request, (read) => {
    const content = read.within('Content', (at): CodeProperty => {
      const version = at.text('S3ObjectVersion');
      return {
        kind: 'object',
        bucket: at.requiredText('S3Bucket'),
        key: at.requiredText('S3Key'),
        ...(version !== undefined && { version }),
      };
    });
    const licenseInfo = read.text('LicenseInfo');
    return {
      layerName: read.text('LayerName', { pattern: /^[\w-]{1,140}$/ }) ?? request.logicalId,
      description: read.text('Description') ?? '',
      compatibleRuntimes: read.texts('CompatibleRuntimes') ?? [],
      compatibleArchitectures: read.texts('CompatibleArchitectures') ?? [],
      ...(licenseInfo !== undefined && { licenseInfo }),
      content: content ?? read.missing('Content', { kind: 'object', bucket: '', key: '' }),
    };
  });
}
