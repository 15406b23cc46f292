/** Published versions. https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
import type { Operation } from '../../../kernel/service.ts';
import { describeVersion } from '../configuration.ts';
import { parseFunctionName } from '../names.ts';
import type { FunctionVersion, LambdaRecords } from '../records.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

export function versionOperations({ functions, records }: OperationParts): Readonly<Record<string, Operation>> {
  return {
    ListVersionsByFunction: {
      requires: requiresOn(functions, 'ListVersionsByFunction'),
      handle({ FunctionName }: Named) {
        const { name } = parseFunctionName(FunctionName);
        const { latest } = functions.record(name);
        const versions = [latest, ...versionsOf(records, name)];
        return { Versions: versions.map((version) => describeVersion(version, functions, true)) };
      },
    },
  };
}

/** In the order of their numbers. */
export function versionsOf(records: LambdaRecords, functionName: string): readonly FunctionVersion[] {
  return records.versions
    .list({ prefix: `${functionName}:` })
    .map(({ value }) => value)
    .toSorted((a, b) => Number(a.version) - Number(b.version));
}
