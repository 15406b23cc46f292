/** Every operation of the API but those that invoke, one module a topic. `through-provider.ts` says how they change things. */
import type { Operation } from '../../../kernel/service.ts';
import { accountSettingsOperations } from './account-settings.ts';
import { aliasOperations } from './aliases.ts';
import { codeSigningOperations } from './code-signing.ts';
import { concurrencyOperations } from './concurrency.ts';
import { eventInvokeConfigOperations } from './event-invoke-configs.ts';
import { eventSourceMappingOperations } from './event-source-mappings.ts';
import { functionUrlConfigOperations } from './function-url-configs.ts';
import { functionOperations } from './functions.ts';
import { layerPermissionOperations } from './layer-permissions.ts';
import { layerOperations } from './layers.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import type { OperationParts } from './parts.ts';
import { permissionOperations } from './permissions.ts';
import { provisionedConcurrencyOperations } from './provisioned-concurrency.ts';
import { recursionOperations } from './recursion.ts';
import { runtimeManagementOperations } from './runtime-management.ts';
import { tagOperations } from './tags.ts';
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
    ...accountSettingsOperations(parts),
    ...codeSigningOperations(parts),
    ...eventInvokeConfigOperations(parts),
    ...eventSourceMappingOperations(parts),
    ...functionUrlConfigOperations(parts),
    ...NOT_EMULATED,
    ...provisionedConcurrencyOperations(parts),
    ...recursionOperations(parts),
    ...runtimeManagementOperations(parts),
    ...tagOperations(parts),
  };
}
