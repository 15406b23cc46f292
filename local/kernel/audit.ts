/**
 * What was called, by whom, and how it ended: between dispatch, which knows, whoever makes records of it, and whoever
 * the records go to. While nobody makes records, a call costs one look.
 */
import type { Call, CallContext, Service } from './service.ts';

export interface AuditedCall extends Pick<CallContext, 'principal' | 'origin' | 'requestId'> {
  readonly call: Call;
  /** The service's own name, whatever name it was called by. */
  readonly service: string;
  readonly wire: Service['wire'];
  /** ms since 1970 */
  readonly timestamp: number;
  /** What was answered; absent where the call was refused or failed. */
  readonly output?: unknown;
  /** AWS's error code, and what the caller was told. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** A kind of call, as records name it. */
export interface RecordedKind {
  /** e.g. `aws.s3` */
  readonly source: string;
  /** e.g. `PutBucketPolicy` */
  readonly eventName: string;
  readonly readOnly: boolean;
}

export interface Audit {
  /** Told of every call that somebody made, after it; undefined while nobody makes records. Never throws. */
  auditor: ((call: AuditedCall) => void) | undefined;
  /** Whether records of this kind would go anywhere; asked before one is made, and cheap. */
  wanted: (kind: RecordedKind) => boolean;
}

export function createAudit(): Audit {
  return { auditor: undefined, wanted: () => false };
}
