/** One HTTP request of an AWS client: which service, who calls, what; then through `dispatch`, and back. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Identities, IdentityError } from '../../kernel/identity.ts';
import type { Registry } from '../../kernel/index.ts';
import type { Dispatch, Service, ServiceDefinition } from '../../kernel/service.ts';
import { OWN_LOG, type Telemetry } from '../../kernel/telemetry.ts';
import {
  type Authorization,
  bucketOfHost,
  constraintTable,
  createServiceWire,
  type Exchange,
  encodeErrorFor,
  type HttpRequest,
  type HttpResponse,
  mediaTypeOf,
  ProtocolError,
  parseAuthorization,
  refuseVersion2,
  type ServiceWire,
  type SignedRequest,
  serviceNames,
  type WireError,
} from '../../protocols/index.ts';
import { type Authenticate, createAuthenticator } from './authenticate.ts';
import { openPost } from './post-object.ts';
import type { IncomingBody } from './request-body.ts';
import { mayBeUnsigned } from './unsigned-operations.ts';

export interface CallDependencies {
  readonly registry: Registry;
  readonly dispatch: Dispatch;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly identities: Identities;
  readonly region: string;
  /** ms since 1970, by the clocks that requests are dated by; default: this machine's. */
  readonly now?: () => number;
}

export interface IncomingRequest extends HttpRequest {
  readonly body: IncomingBody;
  /** Repeated headers as lists: what was signed. */
  readonly headerLists: SignedRequest['headers'];
  /** Operations that the listener it came in by takes from its user without a signature. */
  readonly unsigned?: ReadonlySet<string>;
}

export interface AwsCalls {
  /** Never rejects, except when `signal` is aborted: nobody waits for the answer then. */
  answer(request: IncomingRequest, environmentId: string | undefined, signal: AbortSignal): Promise<HttpResponse>;
  /** Loads what the first call of that service would load. Does nothing where there is no such service. */
  prepare(service: string): Promise<void>;
}

/** What is known of a request before its service is. */
interface Opened {
  readonly name: string;
  /** The one that the credential scope has to have. */
  readonly signingName: string;
  readonly service: Service;
  readonly wire: ServiceWire;
}

/**
 * A browser asks first, at the URL as its page has it: a presigned one is signed for what comes after, and is not looked at
 * yet. https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
function isPreflight({ method }: IncomingRequest, service: string): boolean {
  return service === 's3' && method === 'OPTIONS';
}

export function createAwsCalls(dependencies: CallDependencies): AwsCalls {
  const { registry, dispatch, telemetry, clock } = dependencies;
  const authenticate: Authenticate = createAuthenticator(dependencies);
  const wires = new WeakMap<Service, ServiceWire | Promise<ServiceWire>>();

  async function answer(
    request: IncomingRequest,
    environmentId: string | undefined,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const requestId = randomUUID();
    let opened: Opened | undefined;
    try {
      // A half-signed request still says enough to be answered in its service's own protocol.
      const signed = attempt(() => parseAuthorization(request));
      const opening = open(request, signed.value);
      opened = 'then' in opening ? await opening : opening;
      if (signed.error) throw signed.error;
      if (opened.name === 's3' && isPost(request)) return await post(request, environmentId, requestId, signal);
      const { caller, exchange } =
        signed.value && !isPreflight(request, opened.name)
          ? await enter(request, signed.value, opened, environmentId)
          : await enterUnsigned(request, opened, environmentId);
      const input = await exchange.decode();
      // Whatever of the body the operation does not read may still not be another than the one that was signed.
      await request.body.settled();
      const output = await dispatch({
        caller,
        service: opened.name,
        operation: exchange.operation,
        input,
        requestId,
        traceHeader: request.headers['x-amzn-trace-id'],
        host: request.headers['host'],
        signal,
      });
      return exchange.encode(output, requestId);
    } catch (error) {
      if (signal.aborted) throw error;
      const told = tell(error);
      if (told.identityFault !== undefined && environmentId !== undefined) tellOfRefusal(told, opened, environmentId);
      return opened ? opened.wire.encodeError(request, told, requestId) : encodeErrorFor(request, told, requestId);
    }
  }

  /** A form's signature is in the form. */
  async function post(
    request: IncomingRequest,
    environmentId: string | undefined,
    requestId: string,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const { identities, region, now = Date.now } = dependencies;
    const {
      caller,
      operation,
      input,
      answer: told,
    } = await openPost(request, environmentId, { identities, region, now });
    const traceHeader = request.headers['x-amzn-trace-id'];
    const output = await dispatch({ caller, service: 's3', operation, input, requestId, traceHeader, signal });
    return told(output, requestId);
  }

  async function enter(
    request: IncomingRequest,
    authorization: Authorization,
    { wire, signingName: service }: Opened,
    environmentId: string | undefined,
  ): Promise<{ caller: Caller; exchange: Exchange }> {
    const { method, path, query, headerLists: headers, body } = request;
    const message = { request: { method, path, query, headers }, authorization, service, environmentId };
    const { caller, payload } = await authenticate({ ...message, rawBody: body.raw });
    body.check(payload);
    return { caller, exchange: await wire.open(request) };
  }

  async function enterUnsigned(
    request: IncomingRequest,
    { name, wire }: Opened,
    environmentId: string | undefined,
  ): Promise<{ caller: Caller; exchange: Exchange }> {
    if (name === 's3') refuseVersion2(request);
    const exchange = await wire.open(request).catch(() => undefined);
    if (exchange && environmentId === undefined && request.unsigned?.has(exchange.operation)) {
      return { caller: { kind: 'client' }, exchange };
    }
    if (!exchange || !mayBeUnsigned(name, exchange.operation)) throw new IdentityError('missing');
    return { caller: { kind: 'anonymous', environmentId }, exchange };
  }

  /** By the credential scope, where that is enough: it is the surest of the names. */
  function definitionOf(request: HttpRequest, authorization: Authorization | undefined): ServiceDefinition {
    const scoped = authorization && registry.find(authorization.scope.service);
    if (scoped) return scoped;
    const names = serviceNames(request, authorization);
    const definition =
      names.map((name) => registry.find(name)).find((found) => found !== undefined) ??
      (names.length === 0 ? registry.find(servesUnnamed(request)) : undefined);
    if (!definition) throw names.length === 0 && isForm(request) ? new IdentityError('missing') : notEmulated(names[0]);
    return definition;
  }

  /** A promise only where something of the service has to be loaded first. */
  function open(request: HttpRequest, authorization: Authorization | undefined): Opened | Promise<Opened> {
    const { name } = definitionOf(request, authorization);
    const scoped = authorization?.scope.service ?? name;
    const signingName = registry.find(scoped)?.name === name ? scoped : name;
    const service = registry.loaded(name);
    const wire = service && wireOf(service, name);
    if (wire && !('then' in wire)) return { name, signingName, service, wire };
    return load(name).then((loaded) => ({ name, signingName, ...loaded }));
  }

  async function load(name: string): Promise<Pick<Opened, 'service' | 'wire'>> {
    const service = await registry.service(name);
    return { service, wire: await wireOf(service, name) };
  }

  function wireOf(service: Service, name: string): ServiceWire | Promise<ServiceWire> {
    const known = wires.get(service);
    if (known) return known;
    if (!service.wire) throw notEmulated(name);
    const loading = Promise.all([service.wire(), constraintTable(name)]).then(([model, constraints]) => {
      const wire = createServiceWire({ ...model, service: name, constraints });
      wires.set(service, wire);
      return wire;
    });
    wires.set(service, loading);
    return loading;
  }

  function notEmulated(name: string | undefined): AwsError {
    const message = name
      ? `service ${name} is not emulated`
      : 'the request names no AWS service: it is not signed, has no X-Amz-Target and no AWS host name';
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
    return new AwsError('ServiceNotEmulated', message, { statusCode: 501 });
  }

  /** A function may swallow what it is told. */
  function tellOfRefusal({ code, message }: WireError, opened: Opened | undefined, environmentId: string): void {
    const service = opened?.name ?? 'AWS';
    const text = `a request of environment ${environmentId} to ${service} was refused: ${code}: ${message}`;
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: text }]);
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

  return {
    answer,
    async prepare(name) {
      const definition = registry.find(name);
      if (definition === undefined) return;
      const service = await registry.service(definition.name);
      if (service.wire) await wireOf(service, definition.name);
    },
  };
}

/** A bucket's objects may be asked for by anybody, who then names no service. */
function servesUnnamed(request: HttpRequest): string {
  const { method, path, headers } = request;
  if (bucketOfHost(headers['host'] ?? '') !== undefined) return 's3';
  if (method === 'POST') return mediaTypeOf(request) === 'multipart/form-data' ? 's3' : '';
  return path !== '/' ? 's3' : '';
}

const isPost = (request: HttpRequest): boolean =>
  request.method === 'POST' && mediaTypeOf(request) === 'multipart/form-data';

/** Of the query protocol, whose service only the signature or the host name tells. */
function isForm(request: HttpRequest): boolean {
  return mediaTypeOf(request) === 'application/x-www-form-urlencoded';
}

function attempt<T>(work: () => T): { readonly value?: T; readonly error?: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
