/** The database servers that run: one per instance, each on a directory of its own, kept up as RDS keeps its own up. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import type { Clock } from '../../kernel/clock.ts';
import type { Store } from '../../kernel/store.ts';
import { OWN_LOG, type Telemetry } from '../../kernel/telemetry.ts';
import { defaultMaxConnections } from './instance-class.ts';
import { effectiveVariables, requiresTls } from './parameters.ts';
import type { InstanceRecord, Records } from './records.ts';
import { asAdministrator } from './server/administrator.ts';
import { slowLogPath } from './server/arguments.ts';
import { DatabaseServerError } from './server/errors.ts';
import { removeDirectory } from './server/files.ts';
import { compareSeries, type ServerProgram } from './server/program.ts';
import { endLeftover } from './server/record.ts';
import { type Relay, relay } from './server/relay.ts';
import { followSlowLog } from './server/slow-log.ts';
import { type DatabaseServer, startServer } from './server/start.ts';
import type { ServerSource } from './server-source.ts';

export interface FleetOptions {
  readonly store: Store;
  readonly records: Records;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly source: ServerSource;
  /** Besides 127.0.0.1, where servers listen. */
  readonly furtherAddresses: readonly string[];
  /** PEM, valid for every name a client may use. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** Told whenever an instance takes connections, maybe on another port than before. */
  readonly onAvailable: (record: InstanceRecord) => void;
}

export const LOCAL_HOST = '127.0.0.1';

export interface Fleet {
  /** Makes the instance's data directory and starts its server; answers the record with the port it has. */
  create(record: InstanceRecord): Promise<InstanceRecord>;
  /** Starts the server of an instance there is. Throws DatabaseServerError when its data is gone. */
  start(record: InstanceRecord): Promise<InstanceRecord>;
  /** For changed settings, as RDS reboots an instance. */
  restart(record: InstanceRecord): Promise<InstanceRecord>;
  /** True when the server must be started anew for `after` to hold. */
  needsRestart(before: InstanceRecord, after: InstanceRecord): boolean;
  /** True when its server takes encrypted connections only. */
  requiresTls(record: InstanceRecord): boolean;
  stop(identifier: string): Promise<void>;
  /** Ends the server and removes everything it kept. */
  destroy(identifier: string): Promise<void>;
  running(identifier: string): DatabaseServer | undefined;
  /** Runs `work` as the administrator of a running instance. */
  administer(
    identifier: string,
    work: (connection: Connection, server: DatabaseServer) => Promise<void>,
  ): Promise<void>;
  stopAll(): Promise<void>;
}

interface Running {
  readonly server: DatabaseServer;
  /** Resolves when everything that follows its end is done. */
  readonly ended: Promise<void>;
}

/** Waits before the 1st, 2nd … restart of a server that crashed. */
const RESTART_DELAYS_MS = [50, 500, 2_000, 5_000];
/** A server that held this long has recovered; the next crash counts from one again. */
const STEADY_MS = 60_000;

export function createFleet(options: FleetOptions): Fleet {
  const { store, records, clock, telemetry, source } = options;
  const servers = new Map<string, Running>();
  let stopping = false;
  const crashes = new Map<string, { count: number; at: number }>();

  const say = (message: string) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);

  async function start(record: InstanceRecord): Promise<InstanceRecord> {
    const directory = join(store.directory(join('rds', record.identifier)), 'data');
    if (existsSync(directory)) return create(record);
    throw new DatabaseServerError(
      'failed',
      `The data of database ${record.identifier} is gone: there is no ${directory}. "sampan reset" starts afresh`,
    );
  }

  async function create(record: InstanceRecord): Promise<InstanceRecord> {
    const { identifier, writtenBy } = record;
    const program = await source.obtain(record.engine, writtenBy?.version ?? record.engineVersion);
    requireReadable(record, program);
    const directory = store.directory(join('rds', identifier));
    const server = await startServer(program, {
      directory,
      bindAddress: LOCAL_HOST,
      preferredPort: record.localPort,
      database: record.databaseName,
      tls: options.tls,
      ...variablesOf(record),
      onUnknownVariable: (name) => say(`Database ${identifier}: ${describe(program)} has no parameter ${name}`),
      onLog: (line) => line.includes('[ERROR]') && forward(identifier, 'error', line),
    });
    const relays = await lendAddresses(identifier, server.port);
    const slowLog = record.logExports.includes('slowquery')
      ? await followSlowLog(slowLogPath(directory), (entry) => forward(identifier, 'slowquery', entry))
      : undefined;
    const ended = server.exited.then(async (exit) => {
      if (servers.get(identifier)?.server === server) servers.delete(identifier);
      for (const { close } of relays) close();
      await slowLog?.stop();
      if (!exit.requested) recover(identifier, exit.why);
    });
    if (stopping) {
      await server.stop();
      throw new DatabaseServerError('failed', `Database ${identifier} was stopped while it started`);
    }
    servers.set(identifier, { server, ended });
    const { flavour, version } = program;
    const available: InstanceRecord = { ...record, localPort: server.port, writtenBy: { flavour, version } };
    records.instances.put(identifier, available);
    options.onAvailable(available);
    return available;
  }

  /** Neither engine reads the other's files, nor those of a later series of its own. */
  function requireReadable({ identifier, writtenBy }: InstanceRecord, program: ServerProgram): void {
    if (!writtenBy) return;
    const older = compareSeries(program.version, writtenBy.version) < 0;
    if (program.flavour === writtenBy.flavour && !older) return;
    throw new DatabaseServerError(
      'failed',
      `The data of database ${identifier} was written by ${describe(writtenBy)}, and there is only ` +
        `${describe(program)} (${program.path}): install that one again, or "sampan reset" to start afresh`,
    );
  }

  function variablesOf(record: InstanceRecord) {
    const group = record.parameterGroupName ? records.parameterGroups.get(record.parameterGroupName) : undefined;
    const { require_secure_transport, max_connections, ...variables } = effectiveVariables(
      group?.values ?? {},
      record.memoryBytes,
    );
    return {
      variables,
      requireSecureTransport: requiresTls(require_secure_transport),
      maxConnections: max_connections ? Number(max_connections) : defaultMaxConnections(record.memoryBytes),
    };
  }

  /** RDS restarts an instance whose process died; so do we, on the same port, giving up when it keeps dying. */
  function recover(identifier: string, why: string): void {
    const last = crashes.get(identifier);
    const count = last && clock.now() - last.at < STEADY_MS ? last.count + 1 : 0;
    crashes.set(identifier, { count, at: clock.now() });
    const delay = RESTART_DELAYS_MS[count];
    if (delay === undefined) {
      say(`Database ${identifier} keeps ending (${why}) and is left down: restart to try again`);
      return;
    }
    say(`Database ${identifier} ended unexpectedly (${why}): restarting it`);
    clock.after(delay, () => {
      const record = records.instances.get(identifier);
      if (!record || stopping || servers.has(identifier)) return;
      start(record).then(
        () => say(`Database ${identifier} is available again`),
        (error) => recover(identifier, (error as Error).message),
      );
    });
  }

  /** An address that cannot be had is named, and does without: the database itself is there. */
  async function lendAddresses(identifier: string, port: number): Promise<readonly Relay[]> {
    const relays = await Promise.allSettled(
      options.furtherAddresses.map((address) => relay(address, port, LOCAL_HOST)),
    );
    return relays.flatMap((result, index) => {
      if (result.status === 'fulfilled') return [result.value];
      const address = `${options.furtherAddresses[index]}:${port}`;
      say(`Database ${identifier} cannot be reached at ${address}: ${(result.reason as Error).message}`);
      return [];
    });
  }

  /** As RDS exports its logs. */
  function forward(identifier: string, log: 'error' | 'slowquery', message: string): void {
    const origin = { logGroup: `/aws/rds/instance/${identifier}/${log}`, logStream: identifier, label: identifier };
    telemetry.log(origin, [{ timestamp: clock.now(), message }]);
  }

  async function stop(identifier: string): Promise<void> {
    const running = servers.get(identifier);
    servers.delete(identifier);
    await running?.server.stop();
    await running?.ended;
  }

  return {
    create,
    start,
    stop,
    async restart(record) {
      await stop(record.identifier);
      return start(record);
    },
    needsRestart: (before, after) => JSON.stringify(variablesOf(before)) !== JSON.stringify(variablesOf(after)),
    requiresTls: (record) => variablesOf(record).requireSecureTransport,
    async destroy(identifier) {
      const directory = store.directory(join('rds', identifier));
      await stop(identifier);
      await endLeftover(directory);
      records.instances.delete(identifier);
      await removeDirectory(directory);
    },
    running: (identifier) => servers.get(identifier)?.server,
    async administer(identifier, work) {
      const server = servers.get(identifier)?.server;
      if (!server) throw new Error(`database ${identifier} is not running`);
      return asAdministrator(server, (connection) => work(connection, server));
    },
    async stopAll() {
      stopping = true;
      await Promise.all([...servers.keys()].map(stop));
    },
  };
}

const describe = ({ flavour, version }: Pick<ServerProgram, 'flavour' | 'version'>) =>
  `${flavour === 'mariadb' ? 'MariaDB' : 'MySQL'} ${version}`;
