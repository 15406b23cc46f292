/** The proxies' own ways in, one a proxy, and when they are needed. */
import type { AddressTarget } from '../../../kernel/addresses.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import { LOCAL_HOST } from '../fleet.ts';
import type { RdsRoom } from '../room.ts';
import { type Front, openFront } from './front.ts';
import { createJudge, type Judge } from './judgement.ts';

export interface ProxyFronts {
  /** From now on the proxy takes connections; again for one that does already, nothing changes. */
  open(proxyName: string): Promise<void>;
  close(proxyName: string): void;
  closeAll(): void;
  /** Finds out whom each lets in, where that can be kept for the first connection; leaves to it what fails. */
  prepare(): Promise<void>;
  /**
   * Where a connection made now leads: straight to the server when it is known that the proxy would refuse nobody whom
   * the server does not refuse as well.
   */
  target(proxyName: string, serverPort: number): AddressTarget;
  /** Of every proxy that takes connections. */
  usage(): readonly ProxyUsage[];
}

export interface ProxyUsage {
  readonly proxyName: string;
  /** The database's identifier; undefined while it has none. */
  readonly target: string | undefined;
  readonly connections: number;
  readonly received: number;
}

interface Opened {
  readonly front: Front;
  readonly judge: Judge;
}

const tcp = (port: number, front?: Front): AddressTarget => ({
  kind: 'tcp',
  host: LOCAL_HOST,
  port,
  ...(front && { accept: front.accept }),
});

/** AWS's own, for a proxy that is not told otherwise; seconds. */
const BORROW_TIMEOUT = 120;

export function createProxyFronts(
  room: Pick<RdsRoom, 'context' | 'place' | 'names' | 'records' | 'fleet'>,
  tls: { readonly key: string; readonly cert: string },
): ProxyFronts {
  const { records, context } = room;
  const { clock, telemetry } = context;
  const opened = new Map<string, Promise<Opened>>();
  const ready = new Map<string, Opened>();

  function tell(name: string, reason: string): void {
    const timestamp = clock.now();
    const message = `RDS proxy ${name} refused a connection: ${reason}`;
    telemetry.log(OWN_LOG, [{ timestamp, message }]);
    const own = { logGroup: `/aws/rds/proxy/${name}`, logStream: name, label: name };
    telemetry.log(own, [{ timestamp, message: reason }]);
  }

  async function openOne(name: string): Promise<Opened> {
    const judge = createJudge(room, name);
    const front = await openFront({
      tls,
      judge: judge.judge,
      server: () => {
        const identifier = records.proxies.get(name)?.target?.instanceIdentifiers[0];
        const instance = identifier === undefined ? undefined : records.instances.get(identifier);
        const server = instance && room.fleet.running(instance.identifier);
        if (!server) return undefined;
        const { port, socketPath } = server;
        return { port, socketPath, requiresTls: room.fleet.requiresTls(instance) };
      },
      settings: () => {
        const proxy = records.proxies.get(name);
        return {
          requireTls: proxy?.requireTls ?? false,
          borrowTimeoutMs: (proxy?.target?.connectionBorrowTimeout ?? BORROW_TIMEOUT) * 1000,
        };
      },
      sleep: (ms, signal) => clock.sleep(ms, signal),
      onRefusal: (reason) => tell(name, reason),
    });
    return { front, judge };
  }

  return {
    async open(name) {
      let opening = opened.get(name);
      if (!opening) {
        opening = openOne(name);
        opened.set(name, opening);
      }
      const one = await opening;
      if (opened.get(name) === opening) ready.set(name, one);
      else one.front.close();
    },
    close(name) {
      opened.delete(name);
      ready.get(name)?.front.close();
      ready.delete(name);
    },
    closeAll() {
      opened.clear();
      for (const { front } of ready.values()) front.close();
      ready.clear();
    },
    async prepare() {
      await Promise.allSettled([...ready.values()].map(({ judge }) => judge.prepare()));
    },
    usage: () =>
      [...ready].map(
        ([
          proxyName,
          {
            front: { connections, received },
          },
        ]) => ({
          proxyName,
          target: records.proxies.get(proxyName)?.target?.instanceIdentifiers[0],
          connections,
          received,
        }),
      ),
    target(name, serverPort) {
      const one = ready.get(name);
      if (!one) return tcp(serverPort);
      const { front, judge } = one;
      const judgement = judge.known();
      if (judgement?.kind === 'way' && judgement.direct) return tcp(serverPort, front);
      // For those who come next; who comes now is told by the front.
      if (!judgement) judge.judge().catch(() => {});
      return tcp(front.port, front);
    },
  };
}

/** For databases that are only described: there is nothing to stand in front of. */
export const NO_FRONTS: ProxyFronts = {
  async open() {},
  close() {},
  closeAll() {},
  async prepare() {},
  target: (_, serverPort) => tcp(serverPort),
  usage: () => [],
};
