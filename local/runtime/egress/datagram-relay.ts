/** Carries datagrams for programs that have no network of their own, and the answers back. */
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';

export interface DatagramRelay {
  /** `from` numbers the program's socket: answers to it come back under that number. */
  send(from: number, host: string, port: number, data: Buffer): void;
  /** The program closed its socket: what it sent is on its way, and nobody waits for answers. */
  end(from: number): void;
  close(): void;
}

interface Carrier {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
  readonly close: () => void;
  /** Datagrams that the system has not taken yet. */
  underWay: number;
  isEnded: boolean;
}

/** A socket nobody uses this long is closed. */
const IDLE_MS = 60_000;

export function createDatagramRelay(
  answer: (to: number, host: string, port: number, data: Buffer) => void,
): DatagramRelay {
  const sockets = new Map<string, Carrier>();

  function carrierFor(from: number, family: 4 | 6): Carrier {
    const key = `${from}/${family}`;
    const known = sockets.get(key);
    if (known) {
      known.timer.refresh();
      return known;
    }
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const close = (): void => {
      if (!sockets.delete(key)) return;
      clearTimeout(timer);
      socket.close();
    };
    const timer = setTimeout(close, IDLE_MS).unref();
    socket.unref();
    // Nobody there: as with any datagram, the sender is not told.
    socket.on('error', close);
    socket.on('message', (data, { address, port }) => answer(from, address, port, data));
    const carrier = { socket, timer, close, underWay: 0, isEnded: false };
    sockets.set(key, carrier);
    return carrier;
  }

  return {
    send(from, host, port, data) {
      const carrier = carrierFor(from, isIP(host) === 6 ? 6 : 4);
      carrier.underWay += 1;
      carrier.socket.send(data, port, host, () => {
        carrier.underWay -= 1;
        if (carrier.isEnded && carrier.underWay === 0) carrier.close();
      });
    },
    end(from) {
      for (const family of [4, 6]) {
        const carrier = sockets.get(`${from}/${family}`);
        if (!carrier) continue;
        carrier.isEnded = true;
        if (carrier.underWay === 0) carrier.close();
      }
    },
    close() {
      for (const { socket, timer } of sockets.values()) {
        clearTimeout(timer);
        socket.close();
      }
      sockets.clear();
    },
  };
}
