/** What an environment reaches: the stack's own names, AWS's services, itself, and (for now) the rest of the world. */
import type { AddressBook } from '../../kernel/addresses.ts';
import type { Reachability } from '../../policy/network/verdict.ts';
import type { EgressAnswer, EgressPolicy, EgressQuestion, NamePolicy } from './contract.ts';
import { awsName, canonicalHostname, isLinkLocal, isLoopback, isSandbox } from './hostnames.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What an environment wants to reach, for the network policy. */
export interface ReachTarget {
  readonly hostname: string;
  readonly port: number;
  /** Of the resource behind a name of the stack. */
  readonly resourceArn?: string;
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
  readonly canReach?: (environmentId: string, target: ReachTarget) => Reachability;
  /** `--fail-fast-network`: errors at once where AWS would let the caller hang. */
  readonly failFast?: boolean;
  /** Told once per refused connection, with the reason the caller is never given. */
  readonly onRefusal?: (question: EgressQuestion, refusal: Refusal) => void;
}

type Refusal = Extract<EgressAnswer, { reason: string }>;

export interface EgressRules {
  readonly connect: EgressPolicy;
  readonly resolve: NamePolicy;
  /** Tells of a refusal decided elsewhere: which ports are an environment's own, these rules do not know. */
  readonly refused: (question: EgressQuestion, refusal: Refusal) => void;
}

export function createEgressPolicy(options: EgressPolicyOptions): EgressRules {
  const { onRefusal } = options;
  return {
    connect(question) {
      const answer = decide({ ...question, hostname: canonicalHostname(question.hostname) }, options);
      const given = options.failFast && answer.kind === 'hang' ? failFast(answer) : answer;
      if (given.kind === 'hang' || given.kind === 'refuse') onRefusal?.(question, given);
      return given;
    },
    refused: (question, refusal) => onRefusal?.(question, refusal),
    resolve(question) {
      const hostname = canonicalHostname(question.hostname);
      if (isSandbox(hostname)) return { kind: 'own' };
      if (options.addresses.knows(hostname)) return { kind: 'ours' };
      const name = awsName(hostname);
      if (name === 'service') return { kind: 'ours' };
      return { kind: name === 'resource' ? 'unknown' : 'public' };
    },
  };
}

function failFast({ reason }: { reason: string }): EgressAnswer {
  return { kind: 'refuse', errno: 'ETIMEDOUT', reason };
}

function decide(question: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  return question.transport === 'udp' ? decideDatagram(question, options) : decideConnection(question, options);
}

function decideDatagram({ environmentId, hostname, port }: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  const { xrayDaemon } = options;
  if (xrayDaemon && isAt(hostname, port, xrayDaemon)) {
    const { host, port: at } = xrayDaemon.target ?? xrayDaemon;
    return { kind: 'connect', target: { kind: 'udp', host, port: at }, ours: true };
  }
  if (isLoopback(hostname)) return { kind: 'own' };
  if (isLinkLocal(hostname)) return linkLocal(hostname);
  return (
    unreachable(environmentId, { hostname, port }, options) ?? {
      kind: 'connect',
      target: { kind: 'udp', host: hostname, port },
    }
  );
}

function decideConnection(question: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  const { environmentId, hostname, port } = question;
  const { addresses, runtimeApi, awsEndpoint } = options;
  if (runtimeApi && isAt(hostname, port, runtimeApi)) return { kind: 'connect', target: { kind: 'runtime-api' } };
  if (isAt(hostname, port, awsEndpoint)) {
    return { kind: 'connect', target: { kind: 'aws-door', tls: false }, ours: true };
  }
  if (isLoopback(hostname)) return { kind: 'own' };
  if (isLinkLocal(hostname)) return linkLocal(hostname);
  const address = addresses.lookup(hostname, port);
  if (address) {
    const { target, resourceArn } = address;
    return (
      unreachable(environmentId, { hostname, port, resourceArn }, options) ?? { kind: 'connect', target, ours: true }
    );
  }
  // A security group lets through the port of the resource and drops the rest.
  if (addresses.knows(hostname)) return { kind: 'hang', reason: `${hostname} does not listen on port ${port}` };
  return toTheWorld(question, options);
}

function toTheWorld({ environmentId, hostname, port }: EgressQuestion, options: EgressPolicyOptions): EgressAnswer {
  const name = awsName(hostname);
  if (name === 'resource') {
    return { kind: 'refuse', errno: 'ENOTFOUND', reason: `no resource of this stack has the name ${hostname}` };
  }
  if (name === 'service' && port !== 443 && port !== 80) {
    return { kind: 'hang', reason: `AWS services listen on ports 443 and 80, not ${port}` };
  }
  return (
    unreachable(environmentId, { hostname, port }, options) ??
    (name === 'service'
      ? { kind: 'connect', target: { kind: 'aws-door', tls: port === 443 }, ours: true }
      : { kind: 'connect', target: { kind: 'tcp', host: hostname, port } })
  );
}

function unreachable(
  environmentId: string,
  target: ReachTarget,
  { canReach }: EgressPolicyOptions,
): EgressAnswer | undefined {
  const verdict = canReach?.(environmentId, target);
  if (verdict?.kind !== 'no') return undefined;
  return { kind: 'hang', reason: verdict.remedy ? `${verdict.reason}; ${verdict.remedy}` : verdict.reason };
}

function linkLocal(hostname: string): EgressAnswer {
  return { kind: 'refuse', errno: 'ECONNREFUSED', reason: `${hostname} cannot be reached from a Lambda function` };
}

/** `localhost:4566`, `127.0.0.1:4566` and `[::1]:4566` are one place. */
function isAt(hostname: string, port: number, place: HostPort): boolean {
  if (port !== place.port) return false;
  const host = canonicalHostname(place.host);
  return hostname === host || (isLoopback(hostname) && isLoopback(host));
}
