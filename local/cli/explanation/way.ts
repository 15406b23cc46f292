/** Can the function get there? With every hop of the way. */

import { canReach, type Destination, destinationOf, type Placement, targetOf } from '../../policy/network/index.ts';
import type { Reachability } from '../../policy/network/verdict.ts';
import { awsName, canonicalHostname } from '../../runtime/egress/hostnames.ts';
import { inFull, networkOf, readGraph } from '../../services/ec2/index.ts';
import type { DrawnCloud } from '../drawn-cloud.ts';
import { UserError } from '../user-error.ts';
import { type Lines, linesOf } from './lines.ts';
import type { AskedFunction } from './subject.ts';
import type { Tree } from './tree.ts';

/** As `--format json` prints it. */
export interface WayExplanation {
  readonly function: string;
  readonly destination: string;
  readonly port: number;
  readonly reachable: boolean | 'unknown';
  readonly reason?: string;
  readonly remedy?: string;
  readonly endpoint?: string;
  readonly hops: readonly {
    readonly kind: string;
    readonly id: string;
    /** As the template calls it. */
    readonly logicalId?: string;
    readonly note: string;
    readonly at?: string;
  }[];
}

export function explainWay(cloud: DrawnCloud, from: AskedFunction, to: Destination): WayExplanation {
  return describe(from, to, reach(cloud, from, to), linesOf(cloud));
}

/** The verdict, told with names and lines of the template. */
export function reach(cloud: DrawnCloud, from: AskedFunction, to: Destination): Reachability {
  const graph = readGraph(networkOf(cloud.kernel.store), cloud.stack.pseudo.region);
  const who = { name: from.logicalId, logicalId: from.logicalId };
  const verdict = canReach(graph, from.placement, to, who);
  if (verdict.kind !== 'no') return verdict;
  const lines = linesOf(cloud);
  const stackName = cloud.stack.name;
  return inFull(verdict, `${from.logicalId} → ${targetOf(to)}`, (place) => lines({ stackName, ...place }));
}

function describe(from: AskedFunction, to: Destination, verdict: Reachability, lines: Lines): WayExplanation {
  const hops = 'path' in verdict ? (verdict.path ?? []) : [];
  return {
    function: from.logicalId,
    destination: targetOf(to),
    port: to.port,
    reachable: verdict.kind === 'unknown' ? 'unknown' : verdict.kind === 'yes',
    ...(verdict.kind !== 'yes' && { reason: verdict.reason }),
    ...(verdict.kind === 'no' && verdict.remedy !== undefined && { remedy: verdict.remedy }),
    ...(verdict.kind === 'yes' && verdict.via && { endpoint: verdict.via.vpcEndpointId }),
    hops: hops.map(({ kind, id, note, place }) => {
      const at = lines(place);
      const named = place && { logicalId: place.logicalId };
      return { kind, id, ...named, note, ...(at !== undefined && { at }) };
    }),
  };
}

/**
 * What `HOST:PORT` means: a name or an address, or a database or proxy by its logical id; `HOST:PORT/udp` for datagrams.
 * Throws `UserError`.
 */
export function findDestination(cloud: DrawnCloud, asked: string): Destination {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})(?:\/(tcp|udp))?$/.exec(asked);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) {
    throw new UserError(`${asked} is neither an action (s3:GetObject) nor HOST:PORT (example.com:443)`, 2);
  }
  const protocol = match[4] as 'tcp' | 'udp' | undefined;
  const hostname = canonicalHostname(hostOf(cloud, match[1] ?? match[2]!));
  const { addresses } = cloud.kernel;
  const address = addresses.lookup(hostname, port);
  if (address) {
    // Without a place it stands in the open.
    const placement: Placement = address.placement ?? { kind: 'public' };
    return destinationOf({ hostname, port, protocol, placement });
  }
  if (addresses.knows(hostname)) throw new UserError(`${hostname} does not listen on port ${port}`, 2);
  if (awsName(hostname) === 'resource') throw new UserError(`no resource of this stack has the name ${hostname}`, 2);
  return destinationOf({ hostname, port, protocol });
}

/** Of a database or a proxy, the name that its clients connect to. */
function hostOf(cloud: DrawnCloud, asked: string): string {
  const resource = cloud.resources().find(({ logicalId }) => logicalId === asked);
  if (!resource) return asked;
  const endpoint = resource.attributes['Endpoint.Address'] ?? resource.attributes['Endpoint'];
  if (typeof endpoint !== 'string') throw new UserError(`${asked} has no endpoint that a program connects to`, 2);
  return endpoint;
}

export function wayTree(way: WayExplanation): Tree {
  const { reachable, destination, port, reason, remedy, hops } = way;
  const mark = reachable === true ? 'yes' : reachable === false ? 'no' : 'unknown';
  const verb = { yes: 'reaches', no: 'does not reach', unknown: 'may reach' }[mark];
  const last = hops.length - 1;
  return {
    mark,
    text: `${way.function} ${verb} ${destination}:${port}`,
    children: [
      ...hops.flatMap(({ kind, id, logicalId, note, at }, index): Tree[] => {
        const passed = reachable === true || index < last;
        // The default one lets everything pass, and nobody wrote it.
        if (passed && kind === 'network-acl' && logicalId === undefined) return [];
        return [{ mark: passed ? 'yes' : mark, text: `${kind} ${logicalId ?? id}: ${note}`, at }];
      }),
      ...(reason === undefined ? [] : [{ mark, text: reason } as const]),
      ...(remedy === undefined ? [] : [{ text: remedy }]),
    ],
  };
}
