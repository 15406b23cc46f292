/** What a receiver shows to prove that it received a message: which, of which queue, by which receive. */

export interface Receipt {
  readonly queueId: string;
  readonly sequence: number;
  /** How often the message had been received by then. */
  readonly receives: number;
}

const PREFIX = 'AQEB';

export function receiptHandle({ queueId, sequence, receives }: Receipt): string {
  return PREFIX + Buffer.from(`${queueId}:${sequence}:${receives}`).toString('base64');
}

/** Undefined for what is no handle. */
export function readReceipt(handle: string): Receipt | undefined {
  if (!handle.startsWith(PREFIX)) return undefined;
  const text = Buffer.from(handle.slice(PREFIX.length), 'base64').toString('latin1');
  const [, queueId, sequence, receives] = /^([\w-]+):(\d{1,16}):(\d{1,9})$/.exec(text) ?? [];
  if (queueId === undefined) return undefined;
  return { queueId, sequence: Number(sequence), receives: Number(receives) };
}
