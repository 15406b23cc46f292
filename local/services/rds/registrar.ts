/** Keeps the address book in step: which names of the stack lead to which server's port. */
import type { AddressBook, AddressTarget } from '../../kernel/addresses.ts';
import type { Placement } from '../../policy/network/contract.ts';
import { LOCAL_HOST } from './fleet.ts';
import { arn, instanceHostname, type Place, proxyEndpointHostname, proxyHostname } from './names.ts';
import { placementOfInstance } from './placement.ts';
import type { InstanceRecord, ProxyEndpointRecord, ProxyRecord, Records } from './records.ts';

/** A proxy of the MySQL family always listens here, whatever port its database has. */
const PROXY_PORT = 3306;

export interface Registrar {
  /** After every start of an instance: its own name, and those of the proxies in front of it. */
  instanceAvailable(record: InstanceRecord): void;
  instanceDeleted(record: InstanceRecord): void;
  /** Its instances stand in the subnets it has now. */
  subnetGroupChanged(name: string): void;
  /** After a proxy got a target, lost it, or an endpoint was added. */
  proxyChanged(record: ProxyRecord): void;
  proxyDeleted(record: ProxyRecord): void;
  endpointDeleted(record: ProxyEndpointRecord): void;
}

const placementOf = ({ subnetIds, securityGroupIds }: ProxyRecord | ProxyEndpointRecord): Placement => ({
  kind: 'vpc',
  subnetIds,
  securityGroupIds,
});

/** @param wayTo where a connection to a proxy leads at the moment, whose database's server is at the port */
export function createRegistrar(
  place: Place,
  addresses: AddressBook,
  records: Records,
  wayTo: (proxyName: string, serverPort: number) => AddressTarget,
): Registrar {
  const tcp = (port: number) => ({ kind: 'tcp', host: LOCAL_HOST, port }) as const;

  function proxyChanged(proxy: ProxyRecord): void {
    const identifier = proxy.target?.instanceIdentifiers[0];
    const localPort = identifier ? records.instances.get(identifier)?.localPort : undefined;
    for (const { hostname, resourceArn, placement } of namesOf(proxy)) {
      if (localPort === undefined) addresses.remove(hostname, PROXY_PORT);
      else {
        addresses.register({
          hostname,
          port: PROXY_PORT,
          // Looked up at every connection.
          get target() {
            return wayTo(proxy.name, localPort);
          },
          outside: tcp(localPort),
          resourceArn,
          placement,
        });
      }
    }
  }

  /** Its own, and those of its endpoints, which stand where they were put. */
  function namesOf(proxy: ProxyRecord) {
    const endpoints = records.proxyEndpoints.list().filter(({ value }) => value.proxyName === proxy.name);
    return [
      {
        hostname: proxyHostname(place, proxy.name),
        resourceArn: arn(place, 'db-proxy', proxy.resourceId),
        placement: placementOf(proxy),
      },
      ...endpoints.map(({ key, value }) => ({
        hostname: proxyEndpointHostname(place, key),
        resourceArn: arn(place, 'db-proxy-endpoint', value.resourceId),
        placement: placementOf(value),
      })),
    ];
  }

  const groupOf = ({ subnetGroupName }: InstanceRecord) =>
    subnetGroupName ? records.subnetGroups.get(subnetGroupName) : undefined;

  function instanceAvailable(record: InstanceRecord): void {
    if (record.localPort === undefined) return;
    addresses.register({
      hostname: instanceHostname(place, record.identifier),
      port: record.port,
      target: tcp(record.localPort),
      resourceArn: arn(place, 'db', record.identifier),
      placement: placementOfInstance(record, groupOf(record)),
    });
    for (const { value: proxy } of records.proxies.list()) {
      if (proxy.target?.instanceIdentifiers.includes(record.identifier)) proxyChanged(proxy);
    }
  }

  return {
    instanceAvailable,
    subnetGroupChanged(name) {
      for (const { value } of records.instances.list()) if (value.subnetGroupName === name) instanceAvailable(value);
    },
    instanceDeleted(record) {
      addresses.remove(instanceHostname(place, record.identifier), record.port);
    },
    proxyChanged,
    proxyDeleted(record) {
      addresses.remove(proxyHostname(place, record.name), PROXY_PORT);
    },
    endpointDeleted(record) {
      addresses.remove(proxyEndpointHostname(place, record.name), PROXY_PORT);
    },
  };
}
