/** Which pages of other origins may use a bucket. https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html */

import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation, WireModel } from '../../../kernel/service.ts';
import { PREFLIGHT } from '../../../protocols/index.ts';
import { invalidRequest, malformedXml, notConfigured } from '../errors.ts';
import type { CorsRule } from '../records.ts';
import type { InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';
import { bucketOperation } from './settings.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);
const MOST_RULES = 100;

interface PreflightInput extends InBucket {
  readonly Origin?: string;
  readonly Method?: string;
  readonly Headers?: string;
}

export function corsOperations(room: Room): Record<string, Operation> {
  const operation = bucketOperation(room);
  const { repository } = room;
  return {
    PutBucketCors: operation<InBucket & { CORSConfiguration: { CORSRules?: readonly Partial<CorsRule>[] } }>(
      'PutBucketCORS',
      (bucket, { CORSConfiguration: { CORSRules = [] } }) =>
        void repository.put({ ...bucket, cors: CORSRules.length > 0 ? checkRules(CORSRules) : fail() }),
    ),
    GetBucketCors: operation('GetBucketCORS', ({ name, cors }) => {
      if (!cors) throw notConfigured('NoSuchCORSConfiguration', 'The CORS configuration does not exist', name);
      return { CORSRules: cors };
    }),
    DeleteBucketCors: operation('PutBucketCORS', ({ cors: _, ...bucket }) => void repository.put(bucket)),
    [PREFLIGHT]: {
      // A browser asks, and has nothing to show.
      requires: () => [],
      handle: (input: PreflightInput) => ({ headers: preflight(repository.get(input.Bucket).cors, input) }),
    } as Operation,
  };
}

function fail(): never {
  throw malformedXml();
}

/** Throws InvalidRequest, MalformedXML. */
export function checkRules(rules: readonly Partial<CorsRule>[]): readonly CorsRule[] {
  if (rules.length > MOST_RULES)
    throw invalidRequest(`The number of CORS rules should not exceed allowed limit of ${MOST_RULES} rules.`);
  return rules.map((rule) => {
    const { AllowedMethods = [], AllowedOrigins = [], AllowedHeaders = [] } = rule;
    if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml();
    const strange = AllowedMethods.find((method) => !METHODS.has(method));
    if (strange !== undefined) {
      throw invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${strange}`);
    }
    const wild = AllowedOrigins.find((origin) => origin.split('*').length > 2);
    if (wild !== undefined) throw invalidRequest(`AllowedOrigin "${wild}" can not have more than one wildcard.`);
    const header = AllowedHeaders.find((name) => name.split('*').length > 2);
    if (header !== undefined) throw invalidRequest(`AllowedHeader "${header}" can not have more than one wildcard.`);
    return { ...rule, AllowedMethods, AllowedOrigins };
  });
}

/** What goes with the answer to a page. */
export function crossOrigin(room: Pick<Room, 'repository'>): WireModel['crossOrigin'] {
  return (bucket, { origin, method }) => {
    const rule = ruleFor(room.repository.find(bucket)?.cors, origin, method, []);
    return rule && headersOf(rule, origin, []);
  };
}

/** Throws what S3 answers to a browser that asks in vain. */
function preflight(rules: readonly CorsRule[] | undefined, { Origin, Method, Headers = '' }: PreflightInput) {
  if (Origin === undefined || Method === undefined) {
    const missing = Origin === undefined ? 'Origin' : 'Access-Control-Request-Method';
    throw new AwsError('BadRequest', `Insufficient information. ${missing} request header needed.`);
  }
  const asked = Headers.split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const forbidden = (message: string) =>
    new AwsError('AccessForbidden', message, { statusCode: 403, members: { Method, ResourceType: 'OBJECT' } });
  if (!rules) throw forbidden('CORSResponse: CORS is not enabled for this bucket.');
  const rule = ruleFor(rules, Origin, Method, asked);
  if (rule) return headersOf(rule, Origin, asked, true);
  throw forbidden(
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
  );
}

/** The first one that has the origin, the method and all headers. */
function ruleFor(
  rules: readonly CorsRule[] | undefined,
  origin: string,
  method: string,
  headers: readonly string[],
): CorsRule | undefined {
  return rules?.find(
    ({ AllowedOrigins, AllowedMethods, AllowedHeaders = [] }) =>
      AllowedMethods.includes(method) &&
      AllowedOrigins.some((pattern) => fits(pattern, origin)) &&
      headers.every((name) => AllowedHeaders.some((pattern) => fits(pattern.toLowerCase(), name))),
  );
}

/** With one wildcard at most. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

function headersOf(
  { AllowedOrigins, AllowedMethods, ExposeHeaders = [], MaxAgeSeconds }: CorsRule,
  origin: string,
  asked: readonly string[],
  isPreflight = false,
): Record<string, string> {
  const everybody = AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': everybody ? '*' : origin,
    'access-control-allow-methods': AllowedMethods.join(', '),
    ...(asked.length > 0 && { 'access-control-allow-headers': asked.join(', ') }),
    ...(ExposeHeaders.length > 0 && { 'access-control-expose-headers': ExposeHeaders.join(', ') }),
    ...(isPreflight && MaxAgeSeconds !== undefined && { 'access-control-max-age': String(MaxAgeSeconds) }),
    ...(!everybody && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
