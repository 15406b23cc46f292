/** What the parts of this service share. */
import type { Clock } from '../../kernel/clock.ts';
import type { Dispatch } from '../../kernel/service.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { ArtifactCatalogue } from '../../template/artifact.ts';
import type { ConcurrencyLimits } from './concurrency/concurrency.ts';
import type { Mappings } from './event-source-mappings/mappings.ts';
import type { Functions } from './functions/functions.ts';
import type { Place } from './names.ts';
import type { CodeStore } from './packages/code-store.ts';
import type { CodeDownloads } from './packages/downloads.ts';
import type { LambdaRecords } from './records.ts';
import type { AskRole } from './roles/execution-role.ts';
import type { VariableKeys } from './roles/variable-keys.ts';

export interface LambdaRoom {
  readonly place: Place;
  readonly records: LambdaRecords;
  readonly functions: Functions;
  readonly concurrency: ConcurrencyLimits;
  readonly mappings: Mappings;
  readonly catalogue: ArtifactCatalogue;
  /** Uploaded and frozen code. */
  readonly code: CodeStore;
  readonly downloads: CodeDownloads;
  readonly clock: Clock;
  readonly dispatch: Dispatch;
  readonly telemetry: Telemetry;
  readonly askRole: AskRole;
  readonly variableKeys: VariableKeys;
}
