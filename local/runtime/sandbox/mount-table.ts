/** The mounts of one environment's root, as lines of an fstab: `mount -a` makes them all in one process. */

export type Mount =
  /** `source` (and what is mounted below it) seen at `target`; devices are not devices unless `device`. */
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly access: 'read-only' | 'device' }
  | { readonly kind: 'tmpfs'; readonly target: string; readonly sizeMb: number }
  | { readonly kind: 'proc' | 'sysfs'; readonly target: string }
  /** What an earlier mount brought, made read-only. */
  | { readonly kind: 'seal'; readonly target: string };

/** What a mount of the host is under; a user namespace may add to these, never take away. */
export interface HostMounts {
  /** `noexec` and the like of the mount that `path` lies on. */
  restrictions(path: string): readonly string[];
}

/** `mountinfo`: the text of /proc/self/mountinfo. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
export function readHostMounts(mountinfo: string): HostMounts {
  const mounts = mountinfo
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .map(([, , , , point = '', options = '']) => ({ point: unescapeField(point), options: options.split(',') }));
  return {
    restrictions(path) {
      let options: string[] = [];
      let length = -1;
      for (const mount of mounts) {
        const inside = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
        // Of two mounts at one place the later one is on top.
        if (inside && mount.point.length >= length) {
          options = mount.options;
          length = mount.point.length;
        }
      }
      return options.filter((option) => option === 'noexec');
    },
  };
}

/** `root`: where the new root is put together; targets are absolute paths inside it. Order is the order of `mounts`. */
export function mountTable(root: string, mounts: readonly Mount[], host: HostMounts): string {
  return mounts.map((mount) => `${line(root, mount, host)} 0 0\n`).join('');
}

/** What `mount` is given to make one alone. */
export function mountArguments(mount: Mount, host: HostMounts): readonly string[] {
  const { source, target, type, options } = fields('', mount, host);
  return ['-n', '-t', type, '-o', options, source, target];
}

function line(root: string, mount: Mount, host: HostMounts): string {
  const { source, target, type, options } = fields(root, mount, host);
  return `${escapeField(source)} ${escapeField(target)} ${type} ${options}`;
}

function fields(root: string, mount: Mount, host: HostMounts) {
  const target = mount.target === '/' ? root : `${root}${mount.target}`;
  switch (mount.kind) {
    case 'bind': {
      const options =
        mount.access === 'device'
          ? 'rbind'
          : ['rbind', 'ro', 'nosuid', 'nodev', ...host.restrictions(mount.source)].join(',');
      return { source: mount.source, target, type: 'none', options };
    }
    case 'tmpfs':
      return { source: 'tmpfs', target, type: 'tmpfs', options: `size=${mount.sizeMb}m,mode=1777,nosuid,nodev` };
    case 'seal':
      return { source: target, target, type: 'none', options: 'rbind,ro,nosuid,nodev,noexec' };
    case 'proc':
    case 'sysfs':
      return { source: mount.kind, target, type: mount.kind, options: 'nosuid,nodev,noexec' };
  }
}

/** https://man7.org/linux/man-pages/man5/fstab.5.html: a blank ends a field, `#` begins a comment. */
function escapeField(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function unescapeField(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
