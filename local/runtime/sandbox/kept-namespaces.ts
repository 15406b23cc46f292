/**
 * What stays of an environment whose processes have all ended. A namespace lives as long as somebody has it open: with
 * the one of its mounts goes on what lies in /tmp, under the size it was given, and with us it ends, however we end.
 * https://man7.org/linux/man-pages/man7/namespaces.7.html
 */
import { closeSync, openSync } from 'node:fs';

export interface KeptNamespaces {
  /** Paths of open descriptors of ours. */
  readonly user: string;
  readonly network: string;
  readonly mount: string;
  /** Lets go of them. */
  release(): void;
}

/** Those of process `pid`; undefined when it has ended already, or may not be looked at. */
export function keepNamespaces(pid: number): KeptNamespaces | undefined {
  const open: number[] = [];
  const keep = (name: string): string => {
    const descriptor = openSync(`/proc/${pid}/ns/${name}`, 'r');
    open.push(descriptor);
    return `/proc/${process.pid}/fd/${descriptor}`;
  };
  const release = (): void => {
    for (const descriptor of open.splice(0)) closeSync(descriptor);
  };
  try {
    return { user: keep('user'), network: keep('net'), mount: keep('mnt'), release };
  } catch {
    release();
    return undefined;
  }
}
