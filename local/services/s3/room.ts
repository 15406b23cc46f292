import type { ServiceContext } from '../../kernel/service.ts';
import type { FileStore } from './files.ts';
import type { Notifier } from './notifications/notifier.ts';
import type { Repository } from './repository.ts';
import type { Requirements } from './requirements.ts';

/** What every module of this room works with. */
export interface Room extends ServiceContext {
  readonly repository: Repository;
  readonly files: FileStore;
  readonly needs: Requirements;
  readonly notifier: Notifier;
}
