/** What the providers of this room have in common: one transaction, replacement by property, tags. */
import { isDeepStrictEqual } from 'node:util';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { Store } from '../../../kernel/store.ts';
import type { Records } from '../network.ts';
import type { Owned, Tag } from '../records.ts';

/** Which resource a record is made for: what every record of it has. */
export type Made = Required<Pick<Owned, 'owner' | 'place'>>;

export interface NetworkResource<P> {
  readonly read: (reader: PropertyReader) => P;
  /** Properties whose change makes a new resource. Default: all of them. */
  readonly replacedBy?: readonly string[];
  create(properties: P, made: Made): ResourceResult;
  /** Needed unless every property replaces. `before` is what was read when the resource was last made or updated. */
  update?(properties: P, existing: ExistingResource, before: P, made: Made): ResourceResult;
  delete(existing: ExistingResource): void;
  /** Where a crash may have left the instance that is made again. */
  readonly records?: Pick<Records<Owned>, 'sweep'>;
  readonly unsupported?: Provider['unsupported'];
}

export function networkProvider<P>(store: Store, resource: NetworkResource<P>): Provider {
  const read = (request: ResourceRequest): P => readProperties(request, resource.read);
  return {
    create(request) {
      const properties = read(request);
      return store.transaction(() => {
        if (request.interrupted) resource.records?.sweep(request.generatedName);
        return resource.create(properties, madeFor(request, request.generatedName));
      });
    },
    update(request, existing) {
      const properties = read(request);
      const before = read({ ...request, properties: existing.properties });
      return store.transaction(() =>
        resource.update && !isReplaced(resource, request, existing)
          ? resource.update(properties, existing, before, madeFor(request, request.generatedName))
          : resource.create(properties, madeFor(request, request.replacementName)),
      );
    },
    delete: (existing) => store.transaction(() => resource.delete(existing)),
    unsupported: resource.unsupported,
  };
}

function madeFor({ stackName, logicalId }: ResourceRequest, owner: string): Made {
  return { owner, place: { stackName, logicalId, path: [] } };
}

function isReplaced<P>(resource: NetworkResource<P>, request: ResourceRequest, existing: ExistingResource): boolean {
  const names = resource.replacedBy ?? [...Object.keys(request.properties), ...Object.keys(existing.properties)];
  return names.some((name) => !isDeepStrictEqual(request.properties[name], existing.properties[name]));
}

export function readTags(reader: PropertyReader): readonly Tag[] {
  return reader.objects('Tags', (tag) => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' }));
}
