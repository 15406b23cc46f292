/** What every group of operations in this room is built from. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Keyring } from './keyring.ts';
import type { Requirements } from './requirements.ts';

export interface Room extends ServiceContext {
  readonly keyring: Keyring;
  readonly needs: Requirements;
}

/** Inputs come in through the wire or from a provider; what is required is then known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

export type OnKey = { readonly KeyId: string };
