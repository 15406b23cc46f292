/** Every rule, in the order in which its findings are looked for. */
import type { Rule } from '../contract.ts';
import { deploymentRefused } from './deployment-refused.ts';
import { invocationRefused } from './invocation-refused.ts';
import { lambdaPermissionMissing } from './lambda-permission-missing.ts';
import { permissionMissing } from './permission-missing.ts';
import { roleNotTrusted, servicePermissionMissing } from './service-role.ts';
import { databaseUnreachable, hostUnreachable, serviceUnreachable } from './unreachable.ts';

export const RULES: readonly Rule[] = [
  deploymentRefused,
  serviceUnreachable,
  databaseUnreachable,
  hostUnreachable,
  permissionMissing,
  lambdaPermissionMissing,
  roleNotTrusted,
  servicePermissionMissing,
  invocationRefused,
];
