/** AWS::Logs::LogGroup and AWS::Logs::LogStream. */
import { AwsError } from '../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import { checkKey } from './encryption-key.ts';
import { forgetGroup } from './group-operations.ts';
import type { GroupSettings, Room } from './groups.ts';
import { RETENTION_DAYS } from './validation.ts';

interface GroupProperties extends GroupSettings {
  readonly name?: string;
  readonly retentionInDays?: number;
}

export function logGroupProvider(room: Room): Provider {
  const { archive, settings } = room;
  const result = (name: string): ResourceResult => ({
    physicalId: name,
    attributes: { Arn: `${room.groupArn(name)}:*` },
  });

  async function make(name: string, properties: GroupProperties, request: ResourceRequest): Promise<ResourceResult> {
    const { retentionInDays, tags, kmsKeyId, logGroupClass } = properties;
    await checkKey(room, name, kmsKeyId);
    // A function may have logged into its group before the stack made it: on AWS that is an error too, unless the
    // group is left over from a run that was cut off.
    if (!archive.createGroup(name, { retentionInDays }) && !request.interrupted) {
      throw new AwsError(
        'AlreadyExists',
        `Resource of type 'AWS::Logs::LogGroup' with identifier '${name}' already exists.`,
      );
    }
    archive.setRetention(name, retentionInDays);
    settings.put(name, { tags, kmsKeyId, logGroupClass });
    return result(name);
  }

  return {
    create(request) {
      const properties = readProperties(request, readGroup);
      return make(properties.name ?? request.generatedName, properties, request);
    },
    async update(request, existing) {
      const properties = readProperties(request, readGroup);
      if (properties.name !== existing.properties['LogGroupName']) {
        return make(properties.name ?? request.replacementName, properties, request);
      }
      const { retentionInDays, tags, kmsKeyId, logGroupClass } = properties;
      if (kmsKeyId !== existing.properties['KmsKeyId']) await checkKey(room, existing.physicalId, kmsKeyId);
      archive.createGroup(existing.physicalId);
      archive.setRetention(existing.physicalId, retentionInDays);
      settings.put(existing.physicalId, { tags, kmsKeyId, logGroupClass });
      return result(existing.physicalId);
    },
    delete({ physicalId }) {
      archive.deleteGroup(physicalId);
      forgetGroup(room, physicalId);
    },
    unsupported: ({ properties }) =>
      properties['DataProtectionPolicy'] === undefined
        ? []
        : [{ path: ['DataProtectionPolicy'], message: 'recorded, no effect yet: nothing is masked in logs' }],
  };
}

function readGroup(reader: PropertyReader): GroupProperties {
  const name = reader.text('LogGroupName');
  if (name !== undefined && !/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
    reader.refuse(['LogGroupName'], 'LogGroupName takes 1 to 512 of a-z, A-Z, 0-9, _, -, /, . and #');
  }
  const retentionInDays = reader.integer('RetentionInDays');
  if (retentionInDays !== undefined && !RETENTION_DAYS.includes(retentionInDays)) {
    reader.refuse(['RetentionInDays'], `RetentionInDays must be one of ${RETENTION_DAYS.join(', ')}`);
  }
  const tags = reader.objects('Tags', (tag) => [tag.requiredText('Key'), tag.text('Value') ?? ''] as const);
  return {
    name,
    retentionInDays,
    kmsKeyId: reader.text('KmsKeyId'),
    logGroupClass: reader.oneOf('LogGroupClass', ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY']),
    tags: Object.fromEntries(tags),
  };
}

export function logStreamProvider({ archive }: Room): Provider {
  function make(request: ResourceRequest, generatedName: string): ResourceResult {
    const { group, stream } = readProperties(request, (reader) => ({
      group: reader.requiredText('LogGroupName'),
      stream: reader.text('LogStreamName') ?? generatedName,
    }));
    const created = archive.createStream(group, stream);
    if (created === undefined)
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    if (!created && !request.interrupted) {
      throw new AwsError(
        'AlreadyExists',
        `Resource of type 'AWS::Logs::LogStream' with identifier '${stream}' already exists.`,
      );
    }
    return { physicalId: stream };
  }
  return {
    create: (request) => make(request, request.generatedName),
    update: (request) => make(request, request.replacementName),
    delete({ properties, physicalId }) {
      archive.deleteStream(String(properties['LogGroupName']), physicalId);
    },
  };
}
