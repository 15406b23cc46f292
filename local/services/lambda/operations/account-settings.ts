/** Limits and usage of the account. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
import type { Operation } from '../../../kernel/service.ts';
import { packageFactsOf } from '../packages/code.ts';
import type { CodeLocation } from '../records.ts';
import { type OperationParts, requiresAnywhere } from './parts.ts';

/** Bytes. */
const TOTAL_CODE = 75 * 2 ** 30;
const UNZIPPED = 250 * 2 ** 20;
const ZIPPED = 50 * 2 ** 20;

export function accountSettingsOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { records, concurrency } = parts;

  /** Every package that counts: Lambda keeps one for each version, also of code that did not change. */
  function locations(): CodeLocation[] {
    return [
      ...records.functions.list().map(({ value }) => value.latest.code),
      ...records.versions.list().map(({ value }) => value.code),
      ...records.layers.list().flatMap(({ value }) => (value.deleted ? [] : [value.code])),
    ];
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html */
    GetAccountSettings: {
      requires: requiresAnywhere('GetAccountSettings'),
      async handle() {
        const packages = await Promise.all(locations().map((location) => packageFactsOf(location, parts)));
        return {
          AccountLimit: {
            TotalCodeSize: TOTAL_CODE,
            CodeSizeUnzipped: UNZIPPED,
            CodeSizeZipped: ZIPPED,
            ConcurrentExecutions: concurrency.account,
            UnreservedConcurrentExecutions: concurrency.unreserved,
          },
          AccountUsage: {
            TotalCodeSize: packages.reduce((sum, { size }) => sum + size, 0),
            FunctionCount: records.functions.list().length,
          },
        };
      },
    },
  };
}
