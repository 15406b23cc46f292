/** Runtime management. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html */
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter } from '../errors.ts';
import { BY_DEFAULT, runtimeManagementComplaint } from '../functions/runtime-management.ts';
import type { RuntimeManagementRecord } from '../records.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface PutInput extends Named {
  readonly UpdateRuntimeOn: 'Auto' | 'FunctionUpdate' | 'Manual';
  readonly RuntimeVersionArn?: string;
}

export function runtimeManagementOperations({
  functions,
  records,
}: OperationParts): Readonly<Record<string, Operation>> {
  /** Of the version the input leads to; an alias is refused, for it has no runtime of its own. */
  function find({ FunctionName, Qualifier }: Named) {
    const version = functions.version(FunctionName, Qualifier);
    const { name, qualifier } = functions.reference(FunctionName, Qualifier);
    if (qualifier !== undefined && qualifier !== version.version) {
      throw invalidParameter('Runtime management configuration applies to versions: an alias has none of its own.');
    }
    return { key: `${name}:${version.version}`, arn: functions.arn(name, version.version) };
  }

  function describe(record: RuntimeManagementRecord, arn: string): object {
    const { updateRuntimeOn, runtimeVersionArn } = record;
    return {
      UpdateRuntimeOn: updateRuntimeOn,
      FunctionArn: arn,
      ...(runtimeVersionArn !== undefined && { RuntimeVersionArn: runtimeVersionArn }),
    };
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html */
    PutRuntimeManagementConfig: {
      requires: requiresOn(functions, 'PutRuntimeManagementConfig'),
      handle(input: PutInput) {
        const { key, arn } = find(input);
        const record = { updateRuntimeOn: input.UpdateRuntimeOn, runtimeVersionArn: input.RuntimeVersionArn };
        const complaint = runtimeManagementComplaint(record);
        if (complaint !== undefined) throw invalidParameter(complaint);
        records.runtimeManagement.put(key, record);
        return describe(record, arn);
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html */
    GetRuntimeManagementConfig: {
      requires: requiresOn(functions, 'GetRuntimeManagementConfig'),
      handle(input: Named) {
        const { key, arn } = find(input);
        return describe(records.runtimeManagement.get(key) ?? BY_DEFAULT, arn);
      },
    },
  };
}
