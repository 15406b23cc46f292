/** Resource-based policies. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html */
import type { Operation } from '../../../kernel/service.ts';
import { notFound } from '../errors.ts';
import { parseFunctionName } from '../names.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

export function permissionOperations({ functions, records }: OperationParts): Readonly<Record<string, Operation>> {
  return {
    GetPolicy: {
      requires: requiresOn(functions, 'GetPolicy'),
      handle({ FunctionName, Qualifier }: Named) {
        const { name, qualifier } = parseFunctionName(FunctionName, Qualifier);
        functions.record(name);
        const statements = records.permissions
          .list()
          .filter(({ value }) => value.functionName === name && value.qualifier === qualifier)
          .map(({ value }) => value.statement);
        if (statements.length === 0) throw notFound('The resource you requested does not exist.');
        return { Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements }) };
      },
    },
  };
}
