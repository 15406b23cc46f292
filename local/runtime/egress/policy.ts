/** What an environment reaches: itself, and what the network lets it of the stack's own names, AWS's services, the world. */
import { isIP } from 'node:net';
import type { AddressBook } from '../../kernel/addresses.ts';
import { type Destination, destinationOf, type Placement, type Reachability } from '../../policy/network/index.ts';
import type { EgressAnswer, EgressPolicy, EgressQuestion, NamePolicy } from './contract.ts';
import { awsName, canonicalHostname, isLinkLocal, isLoopback, isSandbox, isThisMachine } from './hostnames.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface EgressPolicyOptions {
  readonly addresses: AddressBook;
  /** Host and port of `AWS_ENDPOINT_URL`, as the process sees it. */
  readonly awsEndpoint: HostPort;
  /** `AWS_LAMBDA_RUNTIME_API` where the environment cannot reach it itself (namespaces level): 127.0.0.1:9001. */
  readonly runtimeApi?: HostPort;
  /** `AWS_XRAY_DAEMON_ADDRESS` as the process sees it, and where the daemon listens. */
  readonly xrayDaemon?: HostPort & { readonly target?: HostPort };
  /** Asked before anything but loopback is reached. Default: everything can be. */
  readonly canReach?: (environmentId: string, to: Destination) => Reachability;
  /** Whether names can be looked up where it stands; default: they can. */
  readonly canLookUp?: (environmentId: string) => Reachability;
  /** `--fail-fast-network`: errors at once where AWS would let the caller hang. */
  readonly failFast?: boolean;
  /** Told once for each environment, target and reason, which the caller is never given: programs try again. */
  readonly onRefusal?: (question: EgressQuestion, refusal: Refusal) => void;
  /** As often, of what passes because nobody knows whether AWS's network would let it. */
  readonly onDoubt?: (question: EgressQuestion, reason: string) => void;
  /** Told of every connection that the network was asked about. */
  readonly onConnection?: (question: EgressQuestion, reached: boolean) => void;
}

type Refusal = Extract<EgressAnswer, { reason: string }>;

export interface EgressRules {
  readonly connect: EgressPolicy;
  readonly resolve: NamePolicy;
  /** Tells of a refusal decided elsewhere: which ports are an environment's own, these rules do not know. */
  readonly refused: (question: EgressQuestion, refusal: Refusal) => void;
}

export function createEgressPolicy(options: EgressPolicyOptions): EgressRules {
  const { onRefusal, onDoubt } = options;
  const once = saidOnce();
  const refused = (question: EgressQuestion, refusal: Refusal): void => {
    if (onRefusal && once(question, refusal.reason)) onRefusal(question, refusal);
  };
  const told: EgressPolicyOptions = {
    ...options,
    onDoubt: (question, reason) => {
      if (onDoubt && once(question, reason)) onDoubt(question, reason);
    },
  };
  return {
    connect(asked) {
      const question = { ...asked, hostname: canonicalHostname(asked.hostname) };
      const answer = decide(question, told);
      const given = options.failFast && answer.kind === 'hang' ? failFast(answer) : answer;
      if (given.kind === 'hang' || given.kind === 'refuse') refused(question, given);
      return given;
    },
    refused,
    resolve({ environmentId, hostname: asked }) {
      const hostname = canonicalHostname(asked);
      if (isSandbox(hostname)) return { kind: 'own' };
      const verdict = isIP(hostname) ? undefined : options.canLookUp?.(environmentId);
      if (verdict?.kind === 'no') {
        const refusal = { kind: 'refuse', errno: 'ENOTFOUND', reason: inWords(verdict) } as const;
        refused({ environmentId, hostname, port: 53, transport: 'udp' }, refusal);
        return { kind: 'unknown' };
      }
      if (options.addresses.knows(hostname)) return { kind: 'ours' };
      const name = awsName(hostname);
      if (name === 'service') return { kind: 'ours' };
      return { kind: name === 'resource' ? 'unknown' : 'public' };
    },
  };
}

/** Programs make up names without end: what was said long ago may be said again. */
const MOST_SAID = 10_000;

function saidOnce(): (question: EgressQuestion, reason: string) => boolean {
  const said = new Set<string>();
  return ({ environmentId, hostname, port, transport }, reason) => {
    const key = `${environmentId} ${transport} ${hostname}:${port} ${reason}`;
    if (said.has(key)) return false;
    if (said.size >= MOST_SAID) said.clear();
    said.add(key);
    return true;
  };
}

function failFast({ reason }: { reason: string }): EgressAnswer {
  return { kind: 'refuse', errno: 'ETIMEDOUT', reason };
}

function decide(question: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  return question.transport === 'udp' ? decideDatagram(question, options) : decideConnection(question, options);
}

function decideDatagram(question: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  const { hostname, port } = question;
  const { xrayDaemon } = options;
  if (xrayDaemon && isAt(hostname, port, xrayDaemon)) {
    const { host, port: at } = xrayDaemon.target ?? xrayDaemon;
    return { kind: 'connect', target: { kind: 'udp', host, port: at }, ours: true };
  }
  if (isLoopback(hostname)) return { kind: 'own' };
  if (isLinkLocal(hostname)) return linkLocal(hostname);
  if (isThisMachine(hostname)) return thisMachine(hostname);
  return unreachable(question, options) ?? { kind: 'connect', target: { kind: 'udp', host: hostname, port } };
}

function decideConnection(question: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  const { hostname, port } = question;
  const { addresses, runtimeApi, awsEndpoint } = options;
  if (runtimeApi && isAt(hostname, port, runtimeApi)) return { kind: 'connect', target: { kind: 'runtime-api' } };
  if (isAt(hostname, port, awsEndpoint)) {
    return { kind: 'connect', target: { kind: 'aws-door', tls: false }, ours: true };
  }
  if (isLoopback(hostname)) return { kind: 'own' };
  if (isLinkLocal(hostname)) return linkLocal(hostname);
  const address = addresses.lookup(hostname, port);
  if (address) {
    const { target, placement = PUBLIC } = address;
    return unreachable(question, options, placement) ?? { kind: 'connect', target, ours: true };
  }
  // A security group lets through the port of the resource and drops the rest.
  if (addresses.knows(hostname)) return { kind: 'hang', reason: `${hostname} does not listen on port ${port}` };
  return toTheWorld(question, options);
}

function toTheWorld(question: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  const { hostname, port } = question;
  const name = awsName(hostname);
  if (name === 'resource') {
    return { kind: 'refuse', errno: 'ENOTFOUND', reason: `no resource of this stack has the name ${hostname}` };
  }
  if (isThisMachine(hostname)) return thisMachine(hostname);
  if (name === 'service' && port !== 443 && port !== 80) {
    return { kind: 'hang', reason: `AWS services listen on ports 443 and 80, not ${port}` };
  }
  return (
    unreachable(question, options) ??
    (name === 'service'
      ? { kind: 'connect', target: { kind: 'aws-door', tls: port === 443 }, ours: true }
      : { kind: 'connect', target: { kind: 'tcp', host: hostname, port } })
  );
}

/** Of what is known by name only. */
const PUBLIC: Placement = { kind: 'public' };

function unreachable(
  question: EgressQuestion,
  { canReach, onDoubt, onConnection }: EgressPolicyOptions,
  placement?: Placement,
): EgressAnswer | undefined {
  if (!canReach) return undefined;
  const { environmentId, hostname, port, transport } = question;
  const verdict = canReach(environmentId, destinationOf({ hostname, port, protocol: transport, placement }));
  onConnection?.(question, verdict.kind !== 'no');
  if (verdict.kind === 'unknown') onDoubt?.(question, verdict.reason);
  return verdict.kind === 'no' ? { kind: 'hang', reason: inWords(verdict) } : undefined;
}

function inWords({ reason, remedy }: Extract<Reachability, { kind: 'no' }>): string {
  return remedy === undefined ? reason : `${reason}; ${remedy}`;
}

function linkLocal(hostname: string): EgressAnswer {
  return { kind: 'refuse', errno: 'ECONNREFUSED', reason: `${hostname} cannot be reached from a Lambda function` };
}

function thisMachine(hostname: string): EgressAnswer {
  return { kind: 'hang', reason: `${hostname} is an address of this machine, where nothing of AWS's network is` };
}

/** `localhost:4566`, `127.0.0.1:4566` and `[::1]:4566` are one place. */
function isAt(hostname: string, port: number, place: HostPort): boolean {
  if (port !== place.port) return false;
  const host = canonicalHostname(place.host);
  return hostname === host || (isLoopback(hostname) && isLoopback(host));
}
