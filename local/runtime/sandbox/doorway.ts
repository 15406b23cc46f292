/**
 * The way into an environment's own network: listening and connected sockets that were made there and belong to this
 * process. A small Node process joins the network, makes them and hands them over; whoever connects is then accepted
 * here, with nobody in between, and the small process goes as soon as nothing more is asked of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Server, Socket } from 'node:net';

export interface Doorway {
  /** Listens at 127.0.0.1:`port` in there. Rejects when it is taken, or the network has gone. */
  listen(port: number, connected: (socket: Socket) => void): Promise<void>;
  /** Connects to 127.0.0.1:`port` in there. Rejects with Node's connect error. */
  dial(port: number): Promise<Socket>;
  close(): void;
}

export interface DoorwayOptions {
  /** Runs Node with what follows, in the environment's network but with the machine's own files; asked at each start. */
  readonly command: () => readonly string[];
  /** Notes a process group, to be ended by whoever finds it; answers how to strike it off again. */
  readonly note: (pid: number) => () => void;
}

/** Asked for nothing this long, the small process ends. Its next start costs some 30 ms. */
const IDLE_MS = 3000;

/** Handed over at once and never read from: what comes in belongs to the new owner. */
const SCRIPT = `
const { createServer, Socket } = require('node:net');
process.on('disconnect', () => process.exit());
process.on('message', ({ id, listen, dial }) => {
  const failed = ({ code }) => process.send({ id, code });
  const made = (socket) => process.send({ id }, socket, { keepOpen: false }, () => socket.close?.());
  if (listen !== undefined) {
    const server = createServer().on('error', failed);
    server.listen(listen, '127.0.0.1', () => made(server));
  } else {
    const socket = new Socket({ allowHalfOpen: true }).on('error', failed);
    socket.pause();
    socket.connect(dial, '127.0.0.1', () => made(socket));
  }
});
`;

type Wish = { readonly listen: number } | { readonly dial: number };

interface Waiting {
  readonly resolve: (handle: Server | Socket) => void;
  readonly reject: (error: Error) => void;
}

export function openDoorway({ command, note }: DoorwayOptions): Doorway {
  const waiting = new Map<number, Waiting>();
  const servers = new Set<Server>();
  let asked = 0;
  let closed = false;
  let porter: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;

  function start(): ChildProcess {
    const [file = '', ...args] = [...command(), '-e', SCRIPT];
    const child = spawn(file, args, {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const struck = child.pid === undefined ? () => {} : note(child.pid);
    child.unref();
    child.on('message', ({ id, code }: { id: number; code?: string }, handle) => {
      const wish = waiting.get(id);
      waiting.delete(id);
      if (code !== undefined || handle === undefined) wish?.reject(refusal(code));
      else wish?.resolve(handle as Server | Socket);
      rest();
    });
    const over = (): void => {
      struck();
      if (porter !== child) return;
      porter = undefined;
      for (const { reject } of waiting.values()) reject(refusal());
      waiting.clear();
    };
    child.once('error', over);
    child.once('exit', over);
    return child;
  }

  function rest(): void {
    clearTimeout(timer);
    if (waiting.size > 0) return;
    porter?.channel?.unref();
    timer = setTimeout(leave, IDLE_MS).unref();
  }

  function leave(): void {
    clearTimeout(timer);
    const child = porter;
    porter = undefined;
    if (child?.connected) child.disconnect();
  }

  function ask(wish: Wish): Promise<Server | Socket> {
    if (closed) return Promise.reject(refusal());
    clearTimeout(timer);
    porter ??= start();
    asked += 1;
    const id = asked;
    const child = porter;
    child.channel?.ref();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.send({ id, ...wish }, (error) => {
        if (error && waiting.delete(id)) reject(refusal());
      });
    });
  }

  return {
    async listen(port, connected) {
      const server = (await ask({ listen: port })) as Server & { allowHalfOpen: boolean };
      if (closed) return void server.close();
      server.allowHalfOpen = true;
      server.on('connection', connected);
      server.on('error', () => server.close());
      server.unref();
      servers.add(server);
    },
    async dial(port) {
      return (await ask({ dial: port })) as Socket;
    },
    close() {
      closed = true;
      leave();
      for (const server of servers) server.close();
      servers.clear();
    },
  };
}

function refusal(code = 'ECONNREFUSED'): NodeJS.ErrnoException {
  return Object.assign(new Error(`the environment's network answered ${code}`), { code });
}
