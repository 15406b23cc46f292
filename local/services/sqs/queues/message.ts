/** A message in two halves: what was sent, which stays as it is, and where it stands, which every receive changes. */
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

/** What was sent; read from the store when it is received. */
export interface Content {
  readonly body: string;
  readonly md5: string;
  readonly attributes?: Readonly<Record<string, MessageAttributeValue>>;
  readonly senderId: string;
  readonly traceHeader?: string;
  readonly deduplicationId?: string;
}

/** As it is stored. Times in ms since 1970. */
export interface Standing {
  readonly id: string;
  readonly group?: string;
  /** Bytes, attributes included. */
  readonly size: number;
  readonly sentAt: number;
  readonly visibleAt: number;
  /** How often it was received. */
  readonly receives: number;
  readonly firstReceivedAt?: number;
  readonly lastReceivedAt?: number;
  /** ARN of the queue that gave it up. */
  readonly source?: string;
}

export type State = 'visible' | 'delayed' | 'in-flight' | 'gone';

/** As it is held in memory, all of them: small, and changed in place. */
export type Message = { -readonly [K in keyof Standing]: Standing[K] } & {
  /** Grows with every message that comes into any queue. */
  readonly sequence: number;
  state: State;
};

/** 20 digits, as long as AWS's, which sort as the numbers do. */
export const sequenceNumber = ({ sequence }: Pick<Message, 'sequence'>): string =>
  `1${String(sequence).padStart(19, '0')}`;

export function standingOf(message: Message): Standing {
  const { sequence: _, state: __, ...standing } = message;
  return standing;
}
