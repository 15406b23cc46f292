/**
 * The root directory every environment at the namespaces level starts from: mount points, a few files of /etc, and
 * links. Made once per run, mounted read-only; what is the machine's own in it is bound over it.
 */
import { existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Mount } from './mount-table.ts';

/** As in Lambda's own environments. */
export const USER = { name: 'sbx_user1051', uid: 993, gid: 990 } as const;

/** Where things are, as the process sees them. */
export const INSIDE = {
  task: '/var/task',
  opt: '/opt',
  tmp: '/tmp',
  runtime: '/var/runtime',
  node: '/var/lang/bin/node',
  modules: '/var/lang/modules',
  run: '/run/environment',
  compiled: '/run/compiled',
} as const;

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'];
const PROGRAMS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store'];
/** Name resolution and the user are our own; certificates, the loader's cache and `alternatives` are the machine's. */
const SETTINGS = [
  '/etc/ssl',
  '/etc/pki',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
];

const FILES: Readonly<Record<string, string>> = {
  '/etc/passwd': `root:x:0:0:root:/root:/sbin/nologin\n${USER.name}:x:${USER.uid}:${USER.gid}::/home/${USER.name}:/sbin/nologin\n`,
  '/etc/group': `root:x:0:\n${USER.name}:x:${USER.gid}:\n`,
  '/etc/hosts': '127.0.0.1 localhost sandbox.localdomain sandbox\n::1 localhost\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  // Nobody answers there: names are looked up through the egress.
  '/etc/resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
};

const LINKS: Readonly<Record<string, string>> = {
  // Lambda's Node finds layers and the SDK by NODE_PATH for `import` too; a plain one only in folders above the code.
  '/var/node_modules': `${INSIDE.opt}/nodejs/node_modules`,
  '/node_modules': `${INSIDE.modules}/0/node_modules`,
  '/dev/fd': '/proc/self/fd',
  '/dev/stdin': '/proc/self/fd/0',
  '/dev/stdout': '/proc/self/fd/1',
  '/dev/stderr': '/proc/self/fd/2',
};

/**
 * Makes the skeleton at `directory`, with `places` (absolute inside) as further mount points, and answers the mounts
 * every environment has in common, the root first.
 */
export function makeSkeleton(directory: string, places: readonly string[]): readonly Mount[] {
  const at = (path: string) => join(directory, path);
  const place = (path: string, like: 'directory' | 'file') => {
    mkdirSync(like === 'directory' ? at(path) : dirname(at(path)), { recursive: true });
    if (like === 'file') writeFileSync(at(path), '');
  };
  const mounts: Mount[] = [{ kind: 'bind', source: directory, target: '/', access: 'read-only' }];
  for (const path of [...Object.values(INSIDE), ...places, '/proc', '/sys', '/dev', '/etc']) {
    place(path, path === INSIDE.node ? 'file' : 'directory');
  }
  for (const [path, text] of Object.entries(FILES)) writeFileSync(at(path), text);
  for (const [path, target] of Object.entries(LINKS)) symlinkSync(target, at(path));
  for (const path of [...PROGRAMS, ...SETTINGS]) {
    if (!existsSync(path)) continue;
    const entry = lstatSync(path);
    if (entry.isSymbolicLink()) {
      place(dirname(path), 'directory');
      symlinkSync(readlinkSync(path), at(path));
      continue;
    }
    place(path, entry.isDirectory() ? 'directory' : 'file');
    mounts.push({ kind: 'bind', source: path, target: path, access: 'read-only' });
  }
  for (const name of DEVICES) {
    place(`/dev/${name}`, 'file');
    mounts.push({ kind: 'bind', source: `/dev/${name}`, target: `/dev/${name}`, access: 'device' });
  }
  mounts.push({ kind: 'proc', target: '/proc' }, { kind: 'sysfs', target: '/sys' });
  // The machine's own root stays its own user inside: only the mount keeps it from the kernel's settings.
  if (process.getuid?.() === 0) mounts.push({ kind: 'seal', target: '/proc/sys' });
  return mounts;
}
