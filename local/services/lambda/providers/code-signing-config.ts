/** AWS::Lambda::CodeSigningConfig: kept as data. */
import { randomInt } from 'node:crypto';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { conflict } from '../errors.ts';
import { putTags, type Tags } from '../functions/tags.ts';
import { readProperties } from '../property-reader.ts';
import type { CodeSigningConfigRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

const SIGNATURES = 'signatures are not checked: the configuration is kept, and code is accepted whoever signed it';

export function codeSigningConfigProvider({ records, place, clock }: LambdaRoom): Provider {
  function put(request: ResourceRequest, id: string): ResourceResult {
    const arn = `arn:${place.partition}:lambda:${place.region}:${place.accountId}:code-signing-config:${id}`;
    const { tags, ...settings } = readCodeSigningConfig(request);
    putTags(records, arn, { ...records.tags.get(arn), ...tags });
    records.codeSigningConfigs.put(arn, { ...settings, id, arn, lastModified: new Date(clock.now()).toISOString() });
    return { physicalId: arn, attributes: { CodeSigningConfigArn: arn, CodeSigningConfigId: id } };
  }

  return {
    create: (request) => put(request, `csc-${randomId()}`),
    update: (request, { physicalId }) => put(request, physicalId.slice(physicalId.lastIndexOf(':') + 1)),
    delete({ physicalId }) {
      const isUsed = records.functionCodeSigning.list().some(({ value }) => value === physicalId);
      if (isUsed) {
        throw conflict(
          `Cannot delete CodeSigningConfig ${physicalId} because it is associated with one or more functions.`,
        );
      }
      records.codeSigningConfigs.delete(physicalId);
      records.tags.delete(physicalId);
    },
    unsupported: () => [{ path: [], message: SIGNATURES }],
  };
}

/** What a template would say of a configuration that is there. */
export function propertiesOfCodeSigningConfig(record: CodeSigningConfigRecord): JsonObject {
  return {
    Description: record.description,
    AllowedPublishers: { SigningProfileVersionArns: [...record.signingProfileVersionArns] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: record.untrustedArtifactOnDeployment },
  };
}

type Settings = Pick<
  CodeSigningConfigRecord,
  'description' | 'signingProfileVersionArns' | 'untrustedArtifactOnDeployment'
> & { readonly tags: Tags };

function readCodeSigningConfig(request: ResourceRequest): Settings {
  return readProperties(request, (read) => ({
    description: read.text('Description', { pattern: /^.{0,256}$/s }) ?? '',
    signingProfileVersionArns:
      read.within('AllowedPublishers', (at) => at.texts('SigningProfileVersionArns')) ??
      read.missing('AllowedPublishers', []),
    untrustedArtifactOnDeployment:
      read.within('CodeSigningPolicies', (at) => at.oneOf('UntrustedArtifactOnDeployment', ['Warn', 'Enforce'])) ??
      ('Warn' as const),
    tags: Object.fromEntries(read.each('Tags', (at) => [at.requiredText('Key'), at.text('Value') ?? ''] as const)),
  }));
}

/** 17 letters and digits, as Lambda draws them. */
function randomId(): string {
  return Array.from({ length: 17 }, () => randomInt(36).toString(36)).join('');
}
