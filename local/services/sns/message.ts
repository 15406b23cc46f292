/** What is published, checked and kept until everybody has it. */

/** By name. Binary values are base64, as they travel in notifications. */
export type MessageAttributes = Readonly<Record<string, { readonly type: string; readonly value: string }>>;

export interface Message {
  readonly id: string;
  readonly topicArn: string;
  readonly subject?: string;
  /** What protocols get for which nothing else is said. */
  readonly body: string;
  /** Of `MessageStructure: json`: by protocol. */
  readonly bodies?: Readonly<Record<string, string>>;
  readonly attributes: MessageAttributes;
  /** ms since 1970 */
  readonly publishedAt: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** Of FIFO topics: 20 digits. */
  readonly sequenceNumber?: string;
  /** Of the topic when it was published; absent on FIFO topics, whose messages nobody signs. */
  readonly signatureVersion?: '1' | '2';
  /** `X-Amzn-Trace-Id` of the publisher. */
  readonly traceHeader?: string;
}

export const bodyFor = ({ body, bodies }: Message, protocol: string): string =>
  bodies && Object.hasOwn(bodies, protocol) ? bodies[protocol]! : body;
