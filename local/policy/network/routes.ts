/**
 * Which route a packet takes: the most specific one that its destination is in.
 * https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
 */
import { type Block, contains, isPrivate } from './cidr.ts';
import type { CompiledNetwork } from './compiled.ts';
import type { Route, RouteTable } from './graph.ts';
import type { End } from './traffic.ts';

export type Routing =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'none' }
  /** Another route would be taken if the destination had an address inside of it. */
  | { readonly kind: 'depends'; readonly route: Route };

export function routeTo(table: RouteTable, end: End, network: CompiledNetwork): Routing {
  const routes = table.routes.flatMap((route) => blocksOf(route, network).map((block) => ({ route, block })));
  if (end.kind === 'public') return toTheInternet(routes);
  const wanted = end.kind === 'address' ? end.block : network.block(end.subnet.cidrBlock);
  if (!wanted) return { kind: 'none' };
  const [most] = routes
    .filter(({ block }) => contains(block, wanted))
    .sort((a, b) => b.block.prefix - a.block.prefix || rank(a.route) - rank(b.route));
  const inside = routes.find(
    ({ block, route }) => contains(wanted, block) && block.prefix > wanted.prefix && !same(route, most?.route),
  );
  if (inside) return { kind: 'depends', route: inside.route };
  return most ? { kind: 'route', route: most.route } : { kind: 'none' };
}

interface RouteBlock {
  readonly route: Route;
  readonly block: Block;
}

function toTheInternet(routes: readonly RouteBlock[]): Routing {
  const towards = routes.filter(({ block }) => block.family === 4 && !isPrivate(block));
  const whole = towards.find(({ block }) => block.prefix === 0);
  // A block of the VPC's own may be a public one, and is not the internet's for that.
  const other = towards.find(({ route }) => route.target.kind !== 'local' && !same(route, whole?.route));
  if (other) return { kind: 'depends', route: other.route };
  return whole ? { kind: 'route', route: whole.route } : { kind: 'none' };
}

function blocksOf({ destination }: Route, network: CompiledNetwork): readonly Block[] {
  const texts =
    destination.kind === 'prefix-list'
      ? (network.prefixLists.get(destination.prefixListId)?.entries.map(({ cidr }) => cidr) ?? [])
      : [destination.cidr];
  return texts.flatMap((text) => network.block(text) ?? []);
}

/** Of two for one block, the VPC's own comes first, then what is not a prefix list. */
function rank({ target, destination }: Route): number {
  return target.kind === 'local' ? 0 : destination.kind === 'prefix-list' ? 2 : 1;
}

function same(a: Route, b: Route | undefined): boolean {
  return a.target.kind === b?.target.kind && a.target.id === b.target.id;
}

export function destinationText({ destination }: Route): string {
  return destination.kind === 'prefix-list' ? destination.prefixListId : destination.cidr;
}
