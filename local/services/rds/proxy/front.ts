/**
 * Where a proxy itself takes connections: it lets the server greet, sees who logs in, and says no in the proxy's words.
 * What it lets in it passes on, unread where nobody has to be refused.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { LOCAL_HOST } from '../fleet.ts';
import type { Judgement } from './judgement.ts';
import { nextPacket, pass } from './packet-stream.ts';
import { provesOneOf } from './password-proof.ts';
import { errorPacket, type Packet, type Reply, readNonce, readReply, type ServerError } from './protocol.ts';
import { accessDenied, noDatabaseConnection, requiresTls } from './refusals.ts';

export interface FrontOptions {
  /** PEM, for every name of the proxy. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly judge: () => Promise<Judgement>;
  /** The database's; undefined while it has none that runs. */
  readonly server: () => ServerAccess | undefined;
  readonly settings: () => { readonly requireTls: boolean; readonly borrowTimeoutMs: number };
  /** Resolves after so many ms; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told once a refused connection, for the log. */
  readonly onRefusal: (reason: string) => void;
}

export interface ServerAccess {
  readonly port: number;
  readonly socketPath: string;
  /** It takes encrypted connections only; its unix socket counts as one. */
  readonly requiresTls: boolean;
}

export interface Front {
  readonly port: number;
  /** Connections of clients now; each has one of its own to the database. */
  readonly connections: number;
  /** Connections of clients so far, refused ones too. */
  readonly received: number;
  /** Takes a connection that was not made to the port. */
  accept(client: Socket): void;
  close(): void;
}

/** One client that logs in, and the server it would log in to; inside TLS, where it speaks TLS. */
interface Visit {
  readonly client: Duplex;
  readonly server: Duplex;
  /** What the server greeted with, and every proof of a password is made with. */
  readonly nonce: Buffer | undefined;
  readonly login: Packet;
  readonly reply: Extract<Reply, { kind: 'login' }>;
  /** As the database would name where the client comes from. */
  readonly from: string;
}

/** A client that says nothing is not waited for longer than MariaDB waits. */
const LOGIN_WITHIN_MS = 10_000;

/** Of a packet: the server has more to say than hello, e.g. that there are too many connections. */
const ERROR = 0xff;

/** Rejects with the system's error when no port can be had. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const secureContext = createSecureContext(options.tls);
  const clients = new Set<Socket>();
  let received = 0;
  const accept = (client: Socket): void => {
    received += 1;
    clients.add(client);
    client.once('close', () => clients.delete(client));
    receive(client, secureContext, options).catch(() => client.destroy());
  };
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ host: LOCAL_HOST, port: 0 }, resolve);
  });
  listener.unref();
  return {
    port: (listener.address() as { port: number }).port,
    get connections() {
      return clients.size;
    },
    get received() {
      return received;
    },
    accept,
    close() {
      listener.close();
      for (const client of clients) client.destroy();
    },
  };
}

async function receive(client: Socket, secureContext: SecureContext, options: FrontOptions): Promise<void> {
  const access = options.server();
  const { requireTls } = options.settings();
  const from = client.remoteAddress ?? LOCAL_HOST;
  // Without a server there is nobody to greet in the database's name.
  if (!access) {
    client.destroy();
    return;
  }
  // The way to the database is encrypted when the database wants it so, whatever the client's way to the proxy is. Whoever
  // comes by the unix socket has to be looked at: the administrator needs no password there.
  const bySocket = access.requiresTls && !requireTls;
  const to = bySocket ? { path: access.socketPath } : { host: LOCAL_HOST, port: access.port };
  const server = connect({ ...to, allowHalfOpen: true, noDelay: true });
  tie(client, server);
  tie(server, client);
  const patience = setTimeout(() => client.destroy(), LOGIN_WITHIN_MS).unref();
  client.once('close', () => clearTimeout(patience));
  const greeting = await nextPacket(server);
  client.write(greeting.whole);
  if (greeting.payload[0] === ERROR) return pass(server, client);
  const nonce = readNonce(greeting.payload);
  const opening = await nextPacket(client);
  const reply = readReply(opening.payload);
  if (!reply) throw new Error('not a MySQL client');
  if (reply.kind === 'login') {
    clearTimeout(patience);
    const visit: Visit = { client, server, nonce, login: opening, reply, from };
    if (!requireTls) return admit(visit, options);
    return refuse(visit, requiresTls, 'the proxy has RequireTLS, and the client does not use TLS', options);
  }
  const judgement = await options.judge();
  server.write(opening.whole);
  if (judgement.kind === 'way' && judgement.everybody && !bySocket) {
    clearTimeout(patience);
    return pass(client, server);
  }
  const inner = new TLSSocket(client, { isServer: true, secureContext });
  // A server of our own on the loopback interface: its certificate has other names.
  const innerServer = connectTls({ socket: server, rejectUnauthorized: false });
  tie(inner, client);
  tie(innerServer, server);
  const login = await nextPacket(inner);
  clearTimeout(patience);
  const inside = readReply(login.payload);
  if (inside?.kind !== 'login') throw new Error('not a MySQL client');
  await admit({ client: inner, server: innerServer, nonce, login, reply: inside, from }, options);
}

/** When one breaks, so does the other; what came before an end in good order still arrives. */
function tie(one: Duplex, other: Duplex): void {
  one.on('error', () => other.destroy());
  one.once('close', () => {
    if (!other.writableEnded) other.destroy();
  });
}

async function admit(visit: Visit, options: FrontOptions): Promise<void> {
  const { client, server, login, reply, from } = visit;
  const judgement = await options.judge();
  if (judgement.kind === 'no-way') {
    options.onRefusal(judgement.reason);
    const gone = new AbortController();
    client.once('close', () => gone.abort());
    await options.sleep(options.settings().borrowTimeoutMs, gone.signal);
    return refuse(visit, noDatabaseConnection, undefined, options);
  }
  const credentials = judgement.credentials.of(reply.user);
  if (credentials.kind === 'unknown') {
    const error = accessDenied(reply.user, from, reply.withPassword);
    const reason = `it has no credentials of ${reply.user}: ${credentials.reason}`;
    const remedy = await credentials.remedy?.();
    return refuse(visit, error, remedy === undefined ? reason : `${reason}; ${remedy}`, options);
  }
  if (provesAnother(visit, credentials.passwords)) {
    const error = accessDenied(reply.user, from, reply.withPassword);
    return refuse(visit, error, `what ${reply.user} gave is not the password its secret has now`, options);
  }
  server.write(login.whole);
  pass(client, server);
}

/**
 * RDS Proxy knows the passwords of its secrets' current versions and no other, while the database may take more of a user
 * whose password is rotated. What proves none of them the database judges.
 */
function provesAnother({ nonce, reply }: Visit, passwords: readonly string[] | undefined): boolean {
  if (!nonce || !reply.proof || !passwords) return false;
  return provesOneOf(reply.proof, nonce, passwords) === false;
}

function refuse(
  { client, server, login }: Visit,
  error: ServerError,
  reason: string | undefined,
  { onRefusal }: FrontOptions,
): void {
  if (reason !== undefined) onRefusal(reason);
  client.end(errorPacket(login.sequence + 1, error));
  // The client hears it before its connection goes with the server's.
  client.once('finish', () => server.destroy());
  client.resume();
}
