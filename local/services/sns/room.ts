/** What every group of operations in this room is built from. */
import type { Operation, ServiceContext } from '../../kernel/service.ts';
import type { Courier } from './delivery/courier.ts';
import type { Mailbox } from './mailbox.ts';
import type { Metrics } from './metrics.ts';
import type { Repository } from './repository.ts';
import type { Requirements } from './requirements.ts';
import type { Signer } from './signer.ts';

export interface Room extends ServiceContext {
  readonly repository: Repository;
  readonly needs: Requirements;
  readonly courier: Courier;
  readonly mailbox: Mailbox;
  readonly metrics: Metrics;
  readonly signer: Signer;
  /** Where the links in messages lead, without a slash at the end, e.g. `http://127.0.0.1:4566`. */
  readonly endpointUrl: () => string;
}

/** Inputs come in through the wire, from a service or a template; what is required is then known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

export type Operations = Record<string, Operation>;
