/**
 * When a function gets a newer build of its runtime: kept as data, for there is one build of each runtime here.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
 */
import type { RuntimeManagementRecord } from '../records.ts';

export const UPDATE_MODES = ['Auto', 'FunctionUpdate', 'Manual'] as const;

export const BY_DEFAULT: RuntimeManagementRecord = { updateRuntimeOn: 'Auto' };

/** Why there is no such setting; undefined when there is. */
export function runtimeManagementComplaint({
  updateRuntimeOn,
  runtimeVersionArn,
}: RuntimeManagementRecord): string | undefined {
  if (updateRuntimeOn === 'Manual' && runtimeVersionArn === undefined) {
    return 'RuntimeVersionArn is required when UpdateRuntimeOn is set to Manual.';
  }
  if (updateRuntimeOn !== 'Manual' && runtimeVersionArn !== undefined) {
    return `RuntimeVersionArn is not supported when UpdateRuntimeOn is set to ${updateRuntimeOn}.`;
  }
  return undefined;
}
