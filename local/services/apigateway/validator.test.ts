import type { JsonObject } from '../../template/stack.ts';
import { createSchemaCompiler, createValidator, type SchemaCompiler } from './validator.ts';

const NAME: JsonObject = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };

async function countingCompiler() {
  const compiled: JsonObject[] = [];
  const compile = await createSchemaCompiler({});
  const counting: SchemaCompiler = (schema) => {
    compiled.push(schema);
    return compile(schema);
  };
  return { compiled, counting };
}

const request = (bodyText: string, type = 'application/json') => ({
  query: undefined,
  headers: new Map([['content-type', type]]),
  path: undefined,
  bodyText,
  hasBody: true,
});

const bodies = (bodySchemas: Readonly<Record<string, JsonObject>>) => ({
  requiredParameters: [],
  bodyRequired: false,
  bodySchemas,
});

test('a schema is compiled by its first request, or ahead, and never twice', async () => {
  const { compiled, counting } = await countingCompiler();
  const other = { type: 'array' };
  const validator = createValidator(bodies({ 'application/json': NAME, 'application/list': other }), counting)!;
  expect(validator.check(request('{"name":1}'))).toMatchObject({ validationError: '[/name: must be string]' });
  expect(compiled).toEqual([NAME]);
  const steps = [...validator.prepare()];
  expect(steps).toHaveLength(2);
  expect(compiled).toEqual([NAME, other]);
  expect(validator.check(request('{"name":"a"}'))).toBeUndefined();
  expect(validator.check(request('{}', 'application/list'))).toMatchObject({ type: 'BAD_REQUEST_BODY' });
  expect(compiled).toHaveLength(2);
});

test('a schema that is none is still one when a request comes', async () => {
  const { counting } = await countingCompiler();
  const validator = createValidator(bodies({ 'application/json': { type: 'nonsense' } }), counting)!;
  expect(() => [...validator.prepare()]).toThrow(/schema is invalid/);
  expect(() => validator.check(request('{}'))).toThrow(/schema is invalid/);
});
