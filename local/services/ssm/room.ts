/** What every group of operations in this room is built from. */
import type { Operation, ServiceContext } from '../../kernel/service.ts';
import type { Encryption } from './encryption.ts';
import type { Repository } from './repository.ts';
import type { Requirements } from './requirements.ts';

export interface Room extends ServiceContext {
  readonly repository: Repository;
  readonly needs: Requirements;
  readonly encryption: Encryption;
}

/** Inputs come in through the wire or from a template; what is required is then known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

export type Operations = Record<string, Operation>;
