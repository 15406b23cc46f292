import { randomUUID } from 'node:crypto';
import type { Permission } from '../policy/iam/verdict.ts';
import type { Reachability } from '../policy/network/verdict.ts';
import { ProtocolError } from '../protocols/wire-error.ts';
import type { Audit, AuditedCall } from './audit.ts';
import { AwsError } from './aws-error.ts';
import { arnOf, type Caller, type Origin } from './caller.ts';
import type { Clock } from './clock.ts';
import { accessDenied, type Doors, type MayDoor, type ReachDoor, Refusal, unreachable } from './doors.ts';
import type { Identities } from './identity.ts';
import type { Registry } from './registry.ts';
import type { Call, CallContext, Dispatch, Operation, Requirement, Service } from './service.ts';
import { OWN_LOG, type Telemetry } from './telemetry.ts';

export interface DispatchOptions {
  readonly registry: Registry;
  readonly identities: Identities;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Who makes records of calls; absent: nobody. */
  readonly audit?: Audit;
  /** Read when a call comes: whoever builds them may need the dispatch first. */
  readonly doors?: Doors;
  /** Answers unreachable targets at once, instead of hanging as AWS's network does. */
  readonly failFastNetwork?: boolean;
}

/** A call on its way through the doors. */
interface Passage {
  readonly call: Call;
  readonly requestId: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** Undefined: it could not be loaded. */
  readonly service: Service | undefined;
  /** Once it is known who calls what; not of what never got here. */
  context: CallContext | undefined;
}

type Entered = Passage & { readonly service: Service };

/** An unreachable call without a signal gives up with its function: no Lambda time-out is longer. */
const LONGEST_HANG_MS = 900_000;

/** What was said of environments long gone may be said again. */
const MOST_UNREACHED = 10_000;

const OPEN: Reachability = { kind: 'yes' };

const ignore = (): void => {};

/**
 * Builds the one way in. When the service is loaded and the doors answer at once, a call passes them without
 * awaiting anything: what is asynchronous is only what the operation itself does.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { registry, identities, telemetry, clock, audit, doors = {} } = options;
  const unreached = new Set<string>();

  function dispatch(call: Call): Promise<unknown> {
    const startedAt = performance.now();
    const requestId = call.requestId ?? randomUUID();
    const service = registry.loaded(call.service);
    if (service) return enter({ call, requestId, startedAt, service, context: undefined });
    return registry.service(call.service).then(
      (loaded) => enter({ call, requestId, startedAt, service: loaded, context: undefined }),
      (error) => fail({ call, requestId, startedAt, service, context: undefined }, error),
    );
  }

  function enter(passage: Entered): Promise<unknown> {
    const { call, requestId } = passage;
    let operation: Operation;
    let context: CallContext;
    /** With the way it came, once that is known. */
    let demanded: CallContext;
    const onward = (reached: Reachability): CallContext => {
      demanded = along(context, reached);
      passage.context = demanded;
      return demanded;
    };
    let requirements: readonly Requirement[];
    let verdict: ReturnType<ReachDoor> = OPEN;
    try {
      const { principal, origin } = identities.identify(call.caller);
      operation = operationOf(passage.service, call);
      const demand: CallContext['demand'] = (more) =>
        doors.may && principal.kind !== 'internal' ? askFrom(0, doors.may, passage, demanded, more) : undefined;
      const { traceHeader, host, signal } = call;
      context = { principal, origin, requestId, traceHeader, host, signal, demand };
      demanded = context;
      passage.context = context;
      requirements = operation.requires(call.input as never, context);
      if (doors.reach) verdict = doors.reach(origin, call.service, call.operation, call.input, requirements);
    } catch (error) {
      return fail(passage, error);
    }
    if (!isPromise(verdict) && verdict.kind !== 'no') return ask(passage, operation, onward(verdict), requirements);
    return untilReached(verdict, call, context.origin).then(
      (reached) => ask(passage, operation, onward(reached), requirements),
      (error) => {
        passage.context = undefined;
        return fail(passage, error);
      },
    );
  }

  function ask(
    passage: Entered,
    operation: Operation,
    context: CallContext,
    requirements: readonly Requirement[],
  ): Promise<unknown> {
    if (!doors.may || context.principal.kind === 'internal') return perform(passage, operation, context);
    try {
      const asked = askFrom(0, doors.may, passage, context, requirements);
      if (!asked) return perform(passage, operation, context);
      return asked.then(
        () => perform(passage, operation, context),
        (error) => fail(passage, error),
      );
    } catch (error) {
      return fail(passage, error);
    }
  }

  /** Throws at the first denial; gives a promise from the first requirement on that has to wait for its answer. */
  function askFrom(
    first: number,
    may: MayDoor,
    passage: Entered,
    context: CallContext,
    requirements: readonly Requirement[],
  ): Promise<void> | undefined {
    const { service, operation } = passage.call;
    for (let index = first; index < requirements.length; index += 1) {
      const requirement = requirements[index]!;
      const permission = may(context.principal, requirement, { ...context, service, operation });
      if (isPromise(permission)) {
        return permission.then((answered) => {
          refuse(answered, requirement, passage, context);
          return askFrom(index + 1, may, passage, context, requirements);
        });
      }
      refuse(permission, requirement, passage, context);
    }
    return undefined;
  }

  function refuse(
    permission: Permission,
    requirement: Requirement,
    { service }: { readonly service: Service },
    { principal, origin }: CallContext,
  ): void {
    if (permission.kind === 'allowed') return;
    const error = accessDenied(principal, requirement, permission, service.wordDenial);
    // An administrator outside reads the error himself; a function may swallow it, a service tells nobody, and whoever
    // comes with a URL that a function has signed does not know its role.
    if (origin.kind !== 'outside' || principal.kind === 'role-session') report(`${arnOf(principal)}: ${error.reason}`);
    throw error;
  }

  function perform(passage: Passage, operation: Operation, context: CallContext): Promise<unknown> {
    let output: unknown;
    try {
      output = operation.handle(passage.call.input as never, context);
    } catch (error) {
      return fail(passage, error);
    }
    if (!isPromise(output)) {
      record(passage);
      if (audit?.auditor) tell(passage, audit.auditor, { output });
      return Promise.resolve(output);
    }
    return output.then(
      (value) => {
        record(passage);
        if (audit?.auditor) tell(passage, audit.auditor, { output: value });
        return value;
      },
      (error) => fail(passage, error),
    );
  }

  /** Resolves when the way is open; an environment's call over a closed one hangs, as a packet nobody answers. */
  async function untilReached(pending: ReturnType<ReachDoor>, call: Call, origin: Origin): Promise<Reachability> {
    const verdict = await pending;
    if (verdict.kind !== 'no') return verdict;
    const error = unreachable(call.service, verdict.reason, verdict.remedy);
    if (origin.kind === 'environment') {
      reportOnce(origin.environmentId, call.service, error.reason);
      if (!options.failFastNetwork) await clock.sleep(LONGEST_HANG_MS, call.signal).catch(ignore);
    }
    throw error;
  }

  function record({ call, requestId, startedAt }: Passage, error?: string, reason?: string): void {
    telemetry.call({
      timestamp: clock.now(),
      durationMs: performance.now() - startedAt,
      caller: nameOf(call.caller),
      service: call.service,
      operation: call.operation,
      requestId,
      error,
      reason,
    });
  }

  function tell(
    { call, context, service }: Passage,
    auditor: NonNullable<Audit['auditor']>,
    ended: Pick<AuditedCall, 'output' | 'error'>,
  ): void {
    if (!context || !service) return;
    const { principal, origin, requestId } = context;
    const name = registry.find(call.service)?.name ?? call.service;
    auditor({
      call,
      service: name,
      wire: service.wire,
      principal,
      origin,
      requestId,
      timestamp: clock.now(),
      ...ended,
    });
  }

  /** Records what went wrong, in full, and rejects with what the caller is to be told. */
  function fail(passage: Passage, error: unknown): Promise<never> {
    const { call } = passage;
    // A streamed body is checked while the service reads it.
    if (error instanceof AwsError || error instanceof ProtocolError) {
      const { code, message } = error;
      record(passage, code, error instanceof Refusal ? error.reason : message);
      if (audit?.auditor) tell(passage, audit.auditor, { error: { code, message } });
      return Promise.reject(error);
    }
    if (call.signal?.aborted) {
      record(passage, 'RequestAborted', 'the caller went away');
      return Promise.reject(error);
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    record(passage, 'InternalFailure', stack);
    report(`${call.service}:${call.operation} failed; this is a mistake of sampan, please report it\n${stack}`);
    const told = 'The request processing has failed because of an unknown error, exception or failure.';
    if (audit?.auditor) tell(passage, audit.auditor, { error: { code: 'InternalFailure', message: told } });
    return Promise.reject(new AwsError('InternalFailure', told, { statusCode: 500, cause: error }));
  }

  /** A program tries again what it cannot reach: that is nothing new. */
  function reportOnce(environmentId: string, service: string, reason: string): void {
    const key = `${environmentId} ${service} ${reason}`;
    if (unreached.has(key)) return;
    if (unreached.size >= MOST_UNREACHED) unreached.clear();
    unreached.add(key);
    report(reason);
  }

  function report(message: string): void {
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return dispatch;
}

function operationOf(service: Service, call: Call): Operation {
  if (Object.hasOwn(service.operations, call.operation)) return service.operations[call.operation]!;
  // What AWS has no such operation of never comes this far over HTTP: the wire has refused it.
  throw new AwsError(
    'OperationNotEmulated',
    `The operation ${call.operation} of ${call.service} is not emulated here.`,
    {
      statusCode: 501,
    },
  );
}

function along(context: CallContext, verdict: Reachability): CallContext {
  return verdict.kind === 'yes' && verdict !== OPEN ? { ...context, path: verdict } : context;
}

function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'client':
      return 'outside';
    case 'environment':
      return caller.environmentId;
    case 'anonymous':
      return caller.environmentId ?? 'outside';
    case 'service':
    case 'internal':
      return caller.service;
    case 'role':
      return `${caller.service} as ${caller.roleArn}`;
  }
}

/** Not `instanceof`: handlers may give back promises of Node's own, which a test's realm would not recognise. */
function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
