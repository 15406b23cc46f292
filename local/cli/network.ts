/** `sampan network`: which function reaches what, and by which way. Starts nothing. */
import { join } from 'node:path';
import type { CodeReading } from '../check/calls/contract.ts';
import { type Destination, destinationOf, type Reachability, targetOf } from '../policy/network/index.ts';
import { formatRemedy } from '../policy/remedy.ts';
import { gatherFacts } from './check-facts.ts';
import { readCodeCalls } from './code-calls.ts';
import { type DrawnCloud, drawCloud } from './drawn-cloud.ts';
import type { Installation } from './installation.ts';
import { type Asker, type Row, reachMatrix, type Target } from './network/matrix.ts';
import { formatTable, formatWays } from './network/print.ts';
import { linesOf } from './network-doors.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { UserError } from './user-error.ts';

export interface NetworkFlags extends ProjectFlags {
  readonly format: 'text' | 'json';
}

/** Resolves with the exit code. Rejects with UserError for a function that the template does not have. */
export async function showNetwork(
  functionName: string | undefined,
  flags: NetworkFlags,
  { esbuildBinary }: Pick<Installation, 'esbuildBinary'>,
  { stream, colours }: Output,
): Promise<number> {
  const project = findProject(flags, process.cwd());
  const drawn = await drawCloud(project);
  try {
    const readings = await readCodeCalls({
      code: drawn.code,
      projectDirectory: project.directory,
      ...(project.stateDirectory !== 'memory' && { cacheDirectory: join(project.stateDirectory, 'check') }),
      esbuildBinary,
    });
    const rows = await drawnRows(drawn, readings);
    const chosen = functionName === undefined ? rows : [rowOf(rows, functionName)];
    if (flags.format === 'json') stream.write(`${JSON.stringify({ functions: chosen }, null, 2)}\n`);
    else if (functionName === undefined) stream.write(formatTable(rows, colours));
    else stream.write(formatWays(chosen[0]!, lineOf(drawn), colours));
    return 0;
  } finally {
    await drawn.close();
  }
}

function lineOf({ reconciler }: DrawnCloud) {
  return linesOf(() => reconciler);
}

/** Every function of a drawn template with every target that anything of it has to do with. */
export async function drawnRows(drawn: DrawnCloud, readings: ReadonlyMap<string, CodeReading>): Promise<Row[]> {
  const facts = await gatherFacts({ drawn, readings, accountConcurrency: 0 });
  const askers = facts.functions.map(
    ({ logicalId, placement, code }): Asker => ({ name: logicalId, placement, uses: usesOf(code) }),
  );
  const ask = ({ name, placement }: Asker, to: Destination): Reachability => {
    const verdict = drawn.network.canReach(placement, to, () => ({ name, logicalId: name }));
    if (verdict.kind !== 'no' || !verdict.steps) return verdict;
    return { ...verdict, remedy: formatRemedy(verdict.steps, lineOf(drawn)) };
  };
  return reachMatrix(askers, targetsOf(drawn, readings), ask);
}

function usesOf(code: CodeReading): ReadonlySet<string> {
  return new Set(usedBy(code).map(({ name }) => name));
}

/** Services by the names of their endpoints, and hosts whose names stand in the code. */
function usedBy(code: CodeReading): Target[] {
  if (code.kind === 'unread') return [];
  return [
    ...code.calls.map(({ endpoint }) => serviceTarget(endpoint)),
    ...code.hosts.map(({ hostname, port }): Target => {
      const destination = destinationOf({ hostname, port });
      return { name: targetOf(destination), destination };
    }),
  ];
}

function serviceTarget(service: string): Target {
  return { name: service, destination: { kind: 'aws-service', service, port: 443 } };
}

function targetsOf(drawn: DrawnCloud, readings: ReadonlyMap<string, CodeReading>): Target[] {
  const { region, endpoints } = drawn.network.graph();
  const prefix = `com.amazonaws.${region}.`;
  const used = [
    ...endpoints
      .filter(({ serviceName }) => serviceName.startsWith(prefix))
      .map(({ serviceName }) => serviceTarget(serviceName.slice(prefix.length))),
    ...[...readings.values()].flatMap(usedBy),
  ];
  const byName = new Map(used.map((target) => [target.name, target]));
  return [
    ...[...byName.values()].toSorted((a, b) => a.name.localeCompare(b.name)),
    ...databases(drawn),
    { name: 'internet', destination: { kind: 'internet', hostname: 'example.com', port: 443 } },
  ];
}

/** Instances and proxies, by the names their clients connect to. */
function databases({ resources, kernel }: DrawnCloud): Target[] {
  return resources().flatMap(({ logicalId, type, attributes }): Target[] => {
    if (type !== 'AWS::RDS::DBInstance' && type !== 'AWS::RDS::DBProxy') return [];
    const hostname = String(attributes['Endpoint.Address'] ?? attributes['Endpoint']);
    const port = Number(attributes['Endpoint.Port'] ?? 3306);
    const placement = kernel.addresses.lookup(hostname, port)?.placement ?? { kind: 'public' };
    return [{ name: logicalId, destination: { kind: 'placed', name: logicalId, port, placement } }];
  });
}

function rowOf(rows: readonly Row[], name: string): Row {
  const row = rows.find((one) => one.name === name);
  if (row) return row;
  throw new UserError(`the template has no function ${name}; it has ${rows.map((one) => one.name).join(', ')}`, 2);
}
