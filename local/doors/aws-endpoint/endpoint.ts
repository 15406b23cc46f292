/** The one port behind which every AWS service is found. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import type { CertificateAuthority } from '../../kernel/certificates.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import { type HttpResponse, isPourable } from '../../protocols/index.ts';
import type { Json } from '../../template/stack.ts';
import { close, listen } from '../listen.ts';
import { acceptBothKinds, type Entrance } from './both-kinds.ts';
import { type AwsCalls, type CallDependencies, createAwsCalls, type IncomingRequest } from './calls.ts';
import { refusalOfPage } from './foreign-pages.ts';
import { createHttp2Entrance } from './http2.ts';
import { createPlainEntrance, type PlainMessage } from './plain-entrance.ts';
import { bodyAtHand, requestBody } from './request-body.ts';
import { createTlsTerminator } from './tls.ts';

/** Something else that is served on the same port, tried before the AWS services. */
export interface EndpointRoute {
  /** Upper case; any method when absent. */
  readonly method?: string;
  /** The path must be this, or begin with it when it ends in `/` or `-`, or match it. */
  readonly path: string | RegExp;
  /** What the `Host` header must begin with, or whether it is one of the route's; any when absent. */
  readonly host?: string | ((host: string) => boolean);
  /** Open to web pages of anywhere, as on AWS: its own rules say whose requests are answered. */
  readonly isPublic?: boolean;
  /** @param environmentId of the execution environment that the connection comes from, if it comes from one */
  handle(request: IncomingMessage, response: ServerResponse, environmentId?: string): void | Promise<void>;
}

export interface AwsEndpointOptions extends CallDependencies {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 4566; 0 takes a free one. */
  readonly port?: number;
  /** What `GET /_sampan/health` answers. */
  readonly health: () => Json;
  readonly routes?: readonly EndpointRoute[];
  /** For `https://….amazonaws.com` and the like, at the port and out of execution environments; without it no TLS. */
  readonly certificates?: Pick<CertificateAuthority, 'issue'>;
  /** A further address to listen at, on the same port, e.g. that of Docker's bridge. */
  readonly alsoListenAt?: string;
  /** Of requests that are not streamed; default 70 MiB, more than any AWS operation takes whole. */
  readonly maximumBodyBytes?: number;
}

/** Where the egress of execution environments hands over connections to AWS host names. */
export interface AwsDoor {
  /** The environment is known by this socket alone, whatever key its requests are signed with. */
  accept(socket: Duplex, environmentId: string, options: { readonly tls: boolean }): void;
}

export interface AwsEndpoint extends AwsDoor {
  readonly port: number;
  /** e.g. `http://127.0.0.1:4566` */
  readonly url: string;
  /**
   * Answers a request that came in through another listener.
   * @param unsigned operations that this listener takes from its user without a signature
   */
  handle(request: IncomingMessage, response: ServerResponse, unsigned?: ReadonlySet<string>): void;
  /** Loads what the first call of that service would load, by the prefix of its actions. */
  prepare(service: string): Promise<void>;
  /** Ends the listener and every connection, busy or idle. */
  stop(): Promise<void>;
}

const DEFAULT_BODY_BYTES = 70 * 1024 * 1024;

// Idle connections of SDKs live long; a client that dribbles its headers does not.
const LIMITS = {
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 64 * 1024,
};

/** Rejects with PortInUse. */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const { host = '127.0.0.1', alsoListenAt, certificates } = options;
  const environments = new WeakMap<object, string>();
  const calls = createAwsCalls(options);
  const { listener, plainAnswer } = createListener(options, calls, environments);
  const terminate = certificates && createTlsTerminator(certificates);
  const http2 = createHttp2Entrance(listener);
  const plain = createPlainEntrance({ keepAliveMs: LIMITS.keepAliveTimeout, answer: plainAnswer, send });
  const servers: Server[] = [];
  const entrances: Entrance[] = [];
  const open = async (address: string, at: number): Promise<number> => {
    const server = createServer(LIMITS, (request, response) => listener(request, response));
    // Who asks first whether to send a body is told so when somebody is about to read it, and else spares himself that.
    server.on('checkContinue', (request, response) => listener(request, response));
    entrances.push(acceptBothKinds(server, terminate, http2, plain));
    const taken = await listen(server, { host: address, port: at, flag: '--aws-port' });
    servers.push(server);
    return taken;
  };
  const stop = async () => {
    for (const entrance of entrances) entrance.stop();
    http2.stop();
    plain.stop();
    await Promise.all(servers.map(close));
  };
  const port = await open(host, options.port ?? 4566);
  if (alsoListenAt !== undefined) {
    await open(alsoListenAt, port).catch(async (error) => {
      await stop();
      throw error;
    });
  }
  const [entrance] = entrances;
  const handed = new Set<Duplex>();

  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    handle: listener,
    prepare: calls.prepare,
    accept(socket, environmentId, { tls }) {
      if (tls && !terminate) throw new Error('no certificates were given to the AWS endpoint');
      const plain = tls && terminate ? terminate(socket) : socket;
      environments.set(plain, environmentId);
      handed.add(socket);
      socket.once('close', () => handed.delete(socket));
      entrance?.enter(plain);
    },
    async stop() {
      for (const socket of handed) socket.destroy();
      await stop();
    },
  };
}

/** Of the local cloud itself: health, logs, ids. */
const OWN_PATHS = '/_sampan/';
const HEALTH = `${OWN_PATHS}health`;

function createListener(options: AwsEndpointOptions, calls: AwsCalls, environments: WeakMap<object, string>) {
  // A host name of its own is a place of its own, with all its paths.
  const own = (options.routes ?? []).filter(({ host }) => typeof host === 'function');
  const routes = [...own, healthRoute(options.health), ...(options.routes ?? [])].map((route) => ({
    route,
    leads: compileRoute(route),
  }));

  /** What a request is for: a route, a refusal, or an AWS service. */
  function leadOf(message: Pick<IncomingMessage, 'method' | 'headers'>, path: string, environmentId?: string) {
    // Whoever runs the cloud reads all logs; a function has its role's permissions, and no other way to them.
    const hidden = environmentId !== undefined && path.startsWith(OWN_PATHS) && path !== HEALTH;
    const route = hidden ? undefined : routes.find(({ leads }) => leads(message, path))?.route;
    const refusal = environmentId === undefined && !route?.isPublic ? refusalOfPage(message.headers) : undefined;
    return { route, refusal };
  }

  async function serve(
    message: IncomingMessage,
    response: ServerResponse,
    unsigned?: ReadonlySet<string>,
  ): Promise<void> {
    const [path] = targetOf(message);
    const environmentId = environments.get(message.socket);
    const { route, refusal } = leadOf(message, path, environmentId);
    if (refusal !== undefined) return refusePage(options, message, response, refusal);
    const onRead = (): void => {
      if (message.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    };
    if (route) {
      onRead();
      return route.handle(message, response, environmentId);
    }
    if (path.startsWith(OWN_PATHS)) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const request = toRequest(message, options.maximumBodyBytes ?? DEFAULT_BODY_BYTES, onRead);
    const answer = await calls.answer(unsigned ? { ...request, unsigned } : request, environmentId, gone.signal);
    // Of a response that was closed before there is an answer, nobody hears that again.
    if (gone.signal.aborted && answer.body instanceof Readable) answer.body.destroy();
    else send(message, response, answer);
  }

  const listener = (message: IncomingMessage, response: ServerResponse, unsigned?: ReadonlySet<string>): void => {
    serve(message, response, unsigned).catch((error: unknown) => {
      if (!response.destroyed) tellOfMistake(error);
      response.destroy();
    });
  };

  /** Undefined for whatever is not simply for an AWS service. */
  function plainAnswer(message: PlainMessage, socket: Socket, gone: AbortSignal): Promise<HttpResponse> | undefined {
    const { method, headers, body } = message;
    const [path, query] = targetOf(message);
    const environmentId = environments.get(socket);
    const { route, refusal } = leadOf(message, path, environmentId);
    if (route !== undefined || refusal !== undefined || path.startsWith(OWN_PATHS)) return undefined;
    const request: IncomingRequest = {
      method,
      path,
      query: query === '' ? NO_QUERY : [...new URLSearchParams(query)],
      headers,
      headerLists: headers,
      body: bodyAtHand(headers, body, options.maximumBodyBytes ?? DEFAULT_BODY_BYTES),
    };
    return calls.answer(request, environmentId, gone).catch((error: unknown) => {
      if (!gone.aborted) tellOfMistake(error);
      throw error;
    });
  }

  return { listener, plainAnswer };

  function tellOfMistake(error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `the AWS endpoint gave no answer; this is a mistake of sampan, please report it\n${stack}`;
    options.telemetry.log(OWN_LOG, [{ timestamp: options.clock.now(), message: text }]);
  }
}

function refusePage(
  { telemetry, clock }: AwsEndpointOptions,
  { method, complete }: IncomingMessage,
  response: ServerResponse,
  refusal: string,
): void {
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: refusal }]);
  if (!complete) response.setHeader('connection', 'close');
  const body = JSON.stringify({ __type: 'AccessDeniedException', message: refusal });
  response.writeHead(403, { 'content-type': 'application/json' }).end(method === 'HEAD' ? undefined : body);
}

const healthRoute = (health: () => Json): EndpointRoute => ({
  path: HEALTH,
  handle: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(health()));
  },
});

type Leads = (message: Pick<IncomingMessage, 'method' | 'headers'>, path: string) => boolean;

/** What comes first is what most requests fail at: every one of them asks all routes. */
function compileRoute({ method, host, path: wanted }: EndpointRoute): Leads {
  const isPath = compilePath(wanted);
  return (message, path) => {
    if (!isPath(path)) return false;
    if (method !== undefined && method !== message.method) return false;
    if (typeof host === 'function') return host(message.headers.host ?? '');
    return host === undefined || message.headers.host?.startsWith(host) === true;
  };
}

function compilePath(wanted: string | RegExp): (path: string) => boolean {
  if (typeof wanted !== 'string') return (path) => wanted.test(path);
  return /[/-]$/.test(wanted) ? (path) => path.startsWith(wanted) : (path) => path === wanted;
}

function toRequest(message: IncomingMessage, maximumBytes: number, onRead: () => void): IncomingRequest {
  const [path, query] = targetOf(message);
  return {
    method: message.method ?? 'GET',
    path,
    query: query === '' ? NO_QUERY : [...new URLSearchParams(query)],
    headers: message.headers as Readonly<Record<string, string | undefined>>,
    headerLists: message.headersDistinct,
    body: requestBody(message, maximumBytes, onRead),
  };
}

const NO_QUERY: IncomingRequest['query'] = [];

/** Path and query; a request to a proxy has the whole URL in its first line. https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 */
function targetOf({ url = '/' }: Pick<IncomingMessage, 'url'>): [path: string, query: string] {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  return mark < 0 ? [target || '/', ''] : [target.slice(0, mark) || '/', target.slice(mark + 1)];
}

/** Resolves when the bytes are with the system, and their memory can be used again. */
function written(bytes: Uint8Array, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Behind its length Node takes no name of a file in a content-disposition that is not ASCII, though headers are ISO-8859-1. */
function lengthLast(headers: HttpResponse['headers']): HttpResponse['headers'] {
  const { 'content-length': length, ...others } = headers;
  if (length === undefined || headers['content-disposition'] === undefined) return headers;
  return { ...others, 'content-length': length };
}

function send({ complete }: { readonly complete: boolean }, response: ServerResponse, answer: HttpResponse): void {
  const { statusCode, body } = answer;
  const headers = lengthLast(answer.headers);
  // What was not read of the request would be taken for the next one on this connection.
  if (!complete) response.setHeader('connection', 'close');
  if (body instanceof Readable) {
    response.writeHead(statusCode, headers);
    // The client learns that it is answered before the first event is there, and takes none after it went away.
    response.flushHeaders();
    response.once('close', () => body.destroy());
    body.on('error', () => response.destroy());
    if (!isPourable(body)) return void body.pipe(response);
    body
      .pour((bytes) => written(bytes, response))
      .then(
        () => response.end(),
        () => {
          body.destroy();
          response.destroy();
        },
      );
    return;
  }
  const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const withLength =
    statusCode === 204 ? headers : { ...headers, 'content-length': headers['content-length'] ?? String(length) };
  response.writeHead(statusCode, withLength).end(body);
}
