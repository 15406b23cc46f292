/** Keeps the address book in step: which names of the stack lead to which server's port. */
import type { AddressBook } from '../../kernel/addresses.ts';
import { LOCAL_HOST } from './fleet.ts';
import { arn, instanceHostname, type Place, proxyEndpointHostname, proxyHostname } from './names.ts';
import type { InstanceRecord, ProxyEndpointRecord, ProxyRecord, Records } from './records.ts';

/** A proxy of the MySQL family always listens here, whatever port its database has. */
const PROXY_PORT = 3306;

export interface Registrar {
  /** After every start of an instance: its own name, and those of the proxies in front of it. */
  instanceAvailable(record: InstanceRecord): void;
  instanceDeleted(record: InstanceRecord): void;
  /** After a proxy got a target, lost it, or an endpoint was added. */
  proxyChanged(record: ProxyRecord): void;
  proxyDeleted(record: ProxyRecord): void;
  endpointDeleted(record: ProxyEndpointRecord): void;
}

export function createRegistrar(place: Place, addresses: AddressBook, records: Records): Registrar {
  const tcp = (port: number) => ({ kind: 'tcp', host: LOCAL_HOST, port }) as const;

  function proxyChanged(proxy: ProxyRecord): void {
    const identifier = proxy.target?.instanceIdentifiers[0];
    const localPort = identifier ? records.instances.get(identifier)?.localPort : undefined;
    const resourceArn = arn(place, 'db-proxy', proxy.resourceId);
    for (const hostname of namesOf(proxy)) {
      if (localPort === undefined) addresses.remove(hostname, PROXY_PORT);
      else addresses.register({ hostname, port: PROXY_PORT, target: tcp(localPort), resourceArn });
    }
  }

  function namesOf(proxy: ProxyRecord): string[] {
    const endpoints = records.proxyEndpoints.list().filter(({ value }) => value.proxyName === proxy.name);
    return [proxyHostname(place, proxy.name), ...endpoints.map(({ key }) => proxyEndpointHostname(place, key))];
  }

  return {
    instanceAvailable(record) {
      if (record.localPort === undefined) return;
      addresses.register({
        hostname: instanceHostname(place, record.identifier),
        port: record.port,
        target: tcp(record.localPort),
        resourceArn: arn(place, 'db', record.identifier),
      });
      for (const { value: proxy } of records.proxies.list()) {
        if (proxy.target?.instanceIdentifiers.includes(record.identifier)) proxyChanged(proxy);
      }
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
