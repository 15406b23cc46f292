/** Hands batches of one worker to the function until every record of them is done with or given up, and remembers it. */
import type { Invoked, Mapping, PollerRoom, StreamSettings } from '../contract.ts';
import { parsePayload, readFailures } from './batch-response.ts';
import { type Batch, type BatchRecord, conclude, newBatch, type Result, tooOld } from './batches.ts';
import { type Condition, failureRecord } from './failure-record.ts';
import type { Position } from './positions.ts';
import type { StreamSource } from './stream-source.ts';
import { type OpenWindow, openWindow, startOfWindow, stateOf, windowMembers, withState } from './windows.ts';

export interface HandlerParts {
  readonly mapping: Mapping;
  readonly settings: StreamSettings;
  readonly room: Omit<PollerRoom, 'checkpoints'>;
  readonly source: StreamSource;
  readonly shardId: string;
  /** Aborted: nothing new is begun. */
  readonly signal: AbortSignal;
  /** Nobody waits any more for what is under way: what comes of it is not to be written. */
  readonly isClosed: () => boolean;
  /** Rejects once `signal` is aborted. */
  readonly pause: (ms: number) => Promise<void>;
  /** Called inside a transaction. */
  readonly save: (position: Position) => void;
}

export interface BatchHandler {
  readonly position: Position;
  /** Those of a window only, in order. `upTo` is how far it then is: records behind them may have been passed over. */
  handle(records: readonly BatchRecord[], upTo: string): Promise<void>;
  /** Nothing up to this sequence number is to be handled. */
  passOver(upTo: string): void;
  /** The last invocation of the window that is open. */
  endWindow(): Promise<void>;
}

interface Attempt {
  readonly invoked: Invoked;
  readonly payload: string;
  readonly result: Result;
  readonly window: OpenWindow | undefined;
}

export function createBatchHandler(parts: HandlerParts, first: Position): BatchHandler {
  const { mapping, settings, room, source, shardId, signal, isClosed, pause } = parts;
  const { clock } = room;
  const windowMs = settings.tumblingWindowSeconds * 1000;
  const ageMs = settings.maximumRecordAgeSeconds * 1000;
  const maximumAgeMs = ageMs < 0 ? source.retentionMs : Math.min(ageMs, source.retentionMs);
  const policy = { maximumRetryAttempts: settings.maximumRetryAttempts, bisectsOnError: settings.bisectsOnError };
  let position = first;
  // Of an earlier time, when the mapping still had windows.
  if (windowMs === 0 && position.window) position = { ...position, window: undefined };

  function moveTo(after: string | undefined, window: OpenWindow | undefined, alongside?: () => void): void {
    if (isClosed()) throw new Error('stopped');
    const { iterator } = position;
    position = {
      ...(after === undefined ? iterator !== undefined && { iterator } : { after }),
      ...(window && { window }),
    };
    room.transaction(() => {
      alongside?.();
      parts.save(position);
    });
  }

  async function attempt(records: readonly BatchRecord[], isFinal: boolean): Promise<Attempt> {
    const { window } = position;
    const payload = payloadOf(records, window, isFinal);
    const last = records.at(-1);
    if (last) room.count('IteratorAge', Math.max(0, clock.now() - last.arrivedAt));
    room.count('InvokedEventCount', records.length);
    const invoked = await room.invoke(payload);
    const read = resultOf(invoked, records, window, isFinal);
    if (read.result.kind !== 'success') room.count('FailedInvokeEventCount', records.length - settledOf(read.result));
    room.said(saidOf(invoked, read.result));
    return { invoked, payload, ...read };
  }

  function payloadOf(records: readonly BatchRecord[], window: OpenWindow | undefined, isFinal: boolean): string {
    const list = `"Records":[${records.map(({ text }) => text).join()}]`;
    if (!window) return `{${list}}`;
    const members = windowMembers(window, windowMs, { shardId, eventSourceArn: mapping.eventSourceArn, isFinal });
    return `{${list},${JSON.stringify(members).slice(1)}`;
  }

  function resultOf(
    invoked: Invoked,
    records: readonly BatchRecord[],
    window: OpenWindow | undefined,
    isFinal: boolean,
  ): Pick<Attempt, 'result' | 'window'> {
    if (invoked.kind === 'not-run') return { result: { kind: 'not-run' }, window };
    const { outcome } = invoked;
    if (outcome.kind === 'error') return { result: { kind: 'failed', from: 0 }, window };
    // What the last invocation of a window answers is nobody's input.
    if (isFinal) return { result: { kind: 'success' }, window };
    const sequences = records.map(({ sequence }) => sequence);
    const result: Result = mapping.reportsBatchItemFailures
      ? readFailures(outcome.payload, sequences)
      : { kind: 'success' };
    if (!window || (result.kind === 'failed' && result.from === 0)) return { result, window };
    const state = stateOf(parsePayload(outcome.payload));
    if (state === undefined) return { result: { kind: 'failed', from: 0 }, window };
    return { result, window: withState(window, state) };
  }

  function giveUp(records: readonly BatchRecord[], condition: Condition, invocations: number, last?: Attempt): void {
    const arn = settings.onFailureArn;
    const [from, to] = [records[0]!, records.at(-1)!];
    room.count('DroppedEventCount', records.length);
    if (arn === undefined) return;
    const record = failureRecord({
      at: clock.now(),
      functionArn: mapping.functionArn,
      condition,
      invocations,
      last: last?.invoked,
      batchInfo: source.batchInfo(shardId, { first: from, last: to, size: records.length }),
      ...(arn.startsWith('arn:') &&
        arn.split(':')[2] === 's3' && { payload: last?.payload ?? payloadOf(records, position.window, false) }),
    });
    room.deliver(arn, record);
    room.count('OnFailureDestinationDeliveredEventCount', records.length);
  }

  async function handle(records: readonly BatchRecord[], upTo: string): Promise<void> {
    let pending: readonly Batch[] = [newBatch(records)];
    let last: Attempt | undefined;
    /** Where it is when the first `count` of `batch`, before `rest`, are done with. */
    const endOf = (batch: Batch, count: number, rest: readonly Batch[]): string =>
      count === batch.records.length && rest.length === 0 ? upTo : batch.records[count - 1]!.sequence;

    for (let batch = pending[0]; batch; batch = pending[0]) {
      signal.throwIfAborted();
      const rest = pending.slice(1);
      const old = tooOld(batch.records, clock.now(), maximumAgeMs);
      if (old > 0) {
        const { invocations } = batch;
        const dropped = batch.records.slice(0, old);
        const before = invocations + batch.setbacks > 0 ? last : undefined;
        moveTo(endOf(batch, old, rest), position.window, () =>
          giveUp(dropped, 'MaximumRecordAgeExceeded', invocations, before),
        );
        const left = batch.records.slice(old);
        pending = left.length === 0 ? rest : [{ ...batch, records: left }, ...rest];
        continue;
      }
      if (position.window?.full) await endWindow();
      if (windowMs > 0 && !position.window) {
        position = { ...position, window: openWindow(startOfWindow(batch.records[0]!.arrivedAt, windowMs)) };
      }
      const made = await attempt(batch.records, false);
      last = made;
      const conclusion = conclude(batch, made.result, policy);
      switch (conclusion.kind) {
        case 'done':
          moveTo(endOf(batch, batch.records.length, rest), made.window);
          pending = rest;
          break;
        case 'given-up': {
          const { records: lost, invocations } = batch;
          moveTo(endOf(batch, lost.length, rest), made.window, () =>
            giveUp(lost, 'RetryAttemptsExhausted', invocations + 1, made),
          );
          pending = rest;
          break;
        }
        case 'go-on':
          if (conclusion.settled > 0) moveTo(endOf(batch, conclusion.settled, conclusion.next), made.window);
          pending = [...conclusion.next, ...rest];
          if (conclusion.pauseMs > 0) await pause(conclusion.pauseMs);
      }
    }
  }

  async function endWindow(): Promise<void> {
    const window = position.window!;
    // One that ends early goes on, without what it knew.
    const next = window.full ? openWindow(window.start) : undefined;
    for (let batch = newBatch([]); ; ) {
      signal.throwIfAborted();
      const { result } = await attempt([], true);
      const conclusion = conclude(batch, result, policy);
      const isOld = clock.now() - (window.start + windowMs) > maximumAgeMs;
      if (conclusion.kind !== 'go-on' || isOld) {
        if (result.kind !== 'success')
          room.report('the last invocation of a tumbling window failed; its state is lost');
        moveTo(position.after, next);
        return;
      }
      batch = conclusion.next[0];
      await pause(conclusion.pauseMs);
    }
  }

  return {
    get position() {
      return position;
    },
    handle,
    passOver: (upTo) => moveTo(upTo, position.window),
    endWindow,
  };
}

const settledOf = (result: Result): number => (result.kind === 'failed' ? result.from : 0);

/** `LastProcessingResult` */
function saidOf(invoked: Invoked, result: Result): string {
  if (invoked.kind === 'not-run') return `PROBLEM: ${invoked.message}`;
  return result.kind === 'success' ? 'OK' : 'PROBLEM: Function call failed';
}
