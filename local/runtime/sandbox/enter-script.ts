/**
 * How a process gets into namespaces of its own without root: tools of util-linux and one `sh`, no `ip`, no setuid
 * program. Three user ids follow one another: the caller's; root of a fresh user namespace, which may mount; and
 * Lambda's user of a second one inside it, which has no power over the first one's mounts and network.
 * https://man7.org/linux/man-pages/man7/user_namespaces.7.html
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from './errors.ts';
import type { KeptNamespaces } from './kept-namespaces.ts';
import { INSIDE, USER } from './skeleton.ts';

export interface Tools {
  readonly unshare: string;
  readonly mount: string;
  readonly umount: string;
  readonly pivotRoot: string;
  readonly nsenter: string;
  readonly sh: string;
}

/** Throws SandboxError naming what is missing. */
export function findTools(path: string = process.env['PATH'] ?? ''): Tools {
  // Whoever is not root seldom has sbin in PATH.
  const directories = [...new Set([...path.split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'])];
  const find = (name: string): string => {
    for (const directory of directories) {
      if (!directory.startsWith('/')) continue;
      try {
        accessSync(join(directory, name), constants.X_OK);
        return join(directory, name);
      } catch {
        // Not there.
      }
    }
    throw new SandboxError(`${name} is not installed (it is part of util-linux)`);
  };
  return {
    unshare: find('unshare'),
    mount: find('mount'),
    umount: find('umount'),
    pivotRoot: find('pivot_root'),
    nsenter: find('nsenter'),
    sh: '/bin/sh',
  };
}

/** Variables that change what a shell or the dynamic loader does before the program has begun. */
const DELAYED = /^(LD_.*|GLIBC_TUNABLES|BASH_.*|ENV|IFS|PS\d|SHELLOPTS|POSIXLY_CORRECT|LIBMOUNT_.*)$/;
/** What shells add by themselves. */
const SHELLS_OWN = ['PWD', 'OLDPWD', 'SHLVL'];
const DELAYED_PREFIX = 'SAMPAN_LATER_';

export interface EnterCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where the root is put together, and from what. */
export interface RootPlace {
  /** A file of fstab lines. */
  readonly mountTable: string;
  readonly root: string;
}

/**
 * The command that runs `argv` with `env` in a root put together at `root` from the mounts listed in the file
 * `mountTable`. The first process in the pid namespace is the shell: it reaps orphans, and when it ends all end.
 * When the root stands it writes its pid, as the machine counts, to the socket that is descriptor 3, and starts the
 * program at once; but it does not end before the other side has closed that.
 */
export function enterCommand(
  tools: Tools,
  place: RootPlace,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): EnterCommand {
  const script = [
    'set -e',
    OWN_PID,
    ...rootSteps(tools),
    'shift 2',
    'exec 4<&3',
    'echo "$sampan_pid" >&4',
    'unset sampan_pid',
    ...programSteps(tools, env, 'read -r _ <&4 || :'),
  ].join('\n');
  return { argv: [...firstProcess(tools, script, place), ...argv], env: withDelayed(env) };
}

/**
 * The command that runs `argv` with `env` where an earlier program ran that has ended, and all processes with it: with
 * the same files and network, and processes of its own. `mounts` are what `mount` is given for those that show the
 * processes.
 */
export function againCommand(
  tools: Tools,
  kept: KeptNamespaces,
  mounts: readonly (readonly string[])[],
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): EnterCommand {
  const script = [
    'set -e',
    ...mounts.map((words) => [tools.mount, ...words].map(quote).join(' ')),
    ...programSteps(tools, env),
  ].join('\n');
  return {
    argv: [
      ...[tools.nsenter, `--user=${kept.user}`, '--preserve-credentials', `--net=${kept.network}`],
      ...[`--mount=${kept.mount}`, '--', tools.unshare, '--ipc', '--mount', '--pid', '--fork', '--kill-child', '--'],
      ...[tools.sh, '-c', script, 'sampan', ...argv],
    ],
    env: withDelayed(env),
  };
}

/**
 * The command whose first process holds such namespaces for others to join (`joinCommand`), and runs nothing itself:
 * it says its pid, as the machine counts, on stdout when all is ready, and ends with the pipe that is descriptor 3.
 */
export function holdCommand(tools: Tools, place: RootPlace): EnterCommand {
  const script = [
    'set -e',
    OWN_PID,
    ...rootSteps(tools),
    'echo "$sampan_pid"',
    'exec > /dev/null 2>&1',
    // Not the shell's own `read`: while it waits for a program, it reaps what others leave behind.
    'cat <&3',
  ].join('\n');
  return { argv: firstProcess(tools, script, place), env: { PATH: '/usr/bin:/bin' } };
}

/** The command that runs `argv` with `env` in the namespaces held by process `holder`. */
export function joinCommand(
  tools: Tools,
  holder: number,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): EnterCommand {
  const script = ['set -e', ...programSteps(tools, env)].join('\n');
  return {
    argv: [
      tools.nsenter,
      ...['--target', String(holder), '--user', '--preserve-credentials', '--net', '--ipc', '--mount', '--pid'],
      // The shell stays outside the pid namespace. nsenter's own waiting would stop with a program that is stopped.
      ...['--no-fork', '--', tools.sh, '-c', script, 'sampan'],
      ...argv,
    ],
    env: withDelayed(env),
  };
}

/** The command that runs `argv` with `env` as a plain process with the limits of Lambda's environments. */
export function limitedCommand(argv: readonly string[], env: Readonly<Record<string, string>>): EnterCommand {
  const script = [...variableSteps(env), DESCRIPTORS, 'exec "$@"'].join('\n');
  return { argv: ['/bin/sh', '-c', script, 'sampan', ...argv], env: withDelayed(env) };
}

/** The command that runs `argv` as the machine's own, but in the network of process `inside`. */
export function networkCommand(tools: Tools, inside: number, argv: readonly string[]): readonly string[] {
  return [tools.nsenter, ...['--target', String(inside), '--user', '--preserve-credentials', '--net', '--'], ...argv];
}

function firstProcess(tools: Tools, script: string, { mountTable, root }: RootPlace): string[] {
  return [
    tools.unshare,
    ...['--user', '--map-root-user', '--'],
    // After the ids are mapped, or the new network's settings would belong to nobody.
    tools.unshare,
    ...['--net', '--ipc', '--mount', '--pid', '--fork', '--kill-child', '--'],
    ...[tools.sh, '-c', script, 'sampan', mountTable, root],
  ];
}

/** While /proc is still the machine's. */
const OWN_PID = 'read -r sampan_pid _ < /proc/self/stat';

function rootSteps(tools: Tools): string[] {
  return [
    `${quote(tools.mount)} -n -a -T "$1"`,
    // The flags of the interface: 1 is up.
    'echo 0x9 > "$2/sys/class/net/lo/flags"',
    'cd "$2"',
    `${quote(tools.pivotRoot)} . .`,
    // What is left of the old root lies under the new one; nothing of the host remains to be seen.
    `${quote(tools.umount)} -n -l . /sys`,
  ];
}

/** As Lambda's environments have it. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const DESCRIPTORS = 'ulimit -n 1024 2> /dev/null || :';

/** Leaves exactly `env`, whatever the shell has made of it. */
function variableSteps(env: Readonly<Record<string, string>>): string[] {
  const delayed = Object.keys(env).filter((name) => DELAYED.test(name));
  return [
    `unset ${SHELLS_OWN.filter((name) => env[name] === undefined).join(' ') || '_'}`,
    ...delayed.map((name) => `export ${name}="$${DELAYED_PREFIX}${name}"; unset ${DELAYED_PREFIX}${name}`),
  ];
}

/** `last` is what the shell does when the program has ended. */
function programSteps(tools: Tools, env: Readonly<Record<string, string>>, last = ':'): string[] {
  return [
    `cd ${INSIDE.task}`,
    ...variableSteps(env),
    DESCRIPTORS,
    // A shell remarks on a program that a signal ended; that does not belong among the program's own words.
    'exec 3>&2 2> /dev/null',
    'sampan_status=0',
    `(exec ${quote(tools.unshare)} --user --map-user=${USER.uid} --map-group=${USER.gid} -- "$@" 2>&3 3>&- 4>&-) || sampan_status=$?`,
    last,
    'exit $sampan_status',
  ];
}

function withDelayed(env: Readonly<Record<string, string>>): Record<string, string> {
  const outer: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) outer[DELAYED.test(name) ? DELAYED_PREFIX + name : name] = value;
  return outer;
}

function quote(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
