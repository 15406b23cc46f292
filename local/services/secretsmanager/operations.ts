/** What every group of operations in this room is built from. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { SecretRepository } from './repository.ts';
import type { Requirements } from './requirements.ts';
import type { Rotator } from './rotation/rotator.ts';

export interface Room extends ServiceContext {
  readonly repository: SecretRepository;
  readonly needs: Requirements;
  readonly rotator: Rotator;
}

/** Inputs come in through the wire or from a template; SecretId is then known to be there. */
export type WithSecretId<T extends { SecretId?: string | undefined }> = T & { SecretId: string };
