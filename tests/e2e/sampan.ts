/** The command as users run it, in processes of its own; for tests that look at it from outside. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { copyMadeState } from './made-state.ts';

export const REPOSITORY = resolve(process.cwd());
export const COMMAND = join(REPOSITORY, 'local', 'bin', 'sampan.mjs');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In place of this process's own variables; `env` comes on top. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** How it is called; this repository's command on this Node when left out. */
  readonly command?: readonly string[];
  /** In a process group of its own, as a terminal's job is. */
  readonly detached?: boolean;
  /** Whoever could read its stdout has gone before it writes. */
  readonly readsNothing?: boolean;
}

/** Runs a command to its end. */
export async function sampan(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = launch(args, options);
  child.stdin?.end(options.input ?? '');
  if (options.readsNothing) child.stdout?.destroy();
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...outcome) => resolve(outcome)),
  );
  return { code, signal, stdout: stdout(), stderr: stderr() };
}

/** A command that runs until it is told to stop. */
export interface Launched {
  /** Of the process that was started; `Running.pid` is the one that does the work. */
  readonly launchedPid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves once `stderr` or `stdout` has it. */
  said(pattern: RegExp, timeoutMs?: number): Promise<void>;
  /** Nobody reads its stdout any more. */
  closeStdout(): void;
  /** Resolves when it has ended by itself. */
  ended(): Promise<Omit<Stopped, 'ms'>>;
  /** Ctrl-C; resolves with what happened and how long it took, ms. */
  stop(signal?: NodeJS.Signals): Promise<Stopped>;
}

export interface Stopped {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

export interface Running extends Launched {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly pid: number;
  /** From the command to its line `Ready in …`, ms. */
  readonly readyMs: number;
  readonly stateDirectory: string;
}

export interface StartOptions extends RunOptions {
  readonly state?: string;
  readonly args?: readonly string[];
  /** As users have it: functions are loaded before anybody asks. Here that is left out, for what it costs each test. */
  readonly proactiveInit?: true;
}

/** Any command, while it goes on. */
export function launchSampan(args: readonly string[], options: RunOptions = {}): Launched {
  const child = launch(args, options);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...outcome) => resolve(outcome)),
  );
  return {
    launchedPid: child.pid as number,
    stdout,
    stderr,
    async said(pattern, timeoutMs = 60_000) {
      const until = performance.now() + timeoutMs;
      while (!pattern.test(stderr()) && !pattern.test(stdout())) {
        if (performance.now() > until) throw new Error(`${pattern} was not said:\n${stderr()}\n${stdout()}`);
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`sampan ended early:\n${stderr()}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    closeStdout: () => void child.stdout?.destroy(),
    async ended() {
      const [code, signal] = await ended;
      return { code, signal };
    },
    async stop(by = 'SIGINT') {
      const stoppedAt = performance.now();
      if (child.exitCode === null && child.signalCode === null) child.kill(by);
      const [code, signal] = await ended;
      return { code, signal, ms: performance.now() - stoppedAt };
    },
  };
}

/** `sampan start` on free ports; rejects with what it said when it does not get ready. */
export async function startSampan(options: StartOptions = {}): Promise<Running> {
  const stateDirectory = options.state ?? (options.cwd ? temporaryDirectory('state') : await madeStateDirectory());
  const startedAt = performance.now();
  const launched = launchSampan(startArguments(stateDirectory, options.args, options.proactiveInit), options);
  await launched.said(/Ready in [\d.]+ s/, 120_000);
  const readyMs = performance.now() - startedAt;
  const {
    awsUrl,
    apiUrl = '',
    pid,
  } = JSON.parse(readFileSync(join(stateDirectory, 'running.json'), 'utf8')) as Running;
  return { ...launched, apiUrl, awsUrl, pid, readyMs, stateDirectory };
}

/** Of a help desk that has been made before: for whoever starts it again and again on the same state. */
export async function madeStateDirectory(): Promise<string> {
  const directory = temporaryDirectory('state');
  await copyMadeState(directory, makeState);
  return directory;
}

async function makeState(state: string): Promise<void> {
  await (await startSampan({ state })).stop();
}

export function startArguments(state: string, more: readonly string[] = [], proactiveInit = false): string[] {
  const cold = proactiveInit ? [] : ['--no-proactive-init'];
  return ['start', '--port', '0', '--aws-port', '0', '--state', state, ...cold, ...more];
}

function launch(
  args: readonly string[],
  {
    cwd = REPOSITORY,
    env = {},
    environment = process.env as Record<string, string>,
    command = [process.execPath, COMMAND],
    detached,
  }: RunOptions,
): ChildProcess {
  const [file, ...before] = command;
  const child = spawn(file as string, [...before, ...args], {
    detached,
    cwd,
    env: { ...environment, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** What still runs. */
const children = new Set<ChildProcess>();

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

const temporary: string[] = [];

export function temporaryDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `sampan-${name}-`));
  temporary.push(directory);
  return directory;
}

/** Somebody's project: a temporary directory with these files. */
export function projectOf(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory('project');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** With what a test that failed left running there: Jest would wait for it. */
export function removeTemporaryDirectories(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of temporary.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Processes whose command line or environment names this text; Linux only. */
export function processesNaming(text: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        return command.includes(text) || environment.includes(text) ? [{ pid: Number(name), command }] : [];
      } catch {
        // It ended meanwhile, or belongs to somebody else.
        return [];
      }
    });
}

/** A process and everything it started that has not cut itself loose from it; Linux only. */
export function processTree(root: number): Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** One letter, as in ps: R, S, T (frozen), Z … */
  readonly state: string;
  /** Since boot, in ticks: with the number it is one process and no other. */
  readonly startedAt: string;
  readonly command: string;
}

/** Undefined when it is gone, or waits only to be reaped by a parent that is not ours. */
export function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), state, startedAt: rest[17] ?? '', command };
  } catch {
    return undefined;
  }
}

/** Those of them that still run. */
export function survivors(processes: readonly Process[]): Process[] {
  return processes.filter(({ pid, startedAt }) => readProcess(pid)?.startedAt === startedAt);
}

/** Resolves with how long it took until the condition held, ms; rejects with `describe()` when it takes longer. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  describe: () => string,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`not within ${withinMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - startedAt;
}

/** A cache that has this very Node in the place where the command looks for one; the rest is the user's own. */
export function cacheWithNode24(): string {
  const cache = temporaryDirectory('cache');
  const own = process.env['SAMPAN_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sampan');
  for (const name of existsSync(own) ? readdirSync(own) : []) symlinkSync(join(own, name), join(cache, name));
  const platform = `${process.platform}-${process.arch}`;
  const source = readFileSync(join(REPOSITORY, 'local', 'bin', 'node-binaries.mjs'), 'utf8');
  const version = new RegExp(`'${platform}': \\{.*version: '([^']+)'`).exec(source)?.[1];
  const binary = join(cache, `node-${version}-${platform}`, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(dirname(binary), { recursive: true });
    symlinkSync(process.execPath, binary);
  }
  return cache;
}

/** A Node of the machine that is not 24, with which users may well call the command. */
export const otherNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  if (!existsSync(path)) return false;
  const major = Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]);
  return major >= 20 && major !== 24;
});

export interface Ticket {
  readonly id: string;
  readonly version: number;
  readonly subject: string;
  readonly messages: readonly { readonly body: string }[];
}

/** A JSON request to the help desk. */
export async function call(
  url: string,
  method = 'GET',
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: never; headers: Headers }> {
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && {
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text === '' ? undefined : JSON.parse(text)) as never,
    headers: response.headers,
  };
}

export const TICKET = { subject: 'The printer is on fire', body: 'Again.', requesterEmail: 'ada@example.com' };
