/**
 * Request validation against required parameters and models, with API Gateway's sentences. Schemas compile on first use.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
 */
import type { ValidateFunction } from 'ajv';
import { findOrMake } from '../../kernel/find-or-make.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import type { Validation } from './definition.ts';
import type { GatewayError } from './gateway-responses.ts';
import { isObject } from './json.ts';
import { mediaType } from './request.ts';

export interface ValidatedRequest {
  readonly query: Readonly<Record<string, string>> | undefined;
  /** By lower-case name. */
  readonly headers: { get(name: string): string | undefined };
  readonly path: Readonly<Record<string, string>> | undefined;
  /** Undefined when there is none, or when it is not valid UTF-8. */
  readonly bodyText: string | undefined;
  readonly hasBody: boolean;
}

export interface Validator {
  /** What is wrong with the request, if anything is. */
  check(request: ValidatedRequest): GatewayError | undefined;
  /** Compiles the schema of each media type, step by step: else its first request does. */
  prepare(): Generator<void>;
}

/** The validator of one route; undefined when it has nothing to check. */
export function createValidator(validation: Validation, compile: SchemaCompiler): Validator | undefined {
  const types = Object.keys(validation.bodySchemas);
  const { requiredParameters, bodyRequired } = validation;
  if (requiredParameters.length === 0 && types.length === 0 && !bodyRequired) return undefined;
  const compiled = new Map<string, ValidateFunction>();

  function checkOf(type: string, schema: JsonObject): ValidateFunction {
    return findOrMake(compiled, type, () => compile(schema));
  }

  function check(request: ValidatedRequest): GatewayError | undefined {
    const missing = requiredParameters.filter((parameter) => !isPresent(request, parameter)).map(({ name }) => name);
    if (missing.length > 0) {
      return {
        type: 'BAD_REQUEST_PARAMETERS',
        message: `Missing required request parameters: [${missing.join(', ')}]`,
      };
    }
    const type = mediaType(request.headers.get('content-type') ?? 'application/json');
    const schema = validation.bodySchemas[type];
    if (!schema) return undefined;
    if (!request.hasBody) return bodyRequired ? invalidBody('body is required') : undefined;
    const body = parse(request.bodyText);
    if (body === undefined) return invalidBody('Can not parse JSON object');
    const fits = checkOf(type, schema);
    return fits(body.value) ? undefined : invalidBody(describe(fits));
  }

  return {
    check,
    *prepare() {
      for (const [type, schema] of Object.entries(validation.bodySchemas)) {
        checkOf(type, schema);
        yield;
      }
    },
  };
}

function isPresent(request: ValidatedRequest, parameter: Validation['requiredParameters'][number]): boolean {
  if (parameter.in === 'header') return request.headers.get(parameter.name.toLowerCase()) !== undefined;
  const source = parameter.in === 'querystring' ? request.query : request.path;
  return source !== undefined && Object.hasOwn(source, parameter.name);
}

function invalidBody(validationError: string): GatewayError {
  return { type: 'BAD_REQUEST_BODY', message: 'Invalid request body', validationError };
}

function parse(text: string | undefined): { value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function describe({ errors: found }: ValidateFunction): string {
  const errors = found ?? [];
  return `[${errors.map((error) => `${error.instancePath || '#'}: ${error.message}`).join(', ')}]`;
}

/** Compiles the schema of one route; may throw for a schema that is none. */
export type SchemaCompiler = (schema: JsonObject) => ValidateFunction;

/** Loads the validator only for an API that has models, so that start-up does not pay for it. */
export async function createSchemaCompiler(models: Readonly<Record<string, JsonObject>>): Promise<SchemaCompiler> {
  const { default: Ajv } = (await import('ajv')) as unknown as { default: typeof import('ajv').Ajv };
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  const definitions = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, modernise(model)]));
  return (schema) => ajv.compile({ ...(modernise(schema) as JsonObject), definitions });
}

/**
 * Draft 4, which API Gateway's models are, in the terms of later drafts; references of either OpenAPI version and of
 * other models point to the models beside.
 */
function modernise(value: Json): Json {
  if (Array.isArray(value)) return value.map(modernise);
  if (!isObject(value)) return value;
  const { exclusiveMinimum, exclusiveMaximum, id: _id, $schema: _schema, ...rest } = value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(rest)) result[key] = modernise(item);
  if (typeof value.$ref === 'string') result.$ref = value.$ref.replace(/^.*\/([^/]+)$/, '#/definitions/$1');
  if (exclusiveMinimum === true && 'minimum' in result) moveBound(result, 'minimum', 'exclusiveMinimum');
  else if (typeof exclusiveMinimum === 'number') result.exclusiveMinimum = exclusiveMinimum;
  if (exclusiveMaximum === true && 'maximum' in result) moveBound(result, 'maximum', 'exclusiveMaximum');
  else if (typeof exclusiveMaximum === 'number') result.exclusiveMaximum = exclusiveMaximum;
  return result;
}

function moveBound(schema: JsonObject, from: string, to: string): void {
  schema[to] = schema[from] ?? null;
  delete schema[from];
}
