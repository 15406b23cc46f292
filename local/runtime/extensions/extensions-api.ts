/**
 * HTTP of the Extensions API (2020-01-01), the Telemetry API (2022-07-01) and the older Logs API (2020-08-15): paths,
 * headers, bodies. What they do is the host's.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-reg
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Extension } from './extension.ts';
import { ExtensionApiError } from './extension-error.ts';
import type { SubscriptionApi } from './subscription.ts';

export interface ExtensionHost {
  /** What a registration is told of the function. */
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
  /** Each throws ExtensionApiError. */
  register(name: string, events: readonly string[]): Extension;
  find(identifier: string): Extension | undefined;
  next(extension: Extension, deliver: (event: string) => void): void;
  initError(extension: Extension, errorType: string): void;
  exitError(extension: Extension, errorType: string): void;
  subscribe(extension: Extension, api: SubscriptionApi, request: unknown): void;
}

type Handler = (host: ExtensionHost, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const ROUTES: Readonly<Record<string, Handler>> = {
  'POST /2020-01-01/extension/register': register,
  'GET /2020-01-01/extension/event/next': next,
  'POST /2020-01-01/extension/init/error': (host, request, response) => {
    host.initError(callerOf(host, request), errorTypeOf(request));
    accept(response);
  },
  'POST /2020-01-01/extension/exit/error': (host, request, response) => {
    host.exitError(callerOf(host, request), errorTypeOf(request));
    accept(response);
  },
  'PUT /2022-07-01/telemetry': (host, request, response) => subscribe('telemetry', host, request, response),
  'PUT /2020-08-15/logs': (host, request, response) => subscribe('logs', host, request, response),
};

const OURS = /^\/(?:2020-01-01|2022-07-01|2020-08-15)\//;

/** False when the request is none of these APIs'. */
export function serveExtensionsApi(host: ExtensionHost, request: IncomingMessage, response: ServerResponse): boolean {
  const path = (request.url ?? '').split('?', 1)[0] as string;
  if (!OURS.test(path)) return false;
  void answer(host, path.replace(/\/$/, ''), request, response);
  return true;
}

async function answer(host: ExtensionHost, path: string, request: IncomingMessage, response: ServerResponse) {
  try {
    const handler = ROUTES[`${request.method} ${path}`];
    if (handler === undefined) {
      const known = Object.keys(ROUTES).some((route) => route.endsWith(` ${path}`));
      response.writeHead(known ? 405 : 404).end(known ? '' : '404 page not found\n');
      return;
    }
    await handler(host, request, response);
  } catch (error) {
    if (!(error instanceof ExtensionApiError)) {
      // The connection broke, and nobody reads an answer.
      response.destroy();
      return;
    }
    send(response, error.status, { errorMessage: error.message, errorType: error.errorType });
  }
}

async function register(host: ExtensionHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = header(request, 'lambda-extension-name');
  if (!name) throw new ExtensionApiError('Extension.InvalidExtensionName', 'Empty extension name');
  const extension = host.register(name, eventsOf(await buffer(request)));
  const { functionName, functionVersion, handler, accountId } = host;
  const features = header(request, 'lambda-extension-accept-feature')
    ?.split(',')
    .map((feature) => feature.trim());
  response.setHeader('lambda-extension-identifier', extension.identifier);
  send(response, 200, {
    ...(features?.includes('accountId') && { accountId }),
    functionName,
    functionVersion,
    handler,
  });
}

function eventsOf(body: Buffer): string[] {
  const invalid = (message: string) => new ExtensionApiError('InvalidRequestFormat', message);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw invalid((error as Error).message);
  }
  const { events = [], configurationKeys = [] } = (parsed ?? {}) as { events?: unknown; configurationKeys?: unknown };
  if (!isStrings(events)) throw invalid('events must be a list of strings');
  if (!Array.isArray(configurationKeys) || configurationKeys.length > 0) {
    throw invalid('configurationKeys are deprecated; use environment variables instead');
  }
  return events;
}

function next(host: ExtensionHost, request: IncomingMessage, response: ServerResponse): void {
  host.next(callerOf(host, request), (event) => {
    response.setHeader('lambda-extension-event-identifier', randomUUID());
    send(response, 200, event);
  });
}

async function subscribe(
  api: SubscriptionApi,
  host: ExtensionHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const extension = callerOf(host, request);
  const body = await buffer(request);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ExtensionApiError('ValidationError', `failed to parse JSON: ${(error as Error).message}`, 400);
  }
  host.subscribe(extension, api, parsed);
  send(response, 200, '"OK"');
}

const IDENTIFIER = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function callerOf(host: ExtensionHost, request: IncomingMessage): Extension {
  const identifier = header(request, 'lambda-extension-identifier');
  if (!identifier) {
    const message = 'Missing Lambda-Extension-Identifier header';
    throw new ExtensionApiError('Extension.MissingExtensionIdentifier', message);
  }
  if (!IDENTIFIER.test(identifier)) {
    throw new ExtensionApiError('Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier');
  }
  const extension = host.find(identifier.toLowerCase());
  if (extension) return extension;
  throw new ExtensionApiError('Extension.UnknownExtensionIdentifier', `Unknown extension ${identifier}`);
}

function errorTypeOf(request: IncomingMessage): string {
  const name = 'Lambda-Extension-Function-Error-Type';
  const errorType = header(request, name.toLowerCase());
  if (!errorType) throw new ExtensionApiError('Extension.MissingHeader', `${name} not found`);
  return errorType;
}

function header({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function accept(response: ServerResponse): void {
  send(response, 202, { status: 'OK' });
}

/** Text is JSON already. */
function send(response: ServerResponse, status: number, body: object | string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
