/**
 * Network ACLs forget: both ways of a connection are asked, and the first rule by number that is about a packet decides.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 */
import type { CompiledNetwork } from './compiled.ts';
import type { NetworkAclEntry } from './graph.ts';
import { type End, matchBlock, type Ports, type Protocol } from './traffic.ts';

export interface AclVerdict {
  readonly match: 'yes' | 'no' | 'perhaps';
  /** The entry that decides; none: `*`, which denies what no entry is about. */
  readonly entry?: NetworkAclEntry;
  /** What of the ports is denied. */
  readonly denied?: Ports;
}

/**
 * Where Lambda's network interfaces and NAT gateways take answers.
 * https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
 */
export const EPHEMERAL: Ports = [1024, 65535];

const NUMBERS = { tcp: '6', udp: '17' } as const;

/** Whether packets to these ports pass, all of them: of answers, one never knows which port they go to. */
export function aclAllows(
  entries: readonly NetworkAclEntry[],
  direction: 'ingress' | 'egress',
  traffic: { readonly protocol: Protocol; readonly ports: Ports },
  other: End,
  network: CompiledNetwork,
): AclVerdict {
  let open: readonly Ports[] = [traffic.ports];
  let perhaps: NetworkAclEntry | undefined;
  const inOrder = entries
    .filter(({ egress }) => egress === (direction === 'egress'))
    .sort((a, b) => a.ruleNumber - b.ruleNumber);
  for (const entry of inOrder) {
    if (entry.protocol !== '-1' && entry.protocol !== NUMBERS[traffic.protocol]) continue;
    const about = portsOf(entry);
    const denied = open.map((ports) => common(ports, about)).find((ports) => ports !== undefined);
    if (denied === undefined) continue;
    const match = matchBlock(entry.cidr, other, network);
    if (match === 'no') continue;
    if (match === 'perhaps') perhaps ??= entry;
    else if (entry.action === 'deny') {
      return perhaps ? { match: 'perhaps', entry: perhaps } : { match: 'no', entry, denied };
    } else open = open.flatMap((ports) => without(ports, about));
    if (open.length === 0) return perhaps ? { match: 'perhaps', entry: perhaps } : { match: 'yes', entry };
  }
  return perhaps ? { match: 'perhaps', entry: perhaps } : { match: 'no', denied: open[0] };
}

function portsOf({ protocol, fromPort, toPort }: NetworkAclEntry): Ports {
  if (protocol === '-1' || fromPort === undefined || toPort === undefined || fromPort < 0) return [0, 65535];
  return [fromPort, toPort];
}

function common([a, b]: Ports, [c, d]: Ports): Ports | undefined {
  const from = Math.max(a, c);
  const to = Math.min(b, d);
  return from <= to ? [from, to] : undefined;
}

function without([from, to]: Ports, [start, end]: Ports): readonly Ports[] {
  const rest: Ports[] = [
    [from, Math.min(to, start - 1)],
    [Math.max(from, end + 1), to],
  ];
  return rest.filter(([first, last]) => first <= last);
}
