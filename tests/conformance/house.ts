/**
 * A real local cloud for tests of what users see: the rooms wired as `sampan start` wires them, a template built and
 * reconciled, and real clients at its doors. Nothing in between is replaced.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { cacheDirectory } from '../../local/cli/cache-directory.ts';
import { type Cloud, type CloudOptions, openCloud } from '../../local/cli/cloud.ts';
import { createDownloads } from '../../local/cli/downloads.ts';
import type { Project } from '../../local/cli/project.ts';
import { createWorkload, type Workload } from '../../local/cli/workload.ts';
import { openRestDoor, type RestDoor } from '../../local/doors/rest/server.ts';
import type { MetricMinute } from '../../local/kernel/index.ts';
import type { Transport } from '../../local/runtime/launcher.ts';
import { assembleRuntime } from '../../local/runtime/testing/launch.ts';
import type { Diagnostic } from '../../local/template/stack.ts';

export const ACCOUNT_ID = '123456789012';
export const REGION = 'us-east-1';

/** A template and the files beside it. */
export interface Contents {
  /** YAML or JSON text, or the object it would be. */
  readonly template: string | object;
  /** By path relative to the template. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export type HouseOptions = Contents &
  Partial<
    Pick<
      CloudOptions,
      | 'cacheDirectory'
      | 'clock'
      | 'cpuLimit'
      | 'deploymentSpeed'
      | 'downloads'
      | 'failFastNetwork'
      | 'initTimeoutMs'
      | 'lambda'
      | 'sandbox'
      | 'stateDirectory'
      | 'transport'
    >
  >;

export interface Invoked {
  readonly statusCode: number;
  readonly functionError: string | undefined;
  /** The payload as it came, and parsed. */
  readonly payload: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the function answered; the test says what it expects
  readonly value: any;
  /** The log's tail, when it was asked for with `LogType`. */
  readonly log: string;
  readonly executedVersion: string | undefined;
}

interface ClientConfiguration {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
}

export interface House {
  readonly cloud: Cloud;
  /** Of every AWS service, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  readonly lambda: LambdaClient;
  /** Any client of the SDK, pointed here: `house.client(SQSClient)`. Closed with the house. */
  client<C extends { destroy(): void }>(Client: new (configuration: ClientConfiguration) => C): C;
  /** Of the REST APIs, without a path; throws when the template has none. */
  readonly apiUrl: string;
  /** Invokes by the SDK; `event` becomes the payload. */
  invoke(functionName: string, event?: unknown, more?: Partial<InvokeCommandInput>): Promise<Invoked>;
  /** Calls an operation past the HTTP door, as the account's administrator. */
  call(service: string, operation: string, input: unknown): Promise<unknown>;
  /** Every message so far of a log group, or of the function of that name. */
  messages(logGroup: string): readonly string[];
  /** The same as one text, as soon as `pattern` is in it; rejects after ten seconds. */
  log(logGroup: string, pattern?: RegExp): Promise<string>;
  /** One series' minutes, e.g. `metric('AWS/Lambda', 'Errors', { FunctionName: 'hello' })`. */
  metric(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): readonly MetricMinute[];
  /** What `sampan start` would print of the template as it is now. */
  diagnostics(): readonly Diagnostic[];
  /** Physical id of a resource by its logical id. */
  physicalId(logicalId: string): string;
  /** Replaces the template and what is beside it, as an edit would. Rejects unless all of it could be made. */
  apply(contents: Contents): Promise<void>;
  /** Where the template lies. */
  readonly directory: string;
  close(): Promise<void>;
}

/** Opens a house and makes everything its template has. Rejects when something of it cannot be made. */
export async function openHouse({ template, files, ...options }: HouseOptions): Promise<House> {
  const home = await mkdtemp(join(tmpdir(), 'sampan-house-'));
  const directory = join(home, 'project');
  const cloud = await openCloud({
    accountId: ACCOUNT_ID,
    region: REGION,
    stateDirectory: 'memory',
    host: '127.0.0.1',
    awsPort: 0,
    nodePath: process.execPath,
    runtimeDirectory: await assembleRuntime(join(home, 'runtime'), true),
    cacheDirectory: cacheDirectory(),
    failFastNetwork: false,
    onProgress: () => {},
    downloads: createDownloads({
      nodePath: process.execPath,
      program: join(process.cwd(), 'local/bin/download.mjs'),
      onProgress: () => {},
    }),
    health: () => ({ status: 'ready' }),
    ...options,
  });
  const workload = createWorkload(
    {
      project: projectIn(directory),
      buildDirectory: join(cloud.workDirectory, 'build'),
      nodePath: process.execPath,
      runtimes: cloud.runtimes,
      esbuildBinary: () => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`),
    },
    cloud.reconciler,
    cloud.artifacts,
  );
  const clients: { destroy(): void }[] = [];
  let door: RestDoor | undefined;
  let diagnostics: readonly Diagnostic[] = [];

  function client<C extends { destroy(): void }>(Client: new (configuration: ClientConfiguration) => C): C {
    const made = new Client({
      endpoint: cloud.endpoint.url,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    clients.push(made);
    return made;
  }

  const { telemetry } = cloud.kernel;
  const logged = new Map<string, string[]>();
  telemetry.onLog(({ logGroup }, { message }) => {
    const known = logged.get(logGroup);
    if (known) known.push(message);
    else logged.set(logGroup, [message]);
  });
  const messages = (logGroup: string): readonly string[] => {
    const name = logGroup.startsWith('/') ? logGroup : `/aws/lambda/${logGroup}`;
    // Reading brings in what environments still collect.
    telemetry.logs.group(name);
    return logged.get(name) ?? [];
  };
  const lambda = client(LambdaClient);

  const house: House = {
    cloud,
    endpoint: cloud.endpoint.url,
    lambda,
    client,
    directory,
    get apiUrl() {
      if (!door) throw new Error('the template has no REST API');
      return `http://127.0.0.1:${door.port}`;
    },
    async invoke(functionName, event = {}, more = {}) {
      const output = await lambda.send(
        new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event), ...more }),
      );
      const payload = output.Payload?.transformToString() ?? '';
      return {
        statusCode: output.StatusCode ?? 0,
        functionError: output.FunctionError,
        payload,
        value: payload === '' ? undefined : JSON.parse(payload),
        log: Buffer.from(output.LogResult ?? '', 'base64').toString('utf8'),
        executedVersion: output.ExecutedVersion,
      };
    },
    call: (service, operation, input) =>
      cloud.kernel.dispatch({ caller: { kind: 'client' }, service, operation, input }),
    messages,
    async log(logGroup, pattern = /(?:)/) {
      await eventually(() => pattern.test(messages(logGroup).join('')));
      return messages(logGroup).join('');
    },
    metric: (namespace, name, dimensions) => telemetry.metrics.minutes({ namespace, name, dimensions }),
    diagnostics: () => diagnostics,
    physicalId(logicalId) {
      const physicalId = cloud.physicalIds()[logicalId];
      if (physicalId === undefined) throw new Error(`no resource ${logicalId}`);
      return physicalId;
    },
    async apply(contents) {
      await write(directory, contents);
      diagnostics = await make(workload);
      if (door === undefined && cloud.apis.stages().length > 0) {
        const fail = (error: unknown) => {
          throw error;
        };
        door = await openRestDoor({ host: '127.0.0.1', port: 0, handle: cloud.apis.handle, onBug: fail });
      }
    },
    async close() {
      for (const each of clients) each.destroy();
      await door?.close();
      workload.close();
      await cloud.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  try {
    await house.apply({ template, files });
    return house;
  } catch (error) {
    await house.close();
    throw error;
  }
}

/** Properties of `AWS::Serverless::Function`, with its code: the text of `index.js`, or files by name. */
export type FunctionProperties = {
  readonly code: string | Readonly<Record<string, string | Uint8Array>>;
} & Readonly<Record<string, unknown>>;

/** A template of functions, each called as its key is. */
export function functions(
  all: Readonly<Record<string, FunctionProperties | string>>,
  resources: Readonly<Record<string, unknown>> = {},
): Contents {
  const files: Record<string, string | Uint8Array> = {};
  const made: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(all)) {
    const { code, ...properties } = typeof given === 'string' ? { code: given } : given;
    for (const [file, content] of Object.entries(typeof code === 'string' ? { 'index.js': code } : code)) {
      files[`${name}/${file}`] = content;
    }
    const Properties = {
      FunctionName: name,
      CodeUri: `./${name}`,
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      MemorySize: 256,
      ...properties,
    };
    made[name.replace(/[^A-Za-z0-9]/g, '')] = { Type: 'AWS::Serverless::Function', Properties };
  }
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: { ...made, FunctionsRole, ...resources },
  };
  return { template, files };
}

/** For functions that the API makes: a role Lambda may have, and that may do everything. */
export const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/functions`;
/** The same for functions of the template. */
export const ROLE_OF_TEMPLATE = { 'Fn::GetAtt': ['FunctionsRole', 'Arn'] };
const FunctionsRole = {
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'functions',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    Policies: [
      {
        PolicyName: 'everything',
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    ],
  },
};

export const TRANSPORTS: readonly Transport[] = ['frames', 'http'];

/**
 * The tests that `define` makes, once with the runtime speaking frames to its environment and once with it speaking
 * plain HTTP to the Runtime API; each time one house for all of them, open from the first test to the last.
 */
export function onBothTransports(name: string, options: HouseOptions, define: (house: () => House) => void): void {
  describe.each(TRANSPORTS)(`${name} (%s)`, (transport) => define(inHouse({ ...options, transport })));
}

/** One house for all tests of the `describe` (or the file) this is called in. */
export function inHouse(options: HouseOptions): () => House {
  let house: House | undefined;
  beforeAll(async () => {
    house = await openHouse(options);
  }, 30_000);
  afterAll(() => house?.close());
  return () => {
    if (!house) throw new Error('the house is open while tests run');
    return house;
  };
}

/** Resolves when `condition` holds; rejects after `withinMs`. */
export async function eventually(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function projectIn(directory: string): Project {
  return {
    templateFile: join(directory, 'template.yaml'),
    directory,
    stackName: 'test',
    region: REGION,
    accountId: ACCOUNT_ID,
    parameterOverrides: {},
    stateDirectory: 'memory',
  };
}

async function write(directory: string, { template, files = {} }: Contents): Promise<void> {
  const text = typeof template === 'string' ? template : JSON.stringify(template, undefined, 1);
  for (const [name, content] of Object.entries({ 'template.yaml': text, ...files })) {
    const path = join(directory, name);
    if (!existsSync(dirname(path))) await mkdir(dirname(path), { recursive: true });
    // What has a first line for an interpreter is a program: an extension, a bootstrap.
    await writeFile(path, content, { mode: content.slice(0, 2).toString() === '#!' ? 0o755 : 0o644 });
  }
}

async function make(workload: Workload): Promise<readonly Diagnostic[]> {
  const { report, diagnostics } = await workload.apply();
  if (report.outcome === 'applied' || report.outcome === 'unchanged') return diagnostics;
  throw new Error(`the template could not be made:\n${diagnostics.map(({ message }) => message).join('\n')}`);
}
