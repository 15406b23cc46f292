import type { Message } from '../message.ts';
import type { Subscription } from '../records.ts';

/** One thing for one subscription. JSON: it waits in the store. */
export type Parcel = {
  /** As it was then; a notification asks for it anew. */
  readonly subscription: Subscription;
  /** ms since 1970 */
  readonly acceptedAt: number;
  /** Already made. */
  readonly tries: number;
} & (
  | { readonly kind: 'notification'; readonly message: Message }
  /** What could not be delivered, on its way to the dead-letter queue. */
  | { readonly kind: 'redrive'; readonly message: Message; readonly queueArn: string; readonly because: Failure }
  | {
      readonly kind: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
      readonly message?: undefined;
      readonly messageId: string;
      readonly signatureVersion: '1' | '2';
    }
);

export interface Failure {
  readonly code: string;
  readonly message: string;
}
