import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { buildables, type JsonObject } from '../../local/template/index.ts';
import { document, load, ROOT } from './template.ts';

interface SampleEvent {
  readonly httpMethod?: string;
  readonly resource?: string;
}

const template = load();
const files = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);

/** `METHOD /path` of each route that the contract sends to a function. */
const contractRoutes = Object.entries(template.get('Api').properties['Body'] as JsonObject)
  .flatMap(([section, value]) => (section === 'paths' ? Object.entries(value as JsonObject) : []))
  .flatMap(([path, operations]) =>
    Object.entries(operations as Record<string, JsonObject>).flatMap(([method, operation]) => {
      const integration = operation['x-amazon-apigateway-integration'] as { type: string; uri?: string };
      const target = /functions\/(\w+)\.Arn\/(?:response-streaming-)?invocations$/.exec(integration.uri ?? '')?.[1];
      return integration.type === 'aws_proxy' ? [`${method.toUpperCase()} ${path} ${target}`] : [];
    }),
  );

/** The same of the events of the template's functions, which give API Gateway the permission to call them. */
const eventRoutes = Object.entries(document.tree['Resources'] as Record<string, JsonObject>).flatMap(
  ([logicalId, { Properties }]) => {
    const events = Object.values(((Properties as JsonObject)?.['Events'] ?? {}) as Record<string, JsonObject>);
    return events
      .filter(({ Type }) => Type === 'Api')
      .map((event) => event['Properties'] as { Method: string; Path: string })
      .map(({ Method, Path }) => `${Method.toUpperCase()} ${Path} ${logicalId}`);
  },
);

const samples = files('events').map(
  (file) => [file, JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as SampleEvent] as const,
);

it('every route of the contract has an event of the function it names, and the other way round', () => {
  expect(contractRoutes.length).toBeGreaterThan(0);
  expect([...contractRoutes].sort()).toEqual([...eventRoutes].sort());
});

it('every contract in api/ is included by the template', () => {
  const contracts = files('api').filter((file) => /\.(ya?ml|json)$/.test(file));
  expect(document.includedFiles.map((file) => relative(ROOT, file)).sort()).toEqual(contracts.sort());
});

it('every route has a sample event, and every other sample event a function of its name', () => {
  const routes = contractRoutes.map((route) => route.split(' ').slice(0, 2).join(' '));
  const sampled = samples.flatMap(([, event]) => (event.httpMethod ? [`${event.httpMethod} ${event.resource}`] : []));
  expect([...sampled].sort()).toEqual([...routes].sort());
  const others = samples.filter(([, { httpMethod }]) => httpMethod === undefined).map(([file]) => file);
  expect(others.filter((file) => !existsSync(join(ROOT, 'functions', basename(file, '.json'), 'handler.ts')))).toEqual(
    [],
  );
});

it('every function folder is deployed by the template, and the layer too', () => {
  const identity = { stackName: 'help-desk', region: 'us-east-1', accountId: '123456789012' };
  const built = buildables(document, { ...identity, parameterOverrides: {} }).map(({ codeDirectory }) =>
    relative(ROOT, codeDirectory).replace(/\/$/, ''),
  );
  const folders = [...files('functions'), ...files('layers')].filter(
    (path) => readdirSync(join(ROOT, path)).length > 0,
  );
  expect(built.sort()).toEqual(folders.sort());
  for (const folder of folders.filter((path) => path.startsWith('functions/'))) {
    expect(existsSync(join(ROOT, folder, 'handler.ts'))).toBe(true);
  }
});

it('every parameter, condition and mapping is used', () => {
  const { Parameters, Conditions, Mappings, Resources, Outputs, Globals } = document.tree as Record<string, JsonObject>;
  const text = JSON.stringify({ Resources, Outputs, Globals, Conditions });
  for (const name of Object.keys(Parameters!)) expect(text).toMatch(new RegExp(`"Ref":"${name}"|\\$\\{${name}\\}`));
  const used = JSON.stringify({ Resources, Outputs });
  for (const name of Object.keys(Conditions!)) expect(used).toMatch(new RegExp(`\\["${name}",|"Condition":"${name}"`));
  for (const name of Object.keys(Mappings!)) expect(used).toContain(`"Fn::FindInMap":["${name}"`);
});
