/** What every group of operations in this room is built from. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { KeyCheck } from './encryption.ts';
import type { QueueMetrics } from './metrics.ts';
import type { UrlOf } from './place.ts';
import type { QueueBook } from './queues/queue-book.ts';
import type { Requirements } from './requirements.ts';

export interface Room extends ServiceContext {
  readonly book: QueueBook;
  readonly needs: Requirements;
  readonly urlOf: UrlOf;
  readonly metrics: QueueMetrics;
  /** A message has come, which some day is too old. */
  readonly lookAt: () => void;
  readonly checkKey: KeyCheck;
  readonly mostInFlight: number;
}

/** Inputs come in through the wire or from a provider; what is required is then known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

export type OnQueue<T extends { QueueUrl?: string | undefined }> = With<T, 'QueueUrl'>;
