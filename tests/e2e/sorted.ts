/** A ticket changes once more a moment after it was opened: what reads it twice, or changes it, waits until it has. */
import { eventually } from './sampan.ts';
import type { SignedIn } from './signed-in.ts';

/** A message whose first try failed on a busy machine comes again after its queue's 90 s. */
const PATIENCE_MS = 150_000;

/** Resolves with the ticket's version when triage has noted what it is about. */
export async function untilSorted(who: SignedIn, ticketId: string): Promise<number> {
  let version = 0;
  const isSorted = async () => {
    const { status, body } = await who.call(`/tickets/${ticketId}`);
    if (status !== 200) return false;
    const ticket = body as { readonly version: number; readonly triage: object | null };
    version = ticket.version;
    return ticket.triage !== null;
  };
  await eventually(isSorted, PATIENCE_MS, () => `ticket ${ticketId} was never sorted`);
  return version;
}
