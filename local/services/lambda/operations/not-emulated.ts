/** Operations of the API that nothing here stands behind. Who calls one is told so, by name. */
import { notEmulatedOperations } from '../../../kernel/not-emulated.ts';

const CAPACITY_PROVIDERS = 'there are no Lambda Managed Instances, and no capacity providers for them';
const DURABLE_EXECUTIONS = 'there are no durable functions';
const RESOURCE_POLICIES =
  'whole policies cannot be put: use AddPermission, GetPolicy and RemovePermission, which change the same policy';

export const NOT_EMULATED = notEmulatedOperations({
  [CAPACITY_PROVIDERS]: [
    'CreateCapacityProvider',
    'DeleteCapacityProvider',
    'GetCapacityProvider',
    'ListCapacityProviders',
    'UpdateCapacityProvider',
    'ListFunctionVersionsByCapacityProvider',
    'GetFunctionScalingConfig',
    'PutFunctionScalingConfig',
  ],
  [DURABLE_EXECUTIONS]: [
    'CheckpointDurableExecution',
    'GetDurableExecution',
    'GetDurableExecutionHistory',
    'GetDurableExecutionState',
    'ListDurableExecutionsByFunction',
    'SendDurableExecutionCallbackFailure',
    'SendDurableExecutionCallbackHeartbeat',
    'SendDurableExecutionCallbackSuccess',
    'StopDurableExecution',
  ],
  [RESOURCE_POLICIES]: ['DeleteResourcePolicy', 'GetResourcePolicy', 'PutResourcePolicy'],
});
