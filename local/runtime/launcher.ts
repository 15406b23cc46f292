/**
 * Launches execution environments: a sandbox, the environment's own socket, the role's credentials, and in it Node
 * with AWS's runtime client. `services/lambda` decides how many; this decides how many may start at the same time.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import type { Identities } from '../kernel/identity.ts';
import type { LogEvent, LogSource, Telemetry } from '../kernel/telemetry.ts';
import type { Placement } from '../policy/network/contract.ts';
import type { EnvironmentLauncher, EnvironmentSpec, InitializationType } from '../services/lambda/contract.ts';
import { findBootstrap } from './bootstrap.ts';
import type { CompiledCode } from './compiled-code.ts';
import { type CpuLimits, createCpuLimits } from './cpu-limiter.ts';
import { isLoopback } from './egress/hostnames.ts';
import { Environment } from './environment.ts';
import { listenForEnvironment } from './environment-socket.ts';
import { environmentVariables, isNodeRuntime } from './environment-variables.ts';
import { createExtensions } from './extensions/create-extensions.ts';
import { findExternalExtensions } from './extensions/external-extensions.ts';
import { serveFrames } from './frame-port.ts';
import { createFreezer } from './freezer.ts';
import { initTimeoutMs } from './init-phase.ts';
import { createInitSlots } from './init-slots.ts';
import { InvocationLog } from './invocation-log.ts';
import { LogWriter, logStreamName } from './log-writer.ts';
import { createMemoryMeter } from './memory.ts';
import { createMemoryGuard } from './memory-guard.ts';
import { nodeArguments } from './node-arguments.ts';
import { jsonPlatformLog, type PlatformLog, textPlatformLog } from './platform-log.ts';
import { letOthersGoFirst } from './processor-priority.ts';
import { createRuntimeApi, listenOnLoopback, type OtherApis } from './runtime-api.ts';
import { watchProcess } from './runtime-process.ts';
import type { PreparedSandbox, Sandbox } from './sandbox/contract.ts';
import { createTurn } from './turn.ts';

/** Files of the directory the sandbox shows every environment (`PreparedSandbox.runtimeDirectory`). */
export const RUNTIME_FILES = {
  /** `index.mjs` of the package `aws-lambda-ric`, unchanged. */
  client: 'aws-lambda-ric.mjs',
  /** `local/runtime/client/transport.cjs`. */
  transport: 'transport.cjs',
  /** `local/runtime/client/http-transport.cjs`. */
  httpTransport: 'http-transport.cjs',
  /** `local/runtime/client/callback-handlers.mjs`. */
  callbackHandlers: 'callback-handlers.mjs',
  /** `local/runtime/client/compile-cache.cjs`. */
  compileCache: 'compile-cache.cjs',
  /** `local/runtime/egress/preload/main.cjs`, bundled. */
  egress: 'egress.cjs',
} as const;

export interface LauncherOptions {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly identities: Identities;
  /** Takes what is logged, in the function's role; default: telemetry, whatever the role may. */
  readonly deliver?: (spec: EnvironmentSpec, source: LogSource, events: readonly LogEvent[]) => void;
  readonly region: string;
  /** `AWS_ENDPOINT_URL` as the function's process sees it. */
  readonly endpointUrl: string;
  /** `host:port` as the function's process sees it. */
  readonly xrayDaemonAddress: string;
  /** What answers the egress preload of an environment; without it no egress preload is loaded. */
  readonly egress?: (socket: Socket, environmentId: string) => void;
  /** Directories of modules every function finds, as its process sees them: the runtime's own AWS SDK. */
  readonly runtimeModules?: readonly string[];
  /** What V8 made of functions' code, kept from one environment for the next; without it each compiles anew. */
  readonly compiledCode?: CompiledCode;
  /** Init phases at the same time; default: as many as there are cores. What that means is in `init-slots.ts`. */
  readonly parallelInits?: number;
  readonly initTimeoutMs?: number;
  /**
   * How AWS's Node client speaks to us: by frames on the environment's socket (default), or by HTTP to the Runtime API
   * as a custom runtime does, which is slower and there to be compared with.
   */
  readonly transport?: Transport;
  /** Makes sure of what the function's runtime brings; asked before every start, and quick when all is there. */
  readonly managedRuntime?: (spec: EnvironmentSpec) => Promise<ManagedRuntime>;
  /** Holds functions to the share of a processor that their memory size has, from the end of their init phase on. */
  readonly cpuLimit?: boolean;
  /** `host:port` an inspector listens at, waiting; while debugging nothing is frozen and nothing times out. */
  readonly inspect?: (spec: EnvironmentSpec) => string | undefined;
}

export interface ManagedRuntime {
  /** Node's binary on this machine, when it is not the sandbox's own. */
  readonly nodePath?: string;
}

export type Transport = 'frames' | 'http';

/**
 * `AWS_LAMBDA_RUNTIME_API` of environments with an egress, which leads connections there to the environment's own
 * socket: nothing listens at that port.
 */
export const RUNTIME_API = { host: '127.0.0.1', port: 9001 } as const;

/** Credentials live longer than an environment is kept; Lambda's last up to 12 hours. */
const CREDENTIALS_SECONDS = 12 * 3600;

export function createLauncher(options: LauncherOptions): EnvironmentLauncher {
  const { sandbox, clock, telemetry, identities } = options;
  const inits = createInitSlots({ slots: options.parallelInits ?? availableParallelism() });
  const turn = createTurn();
  const unsubscribe = telemetry.beforeRead(turn.end);
  const memory = createMemoryGuard(createMemoryMeter());
  const freezer = createFreezer();
  const api = createRuntimeApi();
  const environments = new Set<Environment>();
  const transport = options.transport === 'http' ? RUNTIME_FILES.httpTransport : RUNTIME_FILES.transport;
  let stopped = false;

  /** Everything an environment holds goes into `held`, last in, first out. */
  async function prepare(
    spec: EnvironmentSpec,
    { initializationType, isBackground }: { initializationType: InitializationType; isBackground: boolean },
    held: AsyncDisposableStack,
  ): Promise<{ environment: Environment; limits: CpuLimits | undefined }> {
    const id = randomUUID();
    const { codeDirectory, layerDirectories, ephemeralStorageMb } = spec;
    const external = await findExternalExtensions(layerDirectories);
    const inspect = options.inspect?.(spec);
    // A debugger wants to see everything compiled, and over HTTP nothing can be handed over.
    const isKept = isNodeRuntime(spec.runtime) && inspect === undefined && options.transport !== 'http';
    const compiled = isKept ? options.compiledCode?.begin(spec) : undefined;
    if (compiled) held.defer(() => compiled.abandon());
    const prepared = await sandbox.prepare({
      environmentId: id,
      codeDirectory,
      layerDirectories,
      ephemeralStorageMb,
      nodePath: (await options.managedRuntime?.(spec))?.nodePath,
      ...(compiled && { compiledCode: compiled.mount }),
      ...((external.length > 0 || !isNodeRuntime(spec.runtime)) && {
        programs: 'any',
        relayedPorts: portsOf(options.endpointUrl),
      }),
    });
    held.defer(() => prepared.dispose());
    const socket = await listenForEnvironment(prepared.socketPath, {
      frames: (connection, first) => serveFrames(connection, first, environment.runtime, compiled),
      http: (connection) => api.serve(connection, environment.runtime, others),
      egress: (connection) => (options.egress ? options.egress(connection, id) : connection.destroy()),
    });
    held.defer(() => socket.close());
    const { credentials, principal } = identities.issue({
      roleArn: spec.roleArn,
      sessionName: spec.functionName,
      durationSeconds: CREDENTIALS_SECONDS,
      issuedTo: id,
      functionArn: spec.functionArn,
    });
    identities.bind({ environmentId: id, functionArn: spec.functionArn, principal, placement: placementOf(spec) });
    held.defer(() => identities.forget(id));
    const logStream = logStreamName(spec.version, clock.now());
    const source = { logGroup: spec.logGroup, logStream, label: spec.label };
    const logs: LogWriter = new LogWriter(
      (events) => (options.deliver ? options.deliver(spec, source, events) : telemetry.log(source, events)),
      () => turn.addSoon(environment),
    );
    const write = (message: string, at: number): void => logs.write(message, at);
    const extensions = createExtensions({
      spec,
      initializationType,
      external,
      sandbox: prepared,
      variables: () => variables,
      egressPreload: options.egress && join(prepared.runtimeDirectory, RUNTIME_FILES.egress),
      logStream,
      runtime: runtimeVersionOf(spec, options.region),
      write,
      now: () => clock.now(),
    });
    const others: OtherApis = (request, response) => extensions.serve(request, response);
    const limits = options.cpuLimit && inspect === undefined ? createCpuLimits(spec.memorySizeMb) : undefined;
    const environment: Environment = new Environment({
      id,
      spec,
      extensions,
      log: new InvocationLog(logs, platformLog(spec, options.region, initializationType), () => clock.now()),
      turn,
      memory,
      freezer,
      initTimeoutMs:
        inspect === undefined ? (options.initTimeoutMs ?? initTimeoutMs(spec, initializationType)) : undefined,
      start() {
        const process = watchProcess(prepared.spawn(command(spec, prepared, inspect), variables), (line) => {
          const at = clock.now();
          logs.write(line, at);
          extensions.telemetry?.functionLog(line, at);
        });
        if (isBackground) letOthersGoFirst(process.pid);
        return limits?.hold(process) ?? process;
      },
      dispose: () => held.disposeAsync(),
    });
    // A program that is not Node knows nothing of the preload that leads there.
    const byPreload = options.egress !== undefined && isNodeRuntime(spec.runtime);
    const runtimeApi = byPreload
      ? `${RUNTIME_API.host}:${RUNTIME_API.port}`
      : (prepared.network?.runtimeApi ?? (await ownPort(environment, others, held)));
    const variables = environmentVariables({
      spec,
      sandbox: prepared,
      region: options.region,
      logStream,
      initializationType,
      credentials,
      endpointUrl: options.endpointUrl,
      xrayDaemonAddress: options.xrayDaemonAddress,
      runtimeApi,
      runtimeModules: prepared.runtimeModules ?? options.runtimeModules ?? [],
    });
    environments.add(environment);
    held.defer(() => void environments.delete(environment));
    return { environment, limits };
  }

  async function ownPort(environment: Environment, others: OtherApis, held: AsyncDisposableStack): Promise<string> {
    const loopback = await listenOnLoopback((connection) => api.serve(connection, environment.runtime, others));
    held.defer(() => loopback.close());
    return loopback.address;
  }

  function command(spec: EnvironmentSpec, prepared: PreparedSandbox, inspect: string | undefined): string[] {
    if (!isNodeRuntime(spec.runtime)) {
      const { place } = findBootstrap(spec.codeDirectory, spec.layerDirectories);
      return [join(place.startsWith('/opt') ? prepared.optRoot : prepared.taskRoot, 'bootstrap')];
    }
    const file = (name: string) => join(prepared.runtimeDirectory, name);
    return nodeArguments({
      nodePath: prepared.nodePath,
      runtime: spec.runtime,
      memorySizeMb: spec.memorySizeMb,
      nodeOptions: spec.environment['NODE_OPTIONS'],
      // The egress preload first: it reads the socket's path before the transport takes it away.
      preloads: [
        ...(prepared.compiledCode === undefined ? [] : [file(RUNTIME_FILES.compileCache)]),
        ...(options.egress ? [file(RUNTIME_FILES.egress)] : []),
        file(transport),
      ],
      entry: file(RUNTIME_FILES.client),
      inspect,
    });
  }

  return {
    async launch(spec, initializationType = 'on-demand', isBackground = false) {
      const release = await inits.acquire(spec.functionName);
      const held = new AsyncDisposableStack();
      try {
        if (stopped) throw new Error('the launcher has been stopped');
        const { environment, limits } = await prepare(spec, { initializationType, isBackground }, held);
        await environment.init();
        limits?.begin();
        return environment;
      } catch (error) {
        await held.disposeAsync();
        throw error;
      } finally {
        release();
      }
    },
    async stop() {
      stopped = true;
      await Promise.all([...environments].map((environment) => environment.stop()));
      api.close();
      unsubscribe();
    },
  };
}

function platformLog(spec: EnvironmentSpec, region: string, initializationType: InitializationType): PlatformLog {
  const logged = {
    initializationType,
    functionName: spec.functionName,
    version: spec.version,
    ...runtimeVersionOf(spec, region),
  };
  return spec.logFormat === 'JSON' ? jsonPlatformLog(logged, spec.systemLogLevel) : textPlatformLog(logged);
}

function placementOf({ vpc }: EnvironmentSpec): Placement {
  return vpc ? { kind: 'vpc', ...vpc } : { kind: 'public' };
}

/** Lambda names the runtime build it started; ours is made of the runtime's name, stable per runtime and region. */
function runtimeVersionOf(spec: EnvironmentSpec, region: string) {
  const runtimeVersion = spec.runtime
    .replace(/^nodejs(\d+)\.x$/, 'nodejs:$1.v1')
    .replace(/^provided\.(\w+)$/, 'provided:$1.v1');
  const digest = createHash('sha256').update(runtimeVersion).digest('hex');
  return { runtimeVersion, runtimeVersionArn: `arn:aws:lambda:${region}::runtime:${digest}` };
}

/** Where programs without our preloads look for the AWS services, when that is on loopback. */
function portsOf(endpointUrl: string): number[] {
  const { hostname, port } = new URL(endpointUrl);
  return isLoopback(hostname) && port !== '' ? [Number(port)] : [];
}
