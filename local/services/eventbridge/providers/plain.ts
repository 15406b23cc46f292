/** Archives, connections and API destinations: what the API makes of the same members. */
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { ApiDestinations } from '../api-destinations.ts';
import type { Archives } from '../archives.ts';
import type { AuthParameters, Connection, Connections } from '../connections.ts';
import type { Room } from '../room.ts';
import { jsonText, plain } from './reading.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-archive.html */
export function archiveProvider(room: Room, archives: Archives): Provider {
  const read = (request: ResourceRequest, name: string) =>
    readProperties(request, (reader) => ({
      // Names of archives are short.
      ArchiveName: reader.text('ArchiveName') ?? name.slice(-48).replace(/^-+/, ''),
      EventSourceArn: reader.requiredText('SourceArn'),
      Description: reader.text('Description'),
      EventPattern: jsonText(reader, 'EventPattern'),
      RetentionDays: reader.integer('RetentionDays', [0, 2_147_483_647]),
    }));
  const result = (name: string): ResourceResult => ({
    physicalId: name,
    attributes: { Arn: archives.arnOf(name), ArchiveName: name },
  });
  function make(request: ResourceRequest, name: string): ResourceResult {
    const input = read(request, name);
    if (request.interrupted && archives.find(input.ArchiveName)) archives.delete(input.ArchiveName);
    return result(archives.create(input).name);
  }
  return {
    create: (request) => make(request, request.generatedName),
    update(request, existing) {
      const input = read(request, existing.physicalId);
      const isSame = archives.find(existing.physicalId)?.bus === room.buses.nameOf(input.EventSourceArn);
      if (input.ArchiveName !== existing.physicalId || !isSame) return make(request, request.replacementName);
      return result(archives.update(input).name);
    },
    delete: ({ physicalId }) => archives.delete(physicalId),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-connection.html */
export function connectionProvider(connections: Connections): Provider {
  const read = (request: ResourceRequest, name: string) =>
    readProperties(request, (reader) => {
      // Templates and the API differ in one name.
      const { OAuthParameters, ...others } = plain<AuthParameters>(reader.properties['AuthParameters']) ?? {};
      return {
        Name: reader.text('Name') ?? name.slice(-64),
        Description: reader.text('Description'),
        AuthorizationType: reader.oneOf('AuthorizationType', ['API_KEY', 'BASIC', 'OAUTH_CLIENT_CREDENTIALS'] as const),
        AuthParameters: { ...others, ...(OAuthParameters && { OAuthParameters }) } as AuthParameters,
      };
    });
  const result = ({ name, arn, secretArn = '' }: Connection): ResourceResult => ({
    physicalId: name,
    attributes: { Arn: arn, SecretArn: secretArn },
  });
  async function make(request: ResourceRequest, name: string): Promise<ResourceResult> {
    const { AuthorizationType = 'API_KEY', ...input } = read(request, name);
    if (request.interrupted) await connections.delete(input.Name);
    return result(await connections.create({ ...input, AuthorizationType }));
  }
  return {
    create: (request) => make(request, request.generatedName),
    async update(request, existing) {
      const input = read(request, existing.physicalId);
      if (input.Name !== existing.physicalId) return make(request, request.replacementName);
      return result(await connections.update(input));
    },
    delete: ({ physicalId }) => connections.delete(physicalId),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-apidestination.html */
export function apiDestinationProvider(destinations: ApiDestinations): Provider {
  const read = (request: ResourceRequest, name: string) =>
    readProperties(request, (reader) => ({
      Name: reader.text('Name') ?? name.slice(-64),
      Description: reader.text('Description'),
      ConnectionArn: reader.requiredText('ConnectionArn'),
      InvocationEndpoint: reader.requiredText('InvocationEndpoint'),
      HttpMethod:
        reader.oneOf('HttpMethod', ['POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const) ?? 'POST',
      InvocationRateLimitPerSecond: reader.integer('InvocationRateLimitPerSecond', [1, 300]),
    }));
  const result = ({ name, arn }: { name: string; arn: string }): ResourceResult => ({
    physicalId: name,
    attributes: { Arn: arn },
  });
  function make(request: ResourceRequest, name: string): ResourceResult {
    const input = read(request, name);
    if (request.interrupted) destinations.delete(input.Name);
    return result(destinations.create(input));
  }
  return {
    create: (request) => make(request, request.generatedName),
    update(request, existing) {
      const input = read(request, existing.physicalId);
      if (input.Name !== existing.physicalId) return make(request, request.replacementName);
      return result(destinations.update(input));
    },
    delete: ({ physicalId }) => destinations.delete(physicalId),
  };
}
