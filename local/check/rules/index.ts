/** Every rule, in the order in which its findings are looked for. */
import type { Rule } from '../contract.ts';
import { reservedConcurrency, tooManyConnections } from './capacity.ts';
import { logRetention, noFailureDestination, notEncrypted, notTraced } from './care.ts';
import { codeNotRead } from './code-not-read.ts';
import { customResourceAnswer } from './custom-resource-answer.ts';
import { deliveryRefused } from './delivery-refused.ts';
import { deniedInRun } from './denied-in-run.ts';
import { deploymentRefused } from './deployment-refused.ts';
import { endpointUnused, natInsteadOfEndpoint } from './endpoints.ts';
import { invocationRefused } from './invocation-refused.ts';
import { lambdaPermissionMissing } from './lambda-permission-missing.ts';
import { logGroupKey } from './log-group-key.ts';
import { permissionMissing } from './permission-missing.ts';
import { proxyCutOff, proxyUserUnknown } from './proxy.ts';
import { ruleWithoutTrail } from './rule-without-trail.ts';
import { secretInParameter, secretInVariable } from './secrets.ts';
import { roleNotTrusted, servicePermissionMissing } from './service-role.ts';
import { apiTimeout, borrowTimeout, visibilityTimeout } from './timeouts.ts';
import { databaseUnreachable, hostUnreachable, serviceUnreachable } from './unreachable.ts';
import { permissionUnused, wildcardNarrowable } from './unused.ts';

export const RULES: readonly Rule[] = [
  deploymentRefused,
  codeNotRead,
  serviceUnreachable,
  databaseUnreachable,
  hostUnreachable,
  permissionMissing,
  deniedInRun,
  lambdaPermissionMissing,
  roleNotTrusted,
  servicePermissionMissing,
  invocationRefused,
  deliveryRefused,
  ruleWithoutTrail,
  customResourceAnswer,
  proxyCutOff,
  proxyUserUnknown,
  logGroupKey,
  endpointUnused,
  natInsteadOfEndpoint,
  permissionUnused,
  wildcardNarrowable,
  apiTimeout,
  visibilityTimeout,
  borrowTimeout,
  reservedConcurrency,
  tooManyConnections,
  secretInVariable,
  secretInParameter,
  noFailureDestination,
  logRetention,
  notEncrypted,
  notTraced,
];
