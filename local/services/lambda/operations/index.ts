/** Every operation of the API but those that invoke, one module a topic. `through-provider.ts` says how they change things. */
import type { Operation } from '../../../kernel/service.ts';
import { aliasOperations } from './aliases.ts';
import { concurrencyOperations } from './concurrency.ts';
import { functionOperations } from './functions.ts';
import { layerPermissionOperations } from './layer-permissions.ts';
import { layerOperations } from './layers.ts';
import type { OperationParts } from './parts.ts';
import { permissionOperations } from './permissions.ts';
import { updateOperations } from './updates.ts';
import { versionOperations } from './versions.ts';

export function managingOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  return {
    ...functionOperations(parts),
    ...updateOperations(parts),
    ...versionOperations(parts),
    ...aliasOperations(parts),
    ...layerOperations(parts),
    ...layerPermissionOperations(parts),
    ...concurrencyOperations(parts),
    ...permissionOperations(parts),
  };
}
