/**
 * Answers the egress preload of every environment and carries its approved connections. An environment is known by
 * the socket its questions came over; nothing it says can claim to be another.
 */
import { connect, isIP, type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import type { SandboxLevel } from '../sandbox/contract.ts';
import type { AwsDoor, EgressAnswer, EgressQuestion, EgressTarget } from './contract.ts';
import { converse } from './conversation.ts';
import { canonicalHostname, isOnInternet } from './hostnames.ts';
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
    const named = canonicalHostname(host);
    const hostname = own.hostnameOf(named) ?? named;
    const question: EgressQuestion = { environmentId, hostname, port, transport: 'tcp' };
    const answer = await rules.connect(question);
    if (answer.kind !== 'connect') return refusal(answer, question);
    const { target, ours } = answer;
    if (!ours && target.kind === 'tcp' && !isIP(hostname)) return towardsWorld(question, asker);
    const as = isIP(hostname) ? hostname : own.addressOf(hostname);
    return { ...(await towards(target, asker)), ...(ours && { as, ca: caPem }) };
  }

  function refusal(answer: Exclude<EgressAnswer, { kind: 'connect' }>, question: EgressQuestion): Go {
    switch (answer.kind) {
      case 'own':
        return ownLoopback(question);
      case 'hang':
        return { go: 'hang' };
      case 'refuse':
        return { go: 'refuse', errno: answer.errno };
    }
  }

  /**
   * Anybody may give a name any address: one that leads to this machine, or into somebody's own network, is decided as if
   * the program had named the address. What was looked up for that is what is connected to.
   */
  async function towardsWorld(question: EgressQuestion, asker: Asker): Promise<Go> {
    const { environmentId, hostname, port } = question;
    const looked = await names.lookup(environmentId, hostname, 0);
    if ('errno' in looked) return { go: 'refuse', errno: looked.errno };
    const addresses: string[] = [];
    let refused: Go | undefined;
    for (const address of looked.found) {
      const asked = { ...question, hostname: canonicalHostname(address) };
      const answer = isOnInternet(asked.hostname) ? undefined : await rules.connect(asked);
      if (!answer || answer.kind === 'connect') addresses.push(address);
      else refused ??= refusal(answer, asked);
    }
    if (addresses.length === 0) return refused ?? { go: 'refuse', errno: 'ENOTFOUND' };
    if (level === 'process') return { go: 'world', addresses };
    return dial({ host: hostname, port, lookup: lookupAmong(addresses) }, asker);
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
  function dial(to: NetConnectOpts, asker: Asker): Promise<Go> {
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
    const address = canonicalHostname(host);
    // Node looks names up before it sends; whatever speaks past it is not led by names of its choice.
    if (isIP(address) === 0) return undefined;
    const hostname = own.hostnameOf(address) ?? address;
    const answer = await rules.connect({ environmentId, hostname, port, transport: 'udp' });
    if (answer.kind === 'own') return 'own';
    return answer.kind === 'connect' && answer.target.kind === 'udp' ? answer.target : undefined;
  }

  async function datagram(environmentId: string, host: string, port: number): Promise<GoDatagram> {
    const route = await routeDatagram(environmentId, host, port);
    if (route === 'own') return { go: 'own' };
    if (route === undefined) return { go: 'drop' };
    if (level === 'namespaces') return { go: 'relay' };
    // A socket of IPv6 takes no other addresses.
    const mapped = host.includes(':') && isIP(route.host) === 4 ? '::ffff:' : '';
    return { go: 'udp', host: mapped + route.host, port: route.port };
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

function lookupAmong(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all }, answer) => {
    if (all) answer(null, found);
    else answer(null, found[0]!.address, found[0]!.family);
  };
}
