/** What the processes of a tree listen at, as Linux tells it: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Process } from './sampan.ts';

export interface Listener {
  readonly pid: number;
  readonly command: string;
  readonly protocol: (typeof PROTOCOLS)[number];
  /** In hexadecimal digits, as the kernel has it. */
  readonly address: string;
  readonly port: number;
}

const PROTOCOLS = ['tcp', 'tcp6', 'udp', 'udp6'] as const;

/** Of TCP LISTEN; of UDP a socket that is connected to nobody. */
const WAITING = { tcp: '0A', tcp6: '0A', udp: '07', udp6: '07' };

/** 127.0.0.0/8, ::1, and the former in the form that IPv6 sockets have it in. */
export const LOOPBACK = /^(?:[\dA-F]{6}7F|0{24}01000000|0{16}FFFF0000[\dA-F]{6}7F)$/;

/** Each process is looked at in its own network namespace. */
export function listenersOf(processes: readonly Process[]): Listener[] {
  return processes.flatMap(({ pid, command }) => {
    const own = socketsOf(pid);
    return PROTOCOLS.flatMap((protocol) =>
      rowsOf(pid, protocol).flatMap(([, local = '', , state, , , , , , inode = '']) => {
        const [address = '', port = ''] = local.split(':');
        if (state !== WAITING[protocol] || !own.has(inode)) return [];
        return [{ pid, command, protocol, address, port: Number.parseInt(port, 16) }];
      }),
    );
  });
}

/** Inodes. A process that ended meanwhile has none. */
function socketsOf(pid: number): ReadonlySet<string> {
  const inodes = readNames(`/proc/${pid}/fd`).map((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? '';
    } catch {
      return '';
    }
  });
  return new Set(inodes.filter((inode) => inode !== ''));
}

function readNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function rowsOf(pid: number, protocol: string): string[][] {
  try {
    const [, ...lines] = readFileSync(`/proc/${pid}/net/${protocol}`, 'latin1').trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}
