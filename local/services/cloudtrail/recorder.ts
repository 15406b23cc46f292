/**
 * From a call to its record, and the record to the account's default bus. AWS does so by best effort, minutes after the
 * call: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
import type { AuditedCall, ServiceContext } from '../../kernel/index.ts';
import type { Companion } from '../../kernel/outbox.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import { type OperationShape, operationShape } from '../../protocols/shape.ts';
import { eventNameOf, type ManagementEvent, managementEvent } from './management-events.ts';
import { recordOf } from './record.ts';
import { CLOUDTRAIL } from './trail-provider.ts';
import type { Logged } from './trails.ts';
import { whoCalled } from './user-identity.ts';

export interface Recorder extends Companion {
  /** Returns at once; never throws. */
  readonly record: (call: AuditedCall) => void;
}

/** A management event, with what its records are made by. */
export interface Recorded extends ManagementEvent {
  readonly eventName: string;
  readonly shape: OperationShape;
}

const RETRIES_MS: readonly number[] = [1_000, 10_000, 60_000];

/** @param isLogged whether a trail takes such calls */
export function createRecorder(context: ServiceContext, isLogged: (logged: Logged) => boolean): Recorder {
  const { audit, store, outbox, telemetry, clock } = context;
  /** By service and operation; null where no records are made. */
  const known = new Map<string, Recorded | null>();
  const learning = new Set<Promise<void>>();

  function hand(audited: AuditedCall, kind: Recorded): void {
    if (!isLogged(kind) || !audit.wanted(kind)) return;
    const who = whoCalled(audited);
    if (!who) return;
    const entry = {
      Source: kind.source,
      DetailType: 'AWS API Call via CloudTrail',
      Detail: JSON.stringify(recordOf(audited, kind, who, context)),
      Time: new Date(audited.timestamp),
    };
    // A bus has no policy for AWS's own services: it takes what they send to their customer's account.
    const caller = { kind: 'internal', service: CLOUDTRAIL } as const;
    const call = { caller, service: 'events', operation: 'PutEvents', input: { Entries: [entry] } };
    store.transaction(() => outbox.emit({ call, retryDelaysMs: RETRIES_MS }));
  }

  /** What becomes of records is no caller's trouble. */
  function tryToHand(audited: AuditedCall, kind: Recorded): void {
    try {
      hand(audited, kind);
    } catch (error) {
      const { service, call } = audited;
      const told = error instanceof Error ? error.stack : String(error);
      const message = `no record was made of ${service}:${call.operation}; this is a mistake of sampan, please report it\n${told}`;
      telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
    }
  }

  async function learn(key: string, audited: AuditedCall): Promise<void> {
    const kind = await recordedKind(audited).catch(() => null);
    known.set(key, kind);
    if (kind) tryToHand(audited, kind);
  }

  return {
    record(audited) {
      if (audited.principal.kind === 'internal') return;
      const key = `${audited.service} ${audited.call.operation}`;
      const kind = known.get(key);
      if (kind === null) return;
      if (kind) return tryToHand(audited, kind);
      const lesson: Promise<void> = learn(key, audited).finally(() => learning.delete(lesson));
      learning.add(lesson);
    },
    get isIdle() {
      return learning.size === 0;
    },
    async idle() {
      while (learning.size > 0) await Promise.all(learning);
    },
    resume() {},
    async stop() {
      await Promise.all(learning);
    },
  };
}

/** Null of calls on data, and of what is no operation of AWS's: services ask each other things that no client can. */
async function recordedKind({ service, call: { operation }, wire }: AuditedCall): Promise<Recorded | null> {
  const event = managementEvent(service, operation);
  if (!event) return null;
  const { schemas = {} } = (await wire?.()) ?? {};
  const shape = Object.hasOwn(schemas, `${operation}$`) ? operationShape(schemas[`${operation}$`]) : undefined;
  return shape ? { ...event, eventName: eventNameOf(service, operation, shape.http?.uri), shape } : null;
}
