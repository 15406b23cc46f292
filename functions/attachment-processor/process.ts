/** From a file that has arrived to what the ticket shows of it. What lies is deleted; its last version stays for a while. */
import { type Attachment, attachmentAt, decideAttachment, objectKey, type Verdict } from '../../domain/attachment.ts';
import { checkFile, type Readers, type StoredFile } from '../../domain/file-check.ts';
import type { Moment } from '../../domain/ticket.ts';
import type { FileRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: Pick<FileRepository, 'find' | 'decide'>;
  readonly open: (key: string) => Promise<StoredFile>;
  readonly remove: (key: string) => Promise<void>;
  readonly readers: Readers;
  readonly importTickets: (attachment: Attachment, file: StoredFile, remainingMs: () => number) => Promise<Verdict>;
  readonly moment: () => Moment;
  /** Told what a file came to; not again where that was known. */
  readonly onDecided: (attachment: Attachment) => void;
  /** Told of what nobody announced, or whose ticket is no more. */
  readonly onStray: () => void;
}

/** Rejects with what database and S3 throw: the file is then looked at again. */
export function processFile(dependencies: Dependencies) {
  const { repository, open, remove, readers, importTickets, moment, onDecided, onStray } = dependencies;

  async function verdictOn(attachment: Attachment, remainingMs: () => number) {
    const file = await open(objectKey(attachment));
    const checked = await checkFile(attachment, file, readers);
    if (checked.verdict.state === 'rejected' || attachment.purpose !== 'import') return checked;
    return { ...checked, verdict: await importTickets(attachment, file, remainingMs) };
  }

  return async (key: string, remainingMs: () => number): Promise<void> => {
    const at = attachmentAt(key);
    const found = at && (await repository.find(at));
    if (!found) {
      onStray();
      return;
    }
    let { state } = found;
    if (state === 'announced') {
      const { verdict, extractedText } = await verdictOn(found, remainingMs);
      const { attachment } = await repository.decide(found, extractedText, (ticket, current) =>
        decideAttachment(ticket, current, verdict, moment()),
      );
      onDecided(attachment);
      ({ state } = attachment);
    }
    // After the decision, so that nothing is deleted that nobody was told of; again, where its URL was used again.
    if (state === 'rejected') await remove(key);
  };
}
