/** Operations of the API that nothing here stands behind. Who calls one is told so, by name. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';

const EVENT_SOURCE_MAPPINGS = 'there are no event source mappings, and nothing is polled';
const CAPACITY_PROVIDERS = 'there are no Lambda Managed Instances, and no capacity providers for them';
const DURABLE_EXECUTIONS = 'there are no durable functions';
const RESOURCE_POLICIES =
  'whole policies cannot be put: use AddPermission, GetPolicy and RemovePermission, which change the same policy';

const WHY: Readonly<Record<string, readonly string[]>> = {
  [EVENT_SOURCE_MAPPINGS]: [
    'CreateEventSourceMapping',
    'DeleteEventSourceMapping',
    'GetEventSourceMapping',
    'ListEventSourceMappings',
    'UpdateEventSourceMapping',
  ],
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
};

/** Each answers 501 `OperationNotEmulated`, which SDKs do not try again. */
export function notEmulatedOperations(): Readonly<Record<string, Operation>> {
  const refusals = Object.entries(WHY).flatMap(([why, names]) => names.map((name) => [name, refusal(name, why)]));
  return Object.fromEntries(refusals);
}

function refusal(name: string, why: string): Operation {
  return {
    requires: () => [],
    handle() {
      throw new AwsError('OperationNotEmulated', `${name} is not emulated here: ${why}.`, { statusCode: 501 });
    },
  };
}
