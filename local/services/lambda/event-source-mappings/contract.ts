/**
 * Event source mappings: what the parts of this folder agree on. A mapping is a record; while it is enabled, a poller of
 * the kind of its source reads for it and invokes the function.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
import type { Clock } from '../../../kernel/clock.ts';
import type { Collection } from '../../../kernel/store.ts';
import type { InvocationOutcome } from '../contract.ts';

/** As it is stored; members have the meaning of the API's `EventSourceMappingConfiguration`. */
export interface Mapping {
  readonly uuid: string;
  readonly eventSourceArn: string;
  /** Unqualified, or of a version or alias: what was asked for. */
  readonly functionArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  /** JSON texts of patterns; empty: everything passes. */
  readonly filters: readonly string[];
  readonly filterKeyArn?: string;
  readonly reportsBatchItemFailures: boolean;
  /** Of queues. */
  readonly maximumConcurrency?: number;
  /** Of streams; absent for queues. */
  readonly stream?: StreamSettings;
  readonly countsEvents: boolean;
  /** ms since 1970 */
  readonly lastModified: number;
  readonly lastProcessingResult: string;
}

export interface StreamSettings {
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** ms since 1970 */
  readonly startingTimestamp?: number;
  readonly parallelizationFactor: number;
  /** -1: for as long as the record is in the stream. */
  readonly maximumRecordAgeSeconds: number;
  /** -1: as often as it takes. */
  readonly maximumRetryAttempts: number;
  readonly bisectsOnError: boolean;
  /** 0: none. */
  readonly tumblingWindowSeconds: number;
  readonly onFailureArn?: string;
}

/** How one invocation by a mapping ended, for the poller to draw its conclusions. */
export type Invoked =
  | { readonly kind: 'ran'; readonly outcome: InvocationOutcome; readonly requestId: string; readonly version: string }
  /** Not run: throttled (429), or what keeps environments from starting. Worth another try after a while. */
  | { readonly kind: 'not-run'; readonly throttled: boolean; readonly code: string; readonly message: string };

/** What a poller is given. */
export interface PollerRoom {
  readonly clock: Clock;
  /**
   * Calls the source's service as the function's role: every door asks. `signal` ends a long poll.
   * @throws AwsError
   */
  call<Output>(operation: string, input: object, signal?: AbortSignal): Promise<Output>;
  /** Calls a service's operation for those inside only, as Lambda itself: to be woken by an event. */
  callInternally<Output>(operation: string, input: object, signal?: AbortSignal): Promise<Output>;
  /** Whether a record passes the filters; `event` is the record as the function would get it, with its data parsed. */
  passes(event: object): boolean;
  /** Invokes the function, and waits. Never rejects. */
  invoke(payload: string, traceHeader?: string): Promise<Invoked>;
  /** How many invocations may run at once now: reserved concurrency and `maximumConcurrency`. At least 1. */
  mostAtOnce(): number;
  /** Invocations wait for environments of this machine: one more would only wait too. */
  isCrowded?(): boolean;
  /** Hands a text to the queue, topic or bucket at `arn` as the function's role, durably and at least once. */
  deliver(arn: string, record: object): void;
  /** Where the poller keeps how far it is; its keys begin with the mapping's uuid. */
  readonly checkpoints: Collection<unknown>;
  transaction<T>(work: () => T): T;
  /** `LastProcessingResult`: `OK`, `No records processed`, `PROBLEM: …`. */
  said(result: string): void;
  /** CloudWatch's metrics of the mapping where `MetricsConfig` asks for them, and of the function (`IteratorAge`). */
  count(metric: string, value?: number): void;
  /** For people: why nothing is read, once per reason. */
  report(message: string): void;
}

export interface Poller {
  /** Reads nothing more, waits at most `graceMs` for what is under way, and leaves the rest to the next start. */
  stop(graceMs: number): Promise<void>;
  /**
   * Nothing is under way, and nothing that was seen waits to be handled; what waits for its time (another try, the end of
   * a window) is not under way before that.
   */
  readonly isIdle: boolean;
}

/** Starts reading at once. */
export type StartPoller = (mapping: Mapping, room: PollerRoom) => Poller;
