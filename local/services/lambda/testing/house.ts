/** A kernel with this service in it, real environments below, and functions made from the text of their module. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel, type KernelOptions } from '../../../kernel/kernel.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { createLauncher } from '../../../runtime/launcher.ts';
import { assembleRuntime } from '../../../runtime/testing/launch.ts';
import { plainSandbox } from '../../../runtime/testing/plain-sandbox.ts';
import { ARTIFACT_BUCKET, type Artifact } from '../../../template/artifact.ts';
import type { JsonObject } from '../../../template/stack.ts';
import type { EnvironmentLauncher } from '../contract.ts';
import type { InvokeInput, InvokeOutput } from '../invocation/invoke.ts';
import { createDeliveries } from '../roles/deliveries.ts';
import { type LambdaOptions, lambdaService } from '../service.ts';

export interface House {
  readonly kernel: Kernel;
  /** Makes an artifact of `source` and gives its key. */
  artifact(source: string | Readonly<Record<string, string>>, name?: string): Promise<string>;
  failedArtifact(message: string): string;
  /** Properties of a function whose code is `source`. */
  properties(source: string, more?: JsonObject): Promise<JsonObject>;
  createFunction(name: string, source: string, more?: JsonObject): Promise<ResourceResult>;
  create(type: string, properties: JsonObject, logicalId?: string): Promise<ResourceResult>;
  update(type: string, properties: JsonObject, existing: ExistingResource): Promise<ResourceResult>;
  remove(type: string, existing: ExistingResource): Promise<void>;
  unsupported(type: string, properties: JsonObject): Promise<readonly { message: string }[]>;
  invoke(input: Partial<InvokeInput> & { event?: unknown }): Promise<InvokeOutput & { readonly value: unknown }>;
  call(operation: string, input: unknown): Promise<unknown>;
  messages(logGroup: string): string[];
  stop(): Promise<void>;
}

export const CLIENT = { kind: 'client' } as const;

export async function startHouse(
  options: Partial<LambdaOptions> & { kernel?: Partial<KernelOptions>; launcher?: EnvironmentLauncher } = {},
): Promise<House> {
  const home = await mkdtemp(join(tmpdir(), 'sampan-lambda-'));
  const artifacts = new Map<string, Artifact>();
  const kernel = createKernel({
    stateDirectory: 'memory',
    accountId: '123456789012',
    region: 'us-east-1',
    ...options.kernel,
  });
  const deliveries = createDeliveries(kernel);
  const launcher =
    options.launcher ??
    createLauncher({
      sandbox: plainSandbox(await assembleRuntime(join(home, 'runtime'))),
      clock: kernel.clock,
      telemetry: kernel.telemetry,
      identities: kernel.identities,
      deliver: deliveries.log,
      region: 'us-east-1',
      endpointUrl: 'http://127.0.0.1:4566',
      xrayDaemonAddress: '127.0.0.1:2000',
    });
  const catalogue = {
    find: (bucket: string, key: string) => (bucket === ARTIFACT_BUCKET ? artifacts.get(key) : undefined),
  };
  kernel.registry.add(lambdaService({ launcher, catalogue, deliveries, ...options }));
  let count = 0;

  async function provider(type: string): Promise<Provider> {
    return (await kernel.registry.service('lambda')).providers[type] as Provider;
  }

  const house: House = {
    kernel,
    async artifact(source, name = 'Code') {
      count += 1;
      const directory = join(home, `artifact-${count}`);
      const files = typeof source === 'string' ? { 'index.js': source } : source;
      for (const [file, text] of Object.entries(files)) {
        await mkdir(join(directory, file, '..'), { recursive: true });
        await writeFile(join(directory, file), text);
      }
      const digest = count.toString(16).padStart(64, '0');
      artifacts.set(`${name}/${digest}`, { kind: 'built', logicalId: name, directory, digest });
      return `${name}/${digest}`;
    },
    failedArtifact(message) {
      count += 1;
      const digest = count.toString(16).padStart(64, '0');
      artifacts.set(`Code/${digest}`, { kind: 'failed', logicalId: 'Code', digest, message });
      return `Code/${digest}`;
    },
    async properties(source, more = {}) {
      return {
        Code: { S3Bucket: ARTIFACT_BUCKET, S3Key: await house.artifact(source) },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::123456789012:role/hello-role',
        MemorySize: 256,
        ...more,
      };
    },
    async createFunction(name, source, more = {}) {
      return house.create('AWS::Lambda::Function', await house.properties(source, { FunctionName: name, ...more }));
    },
    create: async (type, properties, logicalId) => (await provider(type)).create(request(type, properties, logicalId)),
    update: async (type, properties, existing) =>
      (await provider(type)).update(request(type, properties, existing.logicalId), existing),
    remove: async (type, existing) => (await provider(type)).delete(existing),
    unsupported: async (type, properties) => (await provider(type)).unsupported?.(request(type, properties)) ?? [],
    async invoke({ event, ...input }) {
      const output = (await house.call('Invoke', {
        Payload: event === undefined ? '{}' : JSON.stringify(event),
        ...input,
      })) as InvokeOutput;
      const payload = output.Payload;
      const text = typeof payload === 'string' ? payload : payload && Buffer.from(payload).toString('utf8');
      return { ...output, value: text && JSON.parse(text) };
    },
    call: (operation, input) => kernel.dispatch({ caller: CLIENT, service: 'lambda', operation, input }),
    messages: (group) =>
      (kernel.telemetry.logs.streams(group) ?? [])
        .flatMap(({ name }) => kernel.telemetry.logs.events({ group, stream: name })?.events ?? [])
        .map(({ message }) => message),
    async stop() {
      await kernel.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
  return house;
}

export function existing(
  type: string,
  result: ResourceResult,
  properties: JsonObject,
  logicalId = 'Thing',
): ExistingResource {
  return { logicalId, type, physicalId: result.physicalId, properties, attributes: result.attributes ?? {} };
}

let requests = 0;

function request(type: string, properties: JsonObject, logicalId = 'Thing'): ResourceRequest {
  requests += 1;
  return {
    logicalId,
    type,
    properties,
    stackName: 'test',
    stackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/test/1',
    generatedName: `test-${logicalId}-${requests}`,
    replacementName: `test-${logicalId}-${requests}R`,
    at: { file: 'template.yaml', line: 1, column: 1 },
    positionOf: (path) => ({ file: 'template.yaml', line: 10 + path.length, column: 3 }),
  };
}
