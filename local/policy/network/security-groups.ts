/**
 * Security groups remember connections: who may open one gets its answers.
 * https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
import type { CompiledNetwork } from './compiled.ts';
import type { SecurityGroupRule } from './graph.ts';
import { best, type End, type Match, matchPeer, type Protocol } from './traffic.ts';

export interface GroupsVerdict {
  readonly match: Match;
  /** The rule that allows, or might. */
  readonly rule?: SecurityGroupRule;
  readonly groupId?: string;
  /** A group that is not of this network: its rules are not known. */
  readonly unknownGroupId?: string;
}

/** Whether any rule of any of the groups lets a connection out to (`egress`) or in from (`ingress`) the other end. */
export function groupsAllow(
  groupIds: readonly string[],
  direction: 'ingress' | 'egress',
  traffic: { readonly protocol: Protocol; readonly port: number },
  other: End,
  network: CompiledNetwork,
): GroupsVerdict {
  let perhaps: GroupsVerdict | undefined;
  for (const groupId of groupIds) {
    const group = network.groups.get(groupId);
    if (!group) {
      perhaps ??= { match: 'perhaps', groupId, unknownGroupId: groupId };
      continue;
    }
    for (const rule of group[direction]) {
      if (!isAbout(rule, traffic)) continue;
      const match = matchPeer(rule.peer, other, network);
      if (match === 'yes') return { match, rule, groupId };
      if (match === 'perhaps') perhaps ??= { match, rule, groupId };
    }
  }
  return perhaps ?? { match: best([]) };
}

function isAbout(
  { protocol, fromPort, toPort }: SecurityGroupRule,
  traffic: { protocol: Protocol; port: number },
): boolean {
  if (protocol === '-1') return true;
  if (protocol !== traffic.protocol) return false;
  return fromPort === undefined || toPort === undefined || (fromPort <= traffic.port && traffic.port <= toPort);
}
