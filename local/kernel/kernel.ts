import { type AddressBook, createAddressBook } from './addresses.ts';
import { type Audit, createAudit } from './audit.ts';
import type { Clock } from './clock.ts';
import { createDispatch } from './dispatch.ts';
import type { Doors } from './doors.ts';
import { createOutbox } from './durable-outbox.ts';
import { createIdentities } from './identities.ts';
import type { Identities } from './identity.ts';
import type { Outbox } from './outbox.ts';
import { createRegistry, type Registry } from './registry.ts';
import type { Dispatch, ServiceContext } from './service.ts';
import { openStore } from './sqlite-store.ts';
import type { Store } from './store.ts';
import { createSystemClock } from './system-clock.ts';
import { createTelemetry, type TelemetryLimits } from './telemetry/recorder.ts';
import type { Telemetry } from './telemetry.ts';
import { createUsage, type Usage } from './usage.ts';

export interface KernelOptions {
  /** Where state lives; `memory` leaves nothing behind. */
  readonly stateDirectory: string | 'memory';
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
  /** Default `aws`. */
  readonly partition?: string;
  readonly clock?: Clock;
  /** Without them everything passes. Called once, when the kernel stands. */
  readonly doors?: (kernel: ServiceContext & { readonly registry: Registry }) => Doors;
  /** Answers unreachable targets at once, instead of hanging as AWS's network does. */
  readonly failFastNetwork?: boolean;
  readonly limits?: TelemetryLimits & {
    /** Outbox deliveries under way at once. */
    readonly deliveries?: number;
  };
}

/** What every service stands on. */
export interface Kernel {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly telemetry: Telemetry;
  readonly dispatch: Dispatch;
  readonly registry: Registry;
  readonly identities: Identities;
  readonly addresses: AddressBook;
  readonly usage: Usage;
  readonly audit: Audit;
  readonly emulates: (service: string) => boolean;
  /** What services are given; for tests that build one without the registry. */
  readonly context: ServiceContext;
  /** Ends deliveries, then services in reverse order of loading, then closes logs and store. Safe to call twice. */
  stop(): Promise<void>;
}

/** Throws StoreError when the state directory cannot be used. Undelivered events wait for `outbox.resume()`. */
export function createKernel(options: KernelOptions): Kernel {
  const { accountId, region, partition = 'aws', clock = createSystemClock(), limits = {} } = options;
  const store = openStore(options.stateDirectory);
  const telemetry = createTelemetry({ store, clock, limits });
  const identities = createIdentities({ accountId, partition, clock, store });
  const addresses = createAddressBook();
  const registry = createRegistry(() => context);
  const usage = createUsage({ store, clock });
  const audit = createAudit();
  const { failFastNetwork } = options;
  const doors: { -readonly [K in keyof Doors]: Doors[K] } = {};
  const dispatch = createDispatch({ registry, identities, telemetry, clock, audit, doors, failFastNetwork });
  const outbox = createOutbox({ store, clock, telemetry, dispatch, concurrency: limits.deliveries });
  const context: ServiceContext = {
    accountId,
    region,
    partition,
    store,
    clock,
    outbox,
    telemetry,
    identities,
    addresses,
    usage,
    audit,
    dispatch,
    emulates: (service) => registry.find(service) !== undefined,
  };
  Object.assign(doors, options.doors?.({ ...context, registry }));
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    try {
      await outbox.stop();
      await registry.stop();
    } finally {
      telemetry.close();
      store.close();
    }
  }

  return {
    ...context,
    registry,
    context,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
