/**
 * Settings of a function as a whole, which no version fixes: what is reserved for it, whether it may call itself in
 * loops, who must have signed its code, and when `$LATEST` gets another build of its runtime.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
import type { JsonObject } from '../../../template/stack.ts';
import type { PropertyReader } from '../property-reader.ts';
import type { FunctionRecord, RuntimeManagementRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import { attachCodeSigning } from './code-signing.ts';
import { LATEST } from './functions.ts';
import { BY_DEFAULT, runtimeManagementComplaint, UPDATE_MODES } from './runtime-management.ts';

export interface WholeFunction {
  readonly reservedConcurrency: number | undefined;
  readonly recursiveLoop: FunctionRecord['recursiveLoop'];
  readonly codeSigningConfigArn: string | undefined;
  readonly runtimeManagement: RuntimeManagementRecord | undefined;
}

export function readWholeFunction(read: PropertyReader): WholeFunction {
  return {
    reservedConcurrency: read.integer('ReservedConcurrentExecutions', { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    recursiveLoop: read.oneOf('RecursiveLoop', ['Allow', 'Terminate']),
    codeSigningConfigArn: read.text('CodeSigningConfigArn') || undefined,
    runtimeManagement: read.within('RuntimeManagementConfig', readRuntimeManagement),
  };
}

/**
 * Gives a function that is there what `wanted` says. What it does not say goes back to the default when `before`, the
 * properties until now, said it; what neither says is somebody else's, set beside the template.
 */
export function setWholeFunction(
  room: LambdaRoom,
  functionName: string,
  wanted: WholeFunction,
  before: JsonObject,
): void {
  const { records, functions } = room;
  const { reservedConcurrency, recursiveLoop, codeSigningConfigArn, runtimeManagement } = wanted;
  const isOurs = (value: unknown, property: string) => value !== undefined || before[property] !== undefined;
  if (isOurs(codeSigningConfigArn, 'CodeSigningConfigArn')) attachCodeSigning(room, functionName, codeSigningConfigArn);
  if (isOurs(runtimeManagement, 'RuntimeManagementConfig')) {
    records.runtimeManagement.put(`${functionName}:${LATEST}`, runtimeManagement ?? BY_DEFAULT);
  }
  functions.configure(functionName, {
    ...(isOurs(reservedConcurrency, 'ReservedConcurrentExecutions') && { reservedConcurrency }),
    ...(isOurs(recursiveLoop, 'RecursiveLoop') && { recursiveLoop }),
  });
}

function readRuntimeManagement(read: PropertyReader): RuntimeManagementRecord {
  const record = {
    updateRuntimeOn: read.oneOf('UpdateRuntimeOn', UPDATE_MODES) ?? read.missing('UpdateRuntimeOn', 'Auto' as const),
    runtimeVersionArn: read.text('RuntimeVersionArn') || undefined,
  };
  const complaint = runtimeManagementComplaint(record);
  if (complaint !== undefined) read.refuse([], complaint);
  return record;
}
