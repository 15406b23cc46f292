/** How an execution environment's processes are held. Two levels fulfil this; which one is in force is printed at start. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export type SandboxLevel = 'process' | 'namespaces';

export interface SandboxSpec {
  readonly environmentId: string;
  /** Absolute directories; at the namespaces level mounted read-only at /var/task and /opt. */
  readonly codeDirectory: string;
  readonly layerDirectories: readonly string[];
  /** Our own files the process needs (runtime client, preloads), mounted read-only at the same place as `runtimeDirectory` answers. */
  readonly ephemeralStorageMb: number;
  /**
   * What will run inside. `node` (the default): one Node process, led to everything it needs by its preloads. `any`:
   * several processes (external extensions), or programs that are not Node (`bootstrap` of provided.al2023, extension
   * binaries, shell scripts): all processes share one sandbox (/tmp, network, processes), and `PreparedSandbox.network`
   * leads them to the Runtime API by TCP. Costs a process more, and tens of milliseconds at the start.
   */
  readonly programs?: 'node' | 'any';
  /** Node's binary on this machine, absolute; default: the sandbox's own. */
  readonly nodePath?: string;
  /**
   * With `programs: 'any'`, further loopback ports that programs without our preloads reach as the egress decides (the
   * port of `AWS_ENDPOINT_URL`). Only at the namespaces level: at the process level they use the machine's network.
   */
  readonly relayedPorts?: readonly number[];
  /** What V8 made of the code; without it the process is shown none. */
  readonly compiledCode?: CompiledCodeMount;
}

/** `filled`: shown read-only, an absolute directory. `empty`: the environment's own, to be filled, gone with it. */
export type CompiledCodeMount = { readonly kind: 'filled'; readonly directory: string } | { readonly kind: 'empty' };

/** How programs that are not Node reach the Runtime API by TCP. */
export interface SandboxNetwork {
  /**
   * `host:port` for `AWS_LAMBDA_RUNTIME_API`: a TCP connection there, from inside, is one to the environment's own
   * socket. `127.0.0.1:9001` at the namespaces level, a port of this machine's at the process level.
   */
  readonly runtimeApi: string;
}

/** The file-system view of one environment, before its process starts. */
export interface PreparedSandbox {
  /** As seen by the process: `/var/task` at the namespaces level, the real directory at the process level. */
  readonly taskRoot: string;
  readonly optRoot: string;
  readonly tmpDirectory: string;
  /** As seen by the process: where `local/runtime/client/` files are. */
  readonly runtimeDirectory: string;
  /** As seen by the process: directories of modules every function finds, in the order the sandbox was given them. */
  readonly runtimeModules?: readonly string[];
  /** Host path of this environment's own unix socket (egress, invocation frames); mode 0600. */
  readonly socketPath: string;
  /** The same socket as seen by the process. */
  readonly socketPathInside: string;
  /** Node's binary as seen by the process. */
  readonly nodePath: string;
  /** `read:` or `fill:` and the directory as seen by the process, for `client/compile-cache.cjs`. */
  readonly compiledCode?: string;
  /** Only with `programs: 'any'`; works once somebody listens at `socketPath`. */
  readonly network?: SandboxNetwork;
  /** Connects to a server inside, at 127.0.0.1:`port`. Rejects with Node's connect error. */
  dial(port: number): Promise<Socket>;
  /** Starts a process inside; stdin is closed. More than one only with `programs: 'any'`. The environment variables are exactly `env`. */
  spawn(argv: readonly string[], env: Readonly<Record<string, string>>): SandboxedProcess;
  /** Removes what it made (directories, sockets, mounts). Idempotent. */
  dispose(): Promise<void>;
}

export interface SandboxedProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Those of its environment's processes that have left its tree, and those below them; absent where none can. */
  readonly strays?: () => readonly number[];
  /** Resolves when the process (and what it started) has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Stops the whole tree without ending it (SIGSTOP), and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** SIGTERM to the program itself (Lambda's word before the end, where there are extensions). It must not be frozen. */
  terminate(): void;
  /** SIGKILL to the whole tree. */
  kill(): void;
}

export interface Sandbox {
  readonly level: SandboxLevel;
  /** Why not the stronger level, when it is `process`. */
  readonly reason?: string;
  prepare(spec: SandboxSpec): Promise<PreparedSandbox>;
  /** Ends processes and removes directories that an earlier run left behind (kill -9). Called once at start. */
  sweep(): Promise<void>;
}
