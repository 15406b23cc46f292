/**
 * Amazon RDS: each DB instance is a real MariaDB (or MySQL) server of its own on this machine, reached over TLS by the
 * name RDS would give it.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CertificateAuthority } from '../../kernel/certificates.ts';
import type { Operation, Service, ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import { createDescribedFleet, NO_SERVERS } from './described-fleet.ts';
import { createFleet, type Fleet, LOCAL_HOST } from './fleet.ts';
import { startInstanceMetrics } from './instance-metrics.ts';
import { rotateManagedSecret } from './managed-rotation.ts';
import { certificateHostnames } from './names.ts';
import { rdsOperations } from './operations.ts';
import { dbInstanceProvider } from './providers/db-instance.ts';
import { dbParameterGroupProvider } from './providers/db-parameter-group.ts';
import { dbProxyProvider } from './providers/db-proxy.ts';
import { dbProxyEndpointProvider } from './providers/db-proxy-endpoint.ts';
import { dbProxyTargetGroupProvider } from './providers/db-proxy-target-group.ts';
import { dbSubnetGroupProvider } from './providers/db-subnet-group.ts';
import { createProxyFronts, NO_FRONTS } from './proxy/fronts.ts';
import type { TemplateNames } from './proxy/missing-auth.ts';
import { startProxyMetrics } from './proxy/proxy-metrics.ts';
import { type InstanceRecord, openRecords } from './records.ts';
import { createRegistrar } from './registrar.ts';
import type { RdsRoom } from './room.ts';
import { SERVER_PATH_VARIABLE } from './server/errors.ts';
import type { FetchProgress } from './server/fetched.ts';
import { serverSearchPath } from './server/locate.ts';
import { createServerSource, type ServerSource } from './server-source.ts';

/** Databases exist as records and names alone, and nothing is started. */
export interface DescribedRdsOptions {
  readonly servers: 'described';
}

export interface RdsOptions {
  readonly servers?: 'running';
  readonly certificates: CertificateAuthority;
  /** Where a fetched server is kept; `~/.cache/sampan` by default. */
  readonly cacheDirectory?: string;
  /** The server program to use; `SAMPAN_MARIADBD` by default. */
  readonly serverPath?: string;
  /** Where installed servers are looked for; PATH and the usual places by default. */
  readonly searchPath?: readonly string[];
  /** Where servers are reached besides 127.0.0.1: containers need their bridge's gateway. */
  readonly bindAddresses?: readonly string[];
  /** For advice, which is YAML; without it there is none. */
  readonly names?: TemplateNames;
  /** Told while a server is fetched. */
  readonly onProgress?: (progress: FetchProgress) => void;
}

const NO_NAMES: TemplateNames = { expressionOf: () => undefined, lineOf: () => undefined };

const PROVIDERS = {
  'AWS::RDS::DBInstance': dbInstanceProvider,
  'AWS::RDS::DBParameterGroup': dbParameterGroupProvider,
  'AWS::RDS::DBProxy': dbProxyProvider,
  'AWS::RDS::DBProxyEndpoint': dbProxyEndpointProvider,
  'AWS::RDS::DBProxyTargetGroup': dbProxyTargetGroupProvider,
  'AWS::RDS::DBSubnetGroup': dbSubnetGroupProvider,
} as const;

export function rdsService(options: RdsOptions | DescribedRdsOptions): ServiceDefinition {
  return {
    name: 'rds',
    resourceTypes: Object.keys(PROVIDERS),
    load: (context) => loadRds(context, options),
  };
}

async function loadRds(context: ServiceContext, options: RdsOptions | DescribedRdsOptions): Promise<Service> {
  const { accountId, region, partition, store, clock, telemetry, addresses } = context;
  const place = { accountId, region, partition };
  const records = openRecords(store);
  let fronts = NO_FRONTS;
  const registrar = createRegistrar(place, addresses, records, (...proxy) => fronts.target(...proxy));
  const onAvailable = (record: InstanceRecord) => registrar.instanceAvailable(record);
  const names = ('names' in options && options.names) || NO_NAMES;
  const serve = (fleet: Fleet, source: ServerSource, stopMetrics = () => {}): Service => {
    const room: RdsRoom = { context, place, names, records, source, fleet, registrar, fronts };
    return {
      operations: { ...rdsOperations(room), RotateManagedSecret: rotateManagedSecret(room) as Operation },
      providers: Object.fromEntries(Object.entries(PROVIDERS).map(([type, make]) => [type, make(room)])),
      prepare: () => fronts.prepare(),
      stop: () => {
        stopMetrics();
        fronts.closeAll();
        return fleet.stopAll();
      },
    };
  };
  if (options.servers === 'described') return serve(createDescribedFleet({ records, onAvailable }), NO_SERVERS);
  const furtherAddresses = (options.bindAddresses ?? []).filter((address) => address !== LOCAL_HOST);
  const [source, tls] = await Promise.all([
    createServerSource({
      serverPath: options.serverPath ?? process.env[SERVER_PATH_VARIABLE],
      searchPath: options.searchPath ?? serverSearchPath(process.env['PATH']),
      cacheDirectory: options.cacheDirectory ?? join(homedir(), '.cache', 'sampan'),
      onProgress: options.onProgress,
    }),
    options.certificates.issue({
      hostnames: certificateHostnames(place),
      ips: [LOCAL_HOST, ...furtherAddresses],
    }),
  ]);
  const fleet = createFleet({
    store,
    records,
    clock,
    telemetry,
    source,
    furtherAddresses,
    tls,
    onAvailable,
  });
  fronts = createProxyFronts({ context, place, names, records, fleet }, tls);
  const instanceMetrics = startInstanceMetrics({ clock, store, telemetry, records, fleet });
  const stopProxyMetrics = startProxyMetrics({ clock, telemetry, fronts });
  return serve(fleet, source, () => {
    instanceMetrics.stop();
    stopProxyMetrics();
  });
}
