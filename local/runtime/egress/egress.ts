/**
 * Answers the egress preload of every environment and carries its approved connections. An environment is known by
 * the socket its questions came over; nothing it says can claim to be another.
 */
import { connect, isIP, type Socket } from 'node:net';
import type { SandboxLevel } from '../sandbox/contract.ts';
import type { AwsDoor, EgressQuestion, EgressTarget } from './contract.ts';
import { converse } from './conversation.ts';
import { canonicalHostname } from './hostnames.ts';
import { createNames } from './names.ts';
import { createOwnAddresses } from './own-addresses.ts';
import type { EgressRules } from './policy.ts';
import { splice, takeTicket } from './splice.ts';
import { createTickets } from './tickets.ts';
import { type Answer, type Asked, type Go, type GoDatagram, TICKET_BYTE } from './wire.ts';

export interface EgressOptions {
  readonly level: SandboxLevel;
  readonly rules: EgressRules;
  readonly door: AwsDoor;
  /** PEM of the local authority, which TLS connections to our own side trust beside the public ones. */
  readonly caPem: string;
  /** A program that is not Node was started where only Node's connections can be held; told once per program. */
  readonly onEscape?: (environmentId: string, program: string) => void;
}

export interface Egress {
  /** Takes a connection of the environment's socket whose first byte is neither a frame's nor HTTP's. */
  serve(socket: Socket, environmentId: string): void;
  close(): void;
}

/** One process of an environment, by its connection. */
interface Asker {
  readonly environmentId: string;
}

/** What is known of an environment while any of its processes is connected. */
interface Connected {
  processes: number;
  /** Its own servers. */
  readonly ports: Set<number>;
  /** Programs that are not Node. */
  readonly escaped: Set<string>;
}

export function createEgress(options: EgressOptions): Egress {
  const { level, rules, door, caPem } = options;
  const own = createOwnAddresses();
  const names = createNames(rules.resolve, own);
  const tickets = createTickets();
  const environments = new Map<string, Connected>();

  async function connection(asker: Asker, host: string, port: number): Promise<Go> {
    const { environmentId } = asker;
    const hostname = own.hostnameOf(host) ?? canonicalHostname(host);
    const question: EgressQuestion = { environmentId, hostname, port, transport: 'tcp' };
    const answer = await rules.connect(question);
    switch (answer.kind) {
      case 'own':
        return ownLoopback(question);
      case 'hang':
        return { go: 'hang' };
      case 'refuse':
        return { go: 'refuse', errno: answer.errno };
      case 'connect': {
        const as = isIP(hostname) ? hostname : own.addressOf(hostname);
        return { ...(await towards(answer.target, asker)), ...(answer.ours && { as, ca: caPem }) };
      }
    }
  }

  /**
   * Inside a network namespace loopback is the environment's own. Otherwise it is shared with the whole machine, and
   * only what the environment's own Node processes listen on is let through; once it has started a program that is
   * not Node, whose server it is cannot be told any more.
   */
  function ownLoopback(question: EgressQuestion): Go {
    const environment = environments.get(question.environmentId);
    if (level === 'namespaces' || environment?.ports.has(question.port) || environment?.escaped.size) {
      return { go: 'own' };
    }
    const place = `${question.hostname}:${question.port}`;
    const refusal = {
      kind: 'refuse',
      errno: 'ECONNREFUSED',
      reason: `${place} is this machine's; in the function's own environment nothing listens there`,
    } as const;
    rules.refused(question, refusal);
    return { go: 'refuse', errno: refusal.errno };
  }

  async function towards(target: EgressTarget, asker: Asker): Promise<Go> {
    switch (target.kind) {
      case 'runtime-api':
        return { go: 'through' };
      case 'aws-door': {
        const { environmentId } = asker;
        const { tls } = target;
        const ticket = tickets.issue({
          environmentId,
          asker,
          take: (socket) => door.accept(socket, environmentId, { tls }),
        });
        return { go: 'through', ticket };
      }
      case 'tcp':
        if (level === 'process') return { go: 'tcp', host: target.host, port: target.port };
        if (target.accept) {
          const { environmentId } = asker;
          return { go: 'through', ticket: tickets.issue({ environmentId, asker, take: target.accept }) };
        }
        return dial({ host: target.host, port: target.port }, asker);
      case 'unix':
        return dial({ path: target.path }, asker);
      case 'udp':
        throw new TypeError('a connection cannot lead to a UDP port');
    }
  }

  /** Connects from here first, so that a refusal is the program's refusal. */
  function dial(to: { host: string; port: number } | { path: string }, asker: Asker): Promise<Go> {
    return new Promise((resolve) => {
      const upstream = connect({ ...to, allowHalfOpen: true });
      const refused = (error: NodeJS.ErrnoException): void => {
        resolve({ go: 'refuse', errno: error.code ?? 'ECONNREFUSED' });
      };
      upstream.once('error', refused);
      upstream.once('connect', () => {
        upstream.off('error', refused);
        upstream.on('error', () => upstream.destroy());
        upstream.setNoDelay(true);
        const ticket = tickets.issue({
          environmentId: asker.environmentId,
          asker,
          take: (socket) => splice(socket, upstream),
          giveUp: () => upstream.destroy(),
        });
        resolve({ go: 'through', ticket });
      });
    });
  }

  async function routeDatagram(environmentId: string, host: string, port: number) {
    const hostname = own.hostnameOf(host) ?? canonicalHostname(host);
    const answer = await rules.connect({ environmentId, hostname, port, transport: 'udp' });
    if (answer.kind === 'own') return 'own';
    return answer.kind === 'connect' && answer.target.kind === 'udp' ? answer.target : undefined;
  }

  async function datagram(environmentId: string, host: string, port: number): Promise<GoDatagram> {
    const route = await routeDatagram(environmentId, host, port);
    if (route === 'own') return { go: 'own' };
    if (route === undefined) return { go: 'drop' };
    return level === 'namespaces' ? { go: 'relay' } : { go: 'udp', host: route.host, port: route.port };
  }

  async function answer(question: Asked, asker: Asker): Promise<Answer> {
    const { environmentId } = asker;
    const { id, host } = question;
    switch (question.ask) {
      case 'connect':
        return { id, ...(await connection(asker, host, question.port)) };
      case 'datagram':
        return { id, ...(await datagram(environmentId, host, question.port)) };
      case 'lookup': {
        const result = await names.lookup(environmentId, host, question.family);
        return 'found' in result ? { id, addresses: result.found } : { id, errno: result.errno };
      }
      case 'resolve': {
        const result = await names.resolve(environmentId, host, question.type);
        return 'found' in result ? { id, ...result.found } : { id, errno: result.errno };
      }
    }
  }

  function listen(socket: Socket, environmentId: string): void {
    const state = environments.get(environmentId) ?? { processes: 0, ports: new Set(), escaped: new Set() };
    environments.set(environmentId, state);
    state.processes += 1;
    const asker: Asker = { environmentId };
    converse(socket, {
      async answer(question) {
        const answered = await answer(question, asker);
        if (socket.destroyed) tickets.abandonAll(asker);
        return answered;
      },
      async routeDatagram(host, port) {
        const route = await routeDatagram(environmentId, host, port);
        return route === 'own' ? undefined : route;
      },
      listening: (port) => void state.ports.add(port),
      child(program) {
        if (level === 'namespaces' || state.escaped.has(program)) return;
        state.escaped.add(program);
        options.onEscape?.(environmentId, program);
      },
      abandoned: (ticket) => tickets.abandon(ticket, environmentId),
      ended() {
        tickets.abandonAll(asker);
        state.processes -= 1;
        if (state.processes === 0) environments.delete(environmentId);
      },
    });
  }

  return {
    serve(socket, environmentId) {
      socket.once('data', (first: Buffer) => {
        socket.pause();
        socket.unshift(first);
        if (first[0] === TICKET_BYTE) {
          takeTicket(socket, (ticket) => {
            if (!tickets.redeem(ticket, environmentId, socket)) socket.destroy();
          });
        } else listen(socket, environmentId);
        process.nextTick(() => socket.resume());
      });
    },
    close: () => tickets.close(),
  };
}
