/**
 * The way to a subscriber's listener, which is a server inside the environment: HTTP with a JSON array for a body, or
 * TCP with a JSON text per line.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-creating-extension
 */
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Destination } from './subscription.ts';

export interface Delivery {
  /** JSON texts. Resolves when the subscriber has taken them; rejects when it cannot be reached. */
  send(events: readonly string[]): Promise<void>;
  close(): void;
}

/** Connects to a server inside the environment. */
export type Dial = (port: number) => Promise<Socket>;

export function createDelivery(destination: Destination, dial: Dial): Delivery {
  return destination.protocol === 'TCP' ? overTcp(destination, dial) : overHttp(destination, dial);
}

type Http = Extract<Destination, { protocol: 'HTTP' }>;

function overHttp({ port, path, method }: Http, dial: Dial): Delivery {
  const agent = new DialingAgent(() => dial(port));
  const send = (body: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = {
        host: `sandbox.localdomain:${port}`,
        'content-type': 'application/json',
        'content-length': body.length,
      };
      const sent = request({ agent, path, method, headers }, (response) => {
        response.resume();
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode < 400) resolve();
          else reject(new Error(`it answered with status ${statusCode}`));
        });
      });
      sent.once('error', (error: NodeJS.ErrnoException) => {
        // It hung up on a connection kept from before: that says nothing about the next.
        if (sent.reusedSocket && error.code === 'ECONNRESET') send(body).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  return {
    send: (events) => send(Buffer.from(`[${events.join(',')}]`)),
    close: () => agent.destroy(),
  };
}

/** One connection, kept while it can be. */
class DialingAgent extends Agent {
  readonly #dial: () => Promise<Socket>;

  constructor(dial: () => Promise<Socket>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#dial = dial;
  }

  override createConnection(_options: unknown, connected?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#dial().then(
      (socket) => connected?.(null, socket.unref()),
      (error: Error) => connected?.(error, undefined as unknown as Duplex),
    );
  }
}

function overTcp({ port }: { readonly port: number }, dial: Dial): Delivery {
  let open: Promise<Socket> | undefined;
  const connection = (): Promise<Socket> => {
    open ??= dial(port).then((socket) => {
      socket.resume();
      socket.unref();
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        open = undefined;
      });
      return socket;
    });
    open.catch(() => {
      open = undefined;
    });
    return open;
  };
  return {
    async send(events) {
      const socket = await connection();
      const text = events.map((event) => `${event}\n`).join('');
      await new Promise<void>((resolve, reject) => {
        socket.write(text, (error) => (error ? reject(error) : resolve()));
      });
    },
    close: () => void open?.then((socket) => socket.destroy()).catch(() => {}),
  };
}
