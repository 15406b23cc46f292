/** One HTTP request of an AWS client: which service, who calls, what; then through `dispatch`, and back. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Registry } from '../../kernel/index.ts';
import type { Dispatch, Service } from '../../kernel/service.ts';
import { OWN_LOG, type Telemetry } from '../../kernel/telemetry.ts';
import {
  type Authorization,
  constraintTable,
  createServiceWire,
  encodeErrorFor,
  type HttpRequest,
  type HttpResponse,
  ProtocolError,
  parseAuthorization,
  type ServiceWire,
  serviceNames,
  type WireError,
} from '../../protocols/index.ts';

export interface CallDependencies {
  readonly registry: Registry;
  readonly dispatch: Dispatch;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

export interface AwsCalls {
  /** Never rejects, except when `signal` is aborted: nobody waits for the answer then. */
  answer(request: HttpRequest, environmentId: string | undefined, signal: AbortSignal): Promise<HttpResponse>;
}

/** What is known of a request before its service is. */
interface Opened {
  readonly name: string;
  readonly service: Service;
  readonly wire: ServiceWire;
}

export function createAwsCalls({ registry, dispatch, telemetry, clock }: CallDependencies): AwsCalls {
  const wires = new WeakMap<Service, Promise<ServiceWire>>();

  async function answer(
    request: HttpRequest,
    environmentId: string | undefined,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const requestId = randomUUID();
    let opened: Opened | undefined;
    try {
      // A half-signed request still says enough to be answered in its service's own protocol.
      const signed = attempt(() => parseAuthorization(request));
      opened = await open(serviceNames(request, signed.value));
      if (signed.error) throw signed.error;
      const exchange = await opened.wire.open(request);
      const input = await exchange.decode();
      const output = await dispatch({
        caller: callerOf(environmentId, signed.value),
        service: opened.name,
        operation: exchange.operation,
        input,
        requestId,
        traceHeader: request.headers['x-amzn-trace-id'],
        signal,
      });
      return exchange.encode(output, requestId);
    } catch (error) {
      if (signal.aborted) throw error;
      const told = tell(error);
      return opened ? opened.wire.encodeError(request, told, requestId) : encodeErrorFor(request, told, requestId);
    }
  }

  async function open(names: readonly string[]): Promise<Opened> {
    const definition = names.map((name) => registry.find(name)).find((found) => found !== undefined);
    if (!definition) throw notEmulated(names[0]);
    const service = registry.loaded(definition.name) ?? (await registry.service(definition.name));
    return { name: definition.name, service, wire: await wireOf(service, definition.name) };
  }

  function wireOf(service: Service, name: string): Promise<ServiceWire> {
    let wire = wires.get(service);
    if (!wire) {
      if (!service.wire) throw notEmulated(name);
      wire = Promise.all([service.wire(), constraintTable(name)]).then(([model, constraints]) =>
        createServiceWire({ ...model, constraints }),
      );
      wires.set(service, wire);
    }
    return wire;
  }

  function notEmulated(name: string | undefined): AwsError {
    const message = name
      ? `service ${name} is not emulated`
      : 'the request names no AWS service: it is not signed, has no X-Amz-Target and no AWS host name';
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
    return new AwsError('ServiceNotEmulated', message, { statusCode: 501 });
  }

  /** Whatever is neither AWS's refusal nor ours is a mistake in here: the caller learns that, the log learns what. */
  function tell(error: unknown): WireError {
    if (error instanceof AwsError || error instanceof ProtocolError) return error;
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = `the AWS endpoint failed; this is a mistake of sampan, please report it\n${stack}`;
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
    return new AwsError('InternalFailure', 'The request processing has failed because of an unknown error.', {
      statusCode: 500,
      cause: error,
    });
  }

  return { answer };
}

function callerOf(environmentId: string | undefined, authorization: Authorization | undefined): Caller {
  const { accessKeyId, sessionToken } = authorization ?? {};
  return environmentId === undefined
    ? { kind: 'client', accessKeyId, sessionToken }
    : { kind: 'environment', environmentId, accessKeyId, sessionToken };
}

function attempt<T>(work: () => T): { readonly value?: T; readonly error?: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
