/** How S3's operations travel: restXml, with addresses, operations, bodies and errors of its own. */
import type { HttpRequest, HttpResponse } from '../http-message.ts';
import { inWordsOf } from '../identity-errors.ts';
import type { Structure } from '../protocol.ts';
import { missingMembers } from '../required.ts';
import { rest } from '../rest.ts';
import type { Exchange, ServiceModel, ServiceWire } from '../service-wire.ts';
import { type OperationShape, operationShape } from '../shape.ts';
import { ProtocolError, type WireError } from '../wire-error.ts';
import { addressOf, type S3Address } from './addressing.ts';
import { hostId, s3Body } from './body.ts';
import { checkDigests } from './digests.ts';
import { HEADERS, REQUEST, type S3RequestFacts, STATUS } from './request-facts.ts';
import { operationOf, PREFLIGHT } from './routes.ts';

export function createS3Wire(model: ServiceModel): ServiceWire {
  const protocol = rest(s3Body, (_operation, request) => {
    const { bucket = '', key } = addressOf(request);
    const labels: Record<string, string> = { Bucket: bucket };
    if (key !== undefined) labels['Key'] = key;
    return labels;
  });
  const shapes = new Map<string, OperationShape | undefined>();
  const shapeOf = (name: string): OperationShape | undefined => {
    if (!shapes.has(name)) shapes.set(name, operationShape(model.schemas[`${name}$`]));
    return shapes.get(name);
  };

  function crossOriginHeaders(request: HttpRequest): Readonly<Record<string, string>> {
    const { origin } = request.headers;
    if (origin === undefined || !model.crossOrigin) return {};
    try {
      const { bucket } = addressOf(request);
      return (bucket !== undefined && model.crossOrigin(bucket, { origin, method: request.method })) || {};
    } catch {
      return {};
    }
  }

  const answered = (request: HttpRequest, response: HttpResponse, requestId: string): HttpResponse => ({
    ...response,
    headers: {
      ...response.headers,
      ...crossOriginHeaders(request),
      'x-amz-id-2': hostId(requestId),
      server: 'AmazonS3',
    },
  });

  return {
    async open(request) {
      const address = addressOf(request);
      const name = operationOf(request, address);
      if (name === PREFLIGHT) return preflight(request, address);
      const shape = name === undefined ? undefined : shapeOf(name);
      if (!shape) throw notAllowed(request.method);
      return {
        operation: shape.name,
        async decode() {
          const facts = factsOfRequest(request);
          const readable = withReadableDates(asStored(request));
          const input = await protocol.decode(shape, readable).catch((error) => refuse(error, request));
          const missing = missingMembers(shape.input, input).filter((path) => path !== 'bucket' && path !== 'key');
          if (missing.length > 0) throw malformed(missing);
          await checkBody(shape, readable);
          return { ...input, [REQUEST]: facts };
        },
        encode(output, requestId) {
          const given = (output ?? {}) as Structure & { [STATUS]?: number; [HEADERS]?: Record<string, string> };
          const response = protocol.encode(shape, given, requestId);
          const statusCode = given[STATUS] ?? response.statusCode;
          return answered(
            request,
            { ...response, statusCode, headers: { ...response.headers, ...given[HEADERS] } },
            requestId,
          );
        },
      };
    },
    encodeError(request, thrown, requestId) {
      const error = inWordsOf({ protocol: 'rest-xml', service: 's3' }, thrown);
      const encoded = protocol.encodeError(error, {
        requestId,
        shape: undefined,
        type: error.code,
        queryCompatible: false,
      });
      const { 'x-amzn-errortype': _, ...headers } = encoded.headers;
      const bodiless = error.statusCode === 304 || request.method === 'HEAD';
      const { 'content-type': contentType, ...others } = headers;
      const body = error.statusCode === 304 ? undefined : encoded.body;
      return answered(
        request,
        { ...encoded, headers: bodiless ? others : { ...others, 'content-type': contentType! }, body },
        requestId,
      );
    },
  };
}

function preflight(request: HttpRequest, { bucket = '' }: S3Address): Exchange {
  const {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': headers,
  } = request.headers;
  return {
    operation: PREFLIGHT,
    decode: async () => ({ Bucket: bucket, Origin: origin, Method: method, Headers: headers }),
    encode: (output, requestId) => ({
      statusCode: 200,
      headers: {
        'x-amz-request-id': requestId,
        'x-amz-id-2': hostId(requestId),
        server: 'AmazonS3',
        ...(output as { headers: Record<string, string> }).headers,
      },
      body: undefined,
    }),
  };
}

/** Of documents in the body: of streams whoever stores them finds out. */
async function checkBody(shape: OperationShape, request: HttpRequest): Promise<void> {
  const payload = shape.input.members.find(({ traits }) => traits.httpPayload);
  if (!payload || (payload.shape.kind === 'blob' && payload.shape.streaming)) return;
  checkDigests(await request.body.bytes(), request.headers);
}

/** An object is what was sent, and how it is compressed is a header of it. */
function asStored(request: HttpRequest): HttpRequest {
  return { ...request, body: { ...request.body, stream: () => request.body.stream('stored') } };
}

const DATES = ['expires', 'if-modified-since', 'if-unmodified-since', 'x-amz-copy-source-if-modified-since'] as const;

/** What is no date is ignored, as HTTP has it. */
function withReadableDates(request: HttpRequest): HttpRequest {
  const broken = DATES.filter(
    (name) => request.headers[name] !== undefined && Number.isNaN(Date.parse(request.headers[name]!)),
  );
  if (broken.length === 0) return request;
  const headers = { ...request.headers };
  for (const name of broken) delete headers[name];
  return { ...request, headers };
}

function factsOfRequest(request: HttpRequest): S3RequestFacts {
  const { headers, query, body } = request;
  const inQuery = query.some(([name]) => name === 'X-Amz-Signature');
  const date = inQuery ? query.find(([name]) => name === 'X-Amz-Date')?.[1] : headers['x-amz-date'];
  const signedAt =
    date === undefined
      ? Number.NaN
      : Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const authType = inQuery ? 'REST-QUERY-STRING' : headers['authorization'] !== undefined ? 'REST-HEADER' : undefined;
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length'];
  return {
    ...(authType && { authType }),
    ...(!Number.isNaN(signedAt) && { signedAt }),
    ...(headers['x-amz-content-sha256'] !== undefined && { contentSha256: headers['x-amz-content-sha256'] }),
    ...(length !== undefined && /^\d{1,15}$/.test(length) && { contentLength: Number(length) }),
    headers,
    trailers: () => body.trailers?.() ?? [],
  };
}

/** Numbers and times that are none: S3 says which argument. */
function refuse(error: unknown, request: HttpRequest): never {
  const { code, message } = error as Partial<WireError>;
  if (error instanceof RangeError)
    throw new ProtocolError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  if (!(error instanceof ProtocolError) || code !== 'SerializationException') throw error;
  const maxKeys = request.query.find(([name, value]) => /^max-/.test(name) && !/^\d+$/.test(value));
  throw maxKeys
    ? new S3ArgumentError(`Provided ${maxKeys[0]} not an integer or within integer range`, maxKeys[0], maxKeys[1])
    : new S3ArgumentError(message ?? 'Invalid Argument');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
class S3ArgumentError extends ProtocolError {
  override readonly members: Readonly<Record<string, string>>;
  constructor(message: string, name?: string, value?: string) {
    super('InvalidArgument', message);
    this.members = name === undefined ? {} : { ArgumentName: name, ArgumentValue: value ?? '' };
  }
}

function malformed(missing: readonly string[]): ProtocolError {
  const inQuery = missing.length > 0 && ['uploadId', 'partNumber'].includes(missing[0]!);
  return inQuery
    ? new ProtocolError('InvalidArgument', `This operation does not accept a request without ${missing[0]}.`)
    : new ProtocolError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
}

function notAllowed(method: string): ProtocolError {
  return new MethodNotAllowed(
    'MethodNotAllowed',
    `The specified method is not allowed against this resource.`,
    405,
    method,
  );
}

class MethodNotAllowed extends ProtocolError {
  override readonly members: Readonly<Record<string, string>>;
  constructor(code: string, message: string, status: number, method: string) {
    super(code, message, status);
    this.members = { Method: method };
  }
}
