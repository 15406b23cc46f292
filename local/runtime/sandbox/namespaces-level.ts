/**
 * The level for Linux where user namespaces are allowed: user, network, mount, pid and IPC namespaces of its own, no
 * root needed. The process sees the system's programs and libraries, its code, its layers, a /tmp of the size it was
 * given, and its own socket; of the rest of the machine nothing, and no network but its own loopback. What starts
 * after a reset finds /tmp as it was left, as on AWS.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { PreparedSandbox, SandboxSpec } from './contract.ts';
import { openDoorway } from './doorway.ts';
import { againCommand, enterCommand, networkCommand, type Tools } from './enter-script.ts';
import { SandboxError } from './errors.ts';
import { type Exit, holdProcess } from './held-process.ts';
import { runsOnNode } from './interpreter.ts';
import { type KeptNamespaces, keepNamespaces } from './kept-namespaces.ts';
import { mergeLayers } from './layers.ts';
import type { LevelParts } from './level.ts';
import { type HostMounts, type Mount, mountArguments, mountTable, readHostMounts } from './mount-table.ts';
import { shareNamespaces } from './shared-namespaces.ts';
import { killGroup } from './signals.ts';
import { INSIDE, makeSkeleton } from './skeleton.ts';

export interface NamespaceRoom {
  readonly tools: Tools;
  readonly common: readonly Mount[];
  readonly host: HostMounts;
  /** What `mount` is given for the mounts that show processes: of others when those have ended. */
  readonly processMounts: readonly (readonly string[])[];
  /** Where roots are put together: an empty directory; each environment covers it in a mount namespace of its own. */
  readonly mountPoint: string;
}

/** What all environments of a run have in common. */
export function openNamespaceRoom(runDirectory: string, tools: Tools, mounted: Mounted): NamespaceRoom {
  const skeleton = join(runDirectory, 'skeleton');
  const mountPoint = join(runDirectory, 'root');
  mkdirSync(mountPoint, { recursive: true });
  const modules = modulesInside(mounted);
  const host = readHostMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const base = makeSkeleton(skeleton, modules);
  return {
    tools,
    processMounts: base
      .filter(({ kind }) => kind === 'proc' || kind === 'seal')
      .map((mount) => mountArguments(mount, host)),
    common: [
      ...base,
      readOnly(mounted.nodePath, INSIDE.node),
      readOnly(mounted.runtimeDirectory, INSIDE.runtime),
      ...mounted.runtimeModules.map((source, index) => readOnly(source, modules[index] as string)),
    ],
    host,
    mountPoint,
  };
}

type Mounted = Pick<LevelParts, 'nodePath' | 'runtimeDirectory' | 'runtimeModules'>;

function modulesInside({ runtimeModules }: Mounted): string[] {
  return runtimeModules.map((_, index) => join(INSIDE.modules, String(index), 'node_modules'));
}

export async function prepareNamespaces(
  parts: LevelParts,
  room: NamespaceRoom,
  spec: SandboxSpec,
): Promise<PreparedSandbox> {
  const { run, table } = parts;
  const directory = run.makeEnvironment();
  const runInside = join(directory, 'run');
  mkdirSync(runInside, { mode: 0o700 });
  const opt = await mergeLayers(spec.layerDirectories, parts.layerCache);
  const mounts: Mount[] = [
    ...room.common,
    ...(spec.nodePath === undefined ? [] : [readOnly(spec.nodePath, INSIDE.node)]),
    readOnly(spec.codeDirectory, INSIDE.task),
    readOnly(opt, INSIDE.opt),
    readOnly(runInside, INSIDE.run),
    { kind: 'tmpfs', target: INSIDE.tmp, sizeMb: spec.ephemeralStorageMb },
    ...compiledCode(spec),
  ];
  const tableFile = join(directory, 'mounts');
  writeFileSync(tableFile, mountTable(room.mountPoint, mounts, room.host), { mode: 0o600 });
  const place = { mountTable: tableFile, root: room.mountPoint };
  const socketPath = join(runInside, 'socket');
  const shared =
    spec.programs === 'any'
      ? await shareNamespaces({
          tools: room.tools,
          place,
          nodePath: parts.nodePath,
          socketPath,
          relayedPorts: spec.relayedPorts ?? [],
          note: (pid) => run.note(pid),
        })
      : undefined;
  /** Of what was started last; with several processes nobody asks. */
  let leader: number | undefined;
  /** Of the first process, once it is inside; what shares namespaces has a holder for them. */
  let kept: KeptNamespaces | undefined;
  let disposed = false;
  const doorway = openDoorway({
    command() {
      const inside = leader === undefined ? undefined : table.childrenOf(leader)[0];
      if (inside === undefined) throw new SandboxError('nothing runs in the environment');
      return networkCommand(room.tools, inside, [parts.nodePath]);
    },
    note: (pid) => run.note(pid),
  });
  return {
    taskRoot: INSIDE.task,
    optRoot: INSIDE.opt,
    tmpDirectory: INSIDE.tmp,
    runtimeDirectory: INSIDE.runtime,
    runtimeModules: modulesInside(parts),
    socketPath,
    socketPathInside: join(INSIDE.run, 'socket'),
    nodePath: INSIDE.node,
    compiledCode: spec.compiledCode && `${spec.compiledCode.kind === 'filled' ? 'read' : 'fill'}:${INSIDE.compiled}`,
    network: shared?.network,
    dial: async (port) => (shared ?? doorway).dial(port),
    spawn(argv, env) {
      if (shared) {
        const program = onTheMachine(argv[0] ?? '', { [INSIDE.task]: spec.codeDirectory, [INSIDE.opt]: opt });
        if (!runsOnNode(program)) parts.onSealed(program);
      }
      const command =
        shared?.enter(argv, env) ??
        (kept === undefined
          ? enterCommand(room.tools, place, argv, env)
          : againCommand(room.tools, kept, room.processMounts, argv, env));
      const [file = '', ...args] = command.argv;
      const child = spawn(file, args, {
        cwd: '/',
        env: command.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', ...(shared === undefined && kept === undefined ? (['pipe'] as const) : [])],
      });
      child.on('error', () => {});
      if (child.pid === undefined) throw new SandboxError(`cannot start ${file}`);
      child.stdio[3]?.on('error', () => {});
      child.stdio[3]?.once('data', (pid) => {
        if (!disposed) kept ??= keepNamespaces(Number.parseInt(String(pid), 10));
        child.stdio[3]?.destroy();
      });
      leader = child.pid;
      return holdProcess({
        child,
        table,
        program(leader) {
          const [child] = table.childrenOf(leader);
          // Alone, it is the child of the shell that is the first process inside.
          return shared === undefined && child !== undefined ? table.childrenOf(child)[0] : child;
        },
        // With the first process of a pid namespace the kernel ends all others, and it is not gone before they are.
        kill: killGroup,
        exit: programExit,
        ended: run.note(child.pid),
      });
    },
    async dispose() {
      disposed = true;
      kept?.release();
      doorway.close();
      await shared?.end();
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}

const COMPILED_CODE_MB = 64;

function compiledCode({ compiledCode }: SandboxSpec): Mount[] {
  if (compiledCode === undefined) return [];
  if (compiledCode.kind === 'filled') return [readOnly(compiledCode.directory, INSIDE.compiled)];
  return [{ kind: 'tmpfs', target: INSIDE.compiled, sizeMb: COMPILED_CODE_MB }];
}

/** A shell reports a program that was ended by a signal as 128 + the signal's number, and only that is left of it. */
function programExit({ code, signal }: Exit): Exit {
  if (code === null || code <= 128) return { code, signal };
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? { code, signal } : { code: null, signal: name as NodeJS.Signals };
}

/** Where a path inside lies on the machine, by what is mounted where. */
function onTheMachine(path: string, mounted: Readonly<Record<string, string>>): string {
  for (const [inside, outside] of Object.entries(mounted)) {
    if (path.startsWith(`${inside}/`)) return join(outside, path.slice(inside.length));
  }
  return path;
}

function readOnly(source: string, target: string): Mount {
  return { kind: 'bind', source: realpathSync(source), target, access: 'read-only' };
}
