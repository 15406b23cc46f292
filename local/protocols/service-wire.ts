/** How one service's operations travel: finds the operation a request names, reads its input, writes what came of it. */
import { crc32 } from 'node:zlib';
import { cborRpc } from './cbor-rpc.ts';
import type { ConstraintTable } from './constraints/table.ts';
import { createValidator } from './constraints/validator.ts';
import { type HttpRequest, type HttpResponse, mediaTypeOf } from './http-message.ts';
import { findRoute, type HttpRoute, httpRoutes, labelsOf } from './http-routes.ts';
import { inWordsOf } from './identity-errors.ts';
import { jsonRpc } from './json-rpc.ts';
import type { Protocol, ProtocolName, Structure } from './protocol.ts';
import { ec2QueryRpc, formParameters, queryRpc } from './query-rpc.ts';
import { missingMembers, missingMessage } from './required.ts';
import { rest } from './rest.ts';
import { restJsonBody } from './rest-json.ts';
import { restXmlBody } from './rest-xml.ts';
import { createS3Wire } from './s3/wire.ts';
import { errorShape, type OperationShape, operationShape, type StructureShape } from './shape.ts';
import { ProtocolError, serializationError, type WireError } from './wire-error.ts';

/** The kernel's WireModel is one. */
export interface ServiceModel {
  /** What the service speaks when the request does not say. */
  readonly protocol: string;
  /** Everything the SDK client exports: the operations' and errors' schemas are among it. */
  readonly schemas: Readonly<Record<string, unknown>>;
  readonly xmlNamespace?: string;
  /** e.g. `s3`: some errors have another name in one service alone. */
  readonly service?: string;
  /** Where a service calls an input without a required member something else than its protocol does. */
  readonly validationErrorCode?: string;
  /** Other names that the JSON and CBOR protocols have for errors, by the code the query protocol has for them. */
  readonly errorTypes?: Readonly<Record<string, string>>;
  /** What is spoken by those who send a form, or ask with `Action` in the query. */
  readonly formProtocol?: 'query';
  /** What is said of members that are missing, where it is not the usual sentence. */
  readonly wordMissing?: (paths: readonly string[]) => string;
  /** Members of the input that the path of a request already says. */
  readonly inputOfPath?: (path: string) => Readonly<Record<string, unknown>> | undefined;
  /** What inputs must satisfy, besides having what is required. */
  readonly constraints?: ConstraintTable;
  /** A checksum of every answer's body that clients of this service compare: `x-amz-crc32`. */
  readonly bodyChecksum?: 'crc32';
  /** Of S3: what a bucket's CORS rules add to the answer to a page of another origin. */
  readonly crossOrigin?: (
    bucket: string,
    asked: { readonly origin: string; readonly method: string },
  ) => Readonly<Record<string, string>> | undefined;
}

/** One request on its way through. */
export interface Exchange {
  /** As AWS names it, e.g. `GetSecretValue`. */
  readonly operation: string;
  /** The typed input. Rejects with a ProtocolError when the request does not fit the model. */
  decode(): Promise<Structure>;
  encode(output: unknown, requestId: string): HttpResponse;
}

export interface ServiceWire {
  /** Rejects with ProtocolError when the request names no operation of this service. */
  open(request: HttpRequest): Promise<Exchange>;
  /** Works for every request, also for those `open` refused. */
  encodeError(request: HttpRequest, error: WireError, requestId: string): HttpResponse;
}

const NO_OUTPUT: Structure = {};

/** Compiles lazily: an operation's shapes when it is first called. */
export function createServiceWire(model: ServiceModel): ServiceWire {
  if (model.protocol === 's3') return createS3Wire(model);
  const operations = new Map<string, OperationShape | undefined>();
  const protocols = new Map<ProtocolName, Protocol>();
  const validator = model.constraints && createValidator(model.constraints);
  let routes: readonly HttpRoute[] | undefined;

  const operationNamed = (name: string): OperationShape | undefined => {
    if (!operations.has(name)) operations.set(name, operationShape(schemaNamed(name)));
    return operations.get(name);
  };
  const schemaNamed = (name: string): unknown =>
    Object.hasOwn(model.schemas, `${name}$`) ? model.schemas[`${name}$`] : undefined;
  const allRoutes = (): readonly HttpRoute[] => {
    routes ??= httpRoutes(Object.values(model.schemas).flatMap((schema) => operationShape(schema) ?? []));
    return routes;
  };
  const routeOf = (operation: OperationShape): HttpRoute =>
    allRoutes().find((route) => route.operation.name === operation.name)!;

  function protocolFor(request: HttpRequest): Protocol {
    const name =
      protocolOf(request) ?? (isForm(request) ? model.formProtocol : undefined) ?? (model.protocol as ProtocolName);
    let protocol = protocols.get(name);
    if (!protocol) {
      protocol = createProtocol(name, model, routeOf);
      protocols.set(name, protocol);
    }
    return protocol;
  }

  /** A promise only where the body says it. */
  function nameOf(request: HttpRequest, protocol: Protocol): string | Promise<string> {
    switch (protocol.name) {
      case 'json-1.0':
      case 'json-1.1':
        return (request.headers['x-amz-target'] ?? '').split('.').at(-1)!;
      case 'rpc-v2-cbor':
      case 'rpc-v2-json':
        return /\/operation\/([^/?]+)$/.exec(request.path)?.[1] ?? '';
      case 'query':
      case 'ec2-query':
        return formParameters(request).then((form) => form.find(([name]) => name === 'Action')?.[1] ?? '');
      case 'rest-json':
      case 'rest-xml':
        return findRoute(allRoutes(), request.method, request.path, request.query)?.operation.name ?? '';
    }
  }

  /** Of operations that AWS's model does not know the SDK's schemas still say what is required. */
  function problemsOf(operation: OperationShape, input: Structure): string | undefined {
    if (validator && Object.hasOwn(model.constraints!.operations, operation.name)) {
      return validator.problemsOf(operation.name, input);
    }
    const missing = missingMembers(operation.input, input);
    return missing.length === 0 ? undefined : (model.wordMissing ?? missingMessage)(missing);
  }

  return {
    async open(request) {
      const protocol = protocolFor(request);
      const named = nameOf(request, protocol);
      const name = typeof named === 'string' ? named : await named;
      const operation = operationNamed(name);
      if (!operation) throw unknownOperation(name, protocol.name);
      return {
        operation: operation.name,
        async decode() {
          const decoded = await protocol.decode(operation, request).catch(tooDeep);
          const input = model.inputOfPath ? { ...model.inputOfPath(request.path), ...decoded } : decoded;
          const problems = problemsOf(operation, input);
          if (problems === undefined) return input;
          throw new ProtocolError(model.validationErrorCode ?? protocol.validationErrorCode, problems);
        },
        encode: (output, requestId) =>
          checksummed(model, protocol.encode(operation, (output as Structure) ?? NO_OUTPUT, requestId)),
      };
    },
    encodeError(request, thrown, requestId) {
      const protocol = protocolFor(request);
      const queryCompatible = request.headers['x-amzn-query-mode'] === 'true';
      const error = inWordsOf({ protocol: protocol.name, service: model.service, queryCompatible }, thrown);
      const shape = error === thrown ? shapeOfError(model.schemas, error.code) : undefined;
      const type = model.errorTypes?.[error.code] ?? error.code;
      return checksummed(model, protocol.encodeError(error, { requestId, shape, type, queryCompatible }));
    },
  };
}

function isForm(request: HttpRequest): boolean {
  if (mediaTypeOf(request) === 'application/x-www-form-urlencoded') return true;
  return request.query.some(([name]) => name === 'Action');
}

function checksummed({ bodyChecksum }: ServiceModel, response: HttpResponse): HttpResponse {
  const { body } = response;
  if (bodyChecksum === undefined || (typeof body !== 'string' && !ArrayBuffer.isView(body))) return response;
  return { ...response, headers: { ...response.headers, 'x-amz-crc32': String(crc32(body)) } };
}

/** Only what nests thousands of levels deep uses the stack up; nothing of AWS does. */
function tooDeep(error: unknown): never {
  if (error instanceof RangeError) throw serializationError('The request is nested too deeply');
  throw error;
}

/** What a request itself says it speaks: one service may be spoken to in several, by clients of different age. */
export function protocolOf(request: HttpRequest): ProtocolName | undefined {
  const smithy = request.headers['smithy-protocol'];
  if (smithy === 'rpc-v2-cbor' || smithy === 'rpc-v2-json') return smithy;
  const type = mediaTypeOf(request);
  if (type === 'application/x-amz-json-1.0') return 'json-1.0';
  if (type === 'application/x-amz-json-1.1') return 'json-1.1';
  return undefined;
}

/** For requests whose service is not known: an answer its client can at least read. */
export function encodeErrorFor(request: HttpRequest, error: WireError, requestId: string): HttpResponse {
  const guess = mediaTypeOf(request) === 'application/x-www-form-urlencoded' ? 'query' : 'rest-json';
  return createServiceWire({ protocol: guess, schemas: {} }).encodeError(request, error, requestId);
}

function createProtocol(
  name: ProtocolName,
  model: ServiceModel,
  routeOf: (operation: OperationShape) => HttpRoute,
): Protocol {
  const labels = (operation: OperationShape, { path }: HttpRequest) => labelsOf(routeOf(operation), path);
  switch (name) {
    case 'json-1.0':
    case 'json-1.1':
    case 'rpc-v2-json':
      return jsonRpc(name);
    case 'rpc-v2-cbor':
      return cborRpc;
    case 'query':
      return queryRpc(model);
    case 'ec2-query':
      return ec2QueryRpc(model);
    case 'rest-json':
      return rest(restJsonBody, labels);
    case 'rest-xml':
      return rest(restXmlBody, labels);
    default:
      throw new Error(`there is no protocol "${name satisfies never}"`);
  }
}

/** By the error's name, or by the code the query protocols have for it. */
function shapeOfError(schemas: Readonly<Record<string, unknown>>, code: string): StructureShape | undefined {
  const named = Object.hasOwn(schemas, `${code}$`) ? errorShape(schemas[`${code}$`]) : undefined;
  if (named) return named;
  for (const schema of Object.values(schemas)) {
    const shape = errorShape(schema);
    if (shape?.traits.awsQueryError?.[0] === code) return shape;
  }
  return undefined;
}

function unknownOperation(name: string, protocol: ProtocolName): ProtocolError {
  switch (protocol) {
    case 'query':
    case 'ec2-query':
      return name === ''
        ? new ProtocolError('MissingAction', 'The request is missing an Action parameter')
        : new ProtocolError('InvalidAction', `The action ${name} is not valid for this web service.`);
    case 'rest-json':
    case 'rest-xml':
      return new ProtocolError('UnknownOperationException', 'No operation has this method and path', 404);
    default:
      return new ProtocolError('UnknownOperationException', `There is no operation "${name}"`);
  }
}
