/** Instances that are only described: there are names and addresses to ask about, and no server behind them. */
import type { Fleet } from './fleet.ts';
import type { InstanceRecord, Records } from './records.ts';
import type { ServerSource } from './server-source.ts';

/** Nothing listens there. */
const NO_PORT = 0;

export interface DescribedFleetOptions {
  readonly records: Records;
  readonly onAvailable: (record: InstanceRecord) => void;
}

export function createDescribedFleet({ records, onAvailable }: DescribedFleetOptions): Fleet {
  async function describe(record: InstanceRecord): Promise<InstanceRecord> {
    const described: InstanceRecord = { ...record, localPort: NO_PORT };
    records.instances.put(record.identifier, described);
    onAvailable(described);
    return described;
  }

  return {
    create: describe,
    start: describe,
    restart: describe,
    needsRestart: () => false,
    requiresTls: () => false,
    async stop() {},
    async destroy(identifier) {
      records.instances.delete(identifier);
    },
    running: () => undefined,
    async administer() {},
    async stopAll() {},
  };
}

/** No program stands for any engine, so none differs from it either. */
export const NO_SERVERS: ServerSource = {
  present: () => undefined,
  obtain: () => Promise.reject(new Error('a described database has no server')),
};
