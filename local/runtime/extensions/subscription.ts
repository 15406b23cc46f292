/**
 * A subscription to telemetry: what may be asked for, within Lambda's bounds.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-reference-subscribe-put
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
 */
import { ExtensionApiError } from './extension-error.ts';

/** The Logs API is older; its events look different. */
export type SubscriptionApi = 'telemetry' | 'logs';
export type TelemetryType = 'platform' | 'function' | 'extension';

export type Destination =
  | { readonly protocol: 'HTTP'; readonly port: number; readonly path: string; readonly method: 'POST' | 'PUT' }
  | { readonly protocol: 'TCP'; readonly port: number };

export interface Buffering {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

export interface Subscription {
  readonly api: SubscriptionApi;
  readonly schemaVersion: string;
  readonly types: readonly TelemetryType[];
  readonly destination: Destination;
  readonly buffering: Buffering;
}

/** Lowest, highest, default: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering */
const BOUNDS: Readonly<Record<keyof Buffering, readonly [number, number, number]>> = {
  maxItems: [1000, 10_000, 10_000],
  maxBytes: [262_144, 1_048_576, 262_144],
  timeoutMs: [25, 30_000, 1000],
};

const SCHEMA_VERSIONS: Readonly<Record<SubscriptionApi, readonly string[]>> = {
  telemetry: ['2022-07-01', '2022-12-13', '2025-01-29'],
  logs: ['2020-08-15', '2021-03-18'],
};

const TYPES: readonly string[] = ['platform', 'function', 'extension'] satisfies TelemetryType[];
/** Names of an environment for itself. */
const HOSTS = ['sandbox.localdomain', 'sandbox'];

/** Throws ExtensionApiError `ValidationError` with everything that is wrong. */
export function parseSubscription(api: SubscriptionApi, request: unknown): Subscription {
  const problems: string[] = [];
  if (!isObject(request)) throw validationError(['the request should be an object']);
  const versions = SCHEMA_VERSIONS[api];
  const { schemaVersion = versions[0], types, destination, buffering = {} } = request;
  if (!versions.includes(schemaVersion as string)) problems.push(`schemaVersion should be one of ${list(versions)}`);
  const to = readDestination(destination, problems);
  if (!Array.isArray(types) || types.length === 0) problems.push('types should not be empty');
  else if (!types.every((type) => TYPES.includes(type))) problems.push(`types should be among ${list(TYPES)}`);
  const bounds = readBuffering(buffering, problems);
  if (problems.length > 0 || to === undefined) throw validationError(problems);
  return {
    api,
    schemaVersion: schemaVersion as string,
    types: [...new Set(types as TelemetryType[])],
    destination: to,
    buffering: bounds,
  };
}

function readDestination(destination: unknown, problems: string[]): Destination | undefined {
  if (!isObject(destination)) {
    problems.push('destination is not provided');
    return undefined;
  }
  const { protocol, URI, port, method = 'POST' } = destination;
  if (protocol === 'TCP') {
    if (isPort(port)) return { protocol, port };
    problems.push('port should be between 1 and 65535');
    return undefined;
  }
  if (protocol !== 'HTTP') {
    problems.push('protocol should be HTTP or TCP');
    return undefined;
  }
  if (method !== 'POST' && method !== 'PUT') problems.push('method should be POST or PUT');
  const url = typeof URI === 'string' && URL.canParse(URI) ? new URL(URI) : undefined;
  if (url?.protocol !== 'http:') {
    problems.push('URI should be a valid http URI');
    return undefined;
  }
  if (!HOSTS.includes(url.hostname)) problems.push(`URI host should be ${HOSTS.join(' or ')}`);
  // A URL forgets the port that is its scheme's own.
  const number = url.port === '' && /^http:\/\/[^/?#]*:80(?:[/?#]|$)/.test(URI as string) ? 80 : Number(url.port);
  if (number === 0) problems.push('URI port is not provided');
  return {
    protocol,
    port: number,
    path: `${url.pathname}${url.search}`,
    method: method as 'POST' | 'PUT',
  };
}

function readBuffering(buffering: unknown, problems: string[]): Buffering {
  const given = isObject(buffering) ? buffering : {};
  if (!isObject(buffering)) problems.push('buffering should be an object');
  const read = (name: keyof Buffering): number => {
    const [lowest, highest, fallback] = BOUNDS[name];
    const value = given[name] ?? fallback;
    if (!Number.isInteger(value) || (value as number) < lowest || (value as number) > highest) {
      problems.push(`${name} should be between ${lowest} and ${highest}`);
    }
    return value as number;
  };
  return { maxItems: read('maxItems'), maxBytes: read('maxBytes'), timeoutMs: read('timeoutMs') };
}

function validationError(problems: readonly string[]): ExtensionApiError {
  return new ExtensionApiError('ValidationError', problems.join('; '), 400);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function list(values: readonly string[]): string {
  return values.join(', ');
}
