/** Launches real environments with AWS's real client for tests: a function is the text of its module. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Identities } from '../../kernel/identity.ts';
import { createSystemClock } from '../../kernel/system-clock.ts';
import type { LogEvent, LogSource, Telemetry } from '../../kernel/telemetry.ts';
import type {
  EnvironmentLauncher,
  EnvironmentSpec,
  ExecutionEnvironment,
  InvocationOutcome,
} from '../../services/lambda/contract.ts';
import { bundlePreload } from '../egress/testing/bundle-preload.ts';
import { createLauncher, type LauncherOptions, RUNTIME_FILES } from '../launcher.ts';
import type { Sandbox } from '../sandbox/contract.ts';
import { plainSandbox } from './plain-sandbox.ts';

export interface TestLauncher {
  readonly launcher: EnvironmentLauncher;
  /** Log messages so far, in order. */
  readonly messages: string[];
  readonly sources: LogSource[];
  readonly bound: Set<string>;
  /** Writes `files` to a new directory and gives the spec of a function made of them. */
  spec(
    files: Readonly<Record<string, string>> | string,
    overrides?: Partial<EnvironmentSpec>,
  ): Promise<EnvironmentSpec>;
  launch(
    files: Readonly<Record<string, string>> | string,
    overrides?: Partial<EnvironmentSpec>,
  ): Promise<ExecutionEnvironment>;
  stop(): Promise<void>;
}

export async function startTestLauncher(
  options: Partial<LauncherOptions> & { holdBy?: (runtimeDirectory: string) => Promise<Sandbox> } = {},
): Promise<TestLauncher> {
  const home = await mkdtemp(join(tmpdir(), 'sampan-runtime-'));
  const runtimeDirectory = await assembleRuntime(join(home, 'runtime'), options.egress !== undefined);
  const messages: string[] = [];
  const sources: LogSource[] = [];
  const bound = new Set<string>();
  let handOn = (): void => {};
  const telemetry = {
    beforeRead(listener: () => void) {
      handOn = listener;
      return () => {};
    },
    log(source: LogSource, events: readonly LogEvent[]) {
      sources.push(source);
      for (const event of events) messages.push(event.message);
    },
  } as Telemetry;
  const launcher = createLauncher({
    sandbox: (await options.holdBy?.(runtimeDirectory)) ?? plainSandbox(runtimeDirectory),
    clock: createSystemClock(),
    telemetry,
    identities: testIdentities(bound),
    region: 'us-east-1',
    endpointUrl: 'http://127.0.0.1:4566',
    xrayDaemonAddress: '127.0.0.1:2000',
    ...options,
  });
  let functions = 0;
  const spec: TestLauncher['spec'] = async (files, overrides) => {
    functions += 1;
    const codeDirectory = join(home, `function-${functions}`);
    const all = typeof files === 'string' ? { 'index.js': files } : files;
    for (const [name, text] of Object.entries(all)) {
      await mkdir(dirname(join(codeDirectory, name)), { recursive: true });
      await writeFile(join(codeDirectory, name), text);
    }
    return { ...SPEC, codeDirectory, ...overrides };
  };
  return {
    launcher,
    get messages() {
      handOn();
      return messages;
    },
    sources,
    bound,
    spec,
    launch: async (files, overrides) => launcher.launch(await spec(files, overrides)),
    async stop() {
      await launcher.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The files every environment is shown, as the package's build lays them out. */
export async function assembleRuntime(directory: string, withEgress = false): Promise<string> {
  const require = createRequire(join(process.cwd(), 'package.json'));
  const client = join(dirname(require.resolve('aws-lambda-ric/package.json')), 'index.mjs');
  await cp(client, join(directory, RUNTIME_FILES.client));
  await cp(join(process.cwd(), 'local/runtime/client'), directory, { recursive: true });
  if (withEgress) await bundlePreload(join(directory, RUNTIME_FILES.egress));
  return directory;
}

let invocations = 0;

/** Invokes with a fresh request id and gives the outcome with its payload parsed. */
export async function invoke(
  environment: ExecutionEnvironment,
  event: unknown = {},
  more: { traceHeader?: string; clientContext?: string; wantsLogTail?: boolean } = {},
): Promise<InvocationOutcome & { readonly value: unknown; readonly requestId: string }> {
  invocations += 1;
  const requestId = `00000000-0000-4000-8000-${String(invocations).padStart(12, '0')}`;
  const outcome = await environment.invoke({
    requestId,
    payload: JSON.stringify(event),
    traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
    invokedFunctionArn: SPEC.functionArn,
    ...more,
  });
  return { ...outcome, value: JSON.parse(String(outcome.payload)), requestId };
}

/** Resolves when `condition` holds; rejects after `withinMs`. */
export async function eventually(condition: () => boolean, withinMs = 3000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const SPEC: Omit<EnvironmentSpec, 'codeDirectory'> = {
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:hello',
  functionName: 'hello',
  label: 'Hello',
  version: '$LATEST',
  runtime: 'nodejs24.x',
  handler: 'index.handler',
  roleArn: 'arn:aws:iam::123456789012:role/hello-role',
  memorySizeMb: 256,
  timeoutMs: 3000,
  ephemeralStorageMb: 512,
  layerDirectories: [],
  environment: {},
  logGroup: '/aws/lambda/hello',
  logFormat: 'Text',
  tracing: 'PassThrough',
};

function testIdentities(bound: Set<string>): Identities {
  return {
    issue: ({ roleArn, sessionName }) => ({
      credentials: {
        accessKeyId: 'ASIATEST',
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiration: Date.now() + 3_600_000,
      },
      principal: {
        kind: 'role-session',
        arn: `${roleArn}/${sessionName}`,
        roleArn,
        accountId: '123456789012',
        userId: `AROA:${sessionName}`,
      },
    }),
    bind: ({ environmentId }) => void bound.add(environmentId),
    forget: (environmentId) => void bound.delete(environmentId),
    ownerOf: () => undefined,
    identify: () => {
      throw new Error('nobody calls in these tests');
    },
  };
}
