/** What RDS remembers, as the store keeps it: JSON only, and no password among it. */
import type { Collection, Store } from '../../kernel/store.ts';
import type { ParameterValues } from './parameters.ts';
import type { Engine } from './server/locate.ts';

export interface InstanceRecord {
  readonly identifier: string;
  readonly resourceId: string;
  readonly engine: Engine;
  /** As the template asks. */
  readonly engineVersion?: string;
  /** What wrote the data; undefined until it ran once. */
  readonly writtenBy?: { readonly flavour: 'mariadb' | 'mysql'; readonly version: string };
  readonly instanceClass: string;
  /** Bytes. */
  readonly memoryBytes: number;
  /** GiB. */
  readonly allocatedStorage: number;
  readonly storageType: string;
  readonly storageEncrypted: boolean;
  readonly databaseName?: string;
  readonly masterUsername: string;
  readonly masterSecretArn?: string;
  /** The port clients believe they connect to. */
  readonly port: number;
  /** The port it really had last, taken again when it is free. */
  readonly localPort?: number;
  readonly subnetGroupName?: string;
  /** Where it was placed, when that is not what a subnet group of the stack says. */
  readonly subnetIds?: readonly string[];
  readonly parameterGroupName?: string;
  /** Never empty: the VPC's default one where the template names none. */
  readonly securityGroupIds: readonly string[];
  readonly deletionProtection: boolean;
  readonly multiAz: boolean;
  readonly publiclyAccessible: boolean;
  /** `error`, `slowquery` …, as exported to CloudWatch Logs. */
  readonly logExports: readonly string[];
  /** ms since 1970 */
  readonly createdAt: number;
}

export interface SubnetGroupRecord {
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly subnets: readonly { readonly subnetId: string; readonly availabilityZone: string }[];
}

export interface ParameterGroupRecord {
  readonly name: string;
  readonly family: string;
  readonly description: string;
  readonly values: ParameterValues;
}

export interface ProxyRecord {
  readonly name: string;
  readonly resourceId: string;
  readonly engineFamily: 'MYSQL';
  readonly requireTls: boolean;
  /** Seconds. */
  readonly idleClientTimeout: number;
  readonly debugLogging: boolean;
  readonly roleArn: string;
  readonly auth: readonly { readonly secretArn?: string; readonly iamAuth: string; readonly authScheme: string }[];
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** ms since 1970 */
  readonly createdAt: number;
  /** Set by its target group. */
  readonly target?: ProxyTarget;
}

export interface ProxyTarget {
  readonly resourceId: string;
  readonly instanceIdentifiers: readonly string[];
  readonly maxConnectionsPercent: number;
  readonly maxIdleConnectionsPercent: number;
  /** Seconds. */
  readonly connectionBorrowTimeout: number;
  readonly sessionPinningFilters: readonly string[];
  readonly initQuery?: string;
}

export interface ProxyEndpointRecord {
  readonly name: string;
  readonly resourceId: string;
  readonly proxyName: string;
  readonly targetRole: 'READ_WRITE';
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface Records {
  readonly instances: Collection<InstanceRecord>;
  readonly subnetGroups: Collection<SubnetGroupRecord>;
  readonly parameterGroups: Collection<ParameterGroupRecord>;
  readonly proxies: Collection<ProxyRecord>;
  readonly proxyEndpoints: Collection<ProxyEndpointRecord>;
}

export function openRecords(store: Store): Records {
  return {
    instances: store.collection('rds', 'instances'),
    subnetGroups: store.collection('rds', 'subnet-groups'),
    parameterGroups: store.collection('rds', 'parameter-groups'),
    proxies: store.collection('rds', 'proxies'),
    proxyEndpoints: store.collection('rds', 'proxy-endpoints'),
  };
}
