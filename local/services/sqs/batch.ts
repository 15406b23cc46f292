/** Ten at once: each entry is its own success or failure, the batch as a whole only has to be one. */
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { AwsError } from '../../kernel/aws-error.ts';
import { emptyBatch, idsNotDistinct, invalidEntryId, tooManyEntries } from './errors.ts';

interface Entry {
  readonly Id?: string | undefined;
}

const MOST = 10;

/** Throws EmptyBatchRequest, TooManyEntriesInBatchRequest, InvalidBatchEntryId, BatchEntryIdsNotDistinct. */
export function checkBatch(entries: readonly Entry[], kind: string): void {
  if (entries.length === 0) throw emptyBatch(kind);
  if (entries.length > MOST) throw tooManyEntries(entries.length);
  const seen = new Set<string>();
  for (const { Id = '' } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) throw invalidEntryId();
    if (seen.has(Id)) throw idsNotDistinct(Id);
    seen.add(Id);
  }
}

export interface BatchResult<T> {
  readonly Successful: (T & { Id: string })[];
  readonly Failed: BatchResultErrorEntry[];
}

/** What the query protocol calls some of them, which is what entries are answered with in either. */
const OLD_CODES: Readonly<Record<string, string>> = {
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
};

export function eachEntry<E extends Entry, T extends object>(
  entries: readonly E[],
  handle: (entry: E) => T,
): BatchResult<T> {
  const result: BatchResult<T> = { Successful: [], Failed: [] };
  for (const entry of entries) {
    const Id = entry.Id ?? '';
    try {
      result.Successful.push({ Id, ...handle(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code, message, fault } = error;
      result.Failed.push({ Id, Code: OLD_CODES[code] ?? code, Message: message, SenderFault: fault === 'client' });
    }
  }
  return result;
}
