import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { PortInUse } from './port-in-use.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Of the command line, for another port. */
  readonly flag: string;
}

/** Resolves with the port that is listened on; rejects with PortInUse, or what the system says. */
export function listen(server: Server, { host, port, flag }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUse(host, port, flag, error) : error);
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Resolves when nobody listens any more and every connection, busy or idle, has ended. */
export function close(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
