/** The loopback of an environment at the process level: the machine's own. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import type { Question } from '../egress/wire.ts';
import type { SandboxNetwork } from './contract.ts';
import { runsOnNode } from './interpreter.ts';
import { relayToSocket } from './relay.ts';

/** Connects to 127.0.0.1:`port`. Rejects with Node's connect error. */
export function dialLoopback(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

export interface LoopbackNetwork extends SandboxNetwork {
  /** Before `program` is started: the egress is told what is the environment's own, in the words of a preload. */
  announce(program: string): void;
  close(): void;
}

/** Opens a port of 127.0.0.1 that leads to the environment's socket. */
export async function openLoopback(socketPath: string): Promise<LoopbackNetwork> {
  const server = createServer({ allowHalfOpen: true }, (socket) => relayToSocket(socket, socketPath));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  let control: Socket | undefined;
  const tell = (message: Question): void => {
    if (control === undefined) {
      control = connect({ path: socketPath });
      // Where there is no egress, nobody wants to know.
      control.on('error', () => {});
      control.unref();
      control.write(`${JSON.stringify({ tell: 'listening', port } satisfies Question)}\n`);
    }
    control.write(`${JSON.stringify(message)}\n`);
  };
  return {
    runtimeApi: `127.0.0.1:${port}`,
    announce(program) {
      if (runsOnNode(program)) tell({ tell: 'listening', port });
      else tell({ tell: 'child', file: program });
    },
    close() {
      control?.destroy();
      server.close();
    },
  };
}
