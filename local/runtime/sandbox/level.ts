/** What both levels are made of. */
import type { ProcessTable } from './process-table.ts';
import type { RunDirectory } from './run-directory.ts';
import type { Strays } from './strays.ts';

export interface LevelParts {
  readonly run: RunDirectory;
  readonly table: ProcessTable;
  readonly strays: Strays;
  readonly nodePath: string;
  readonly runtimeDirectory: string;
  readonly runtimeModules: readonly string[];
  /** Where layers are merged. */
  readonly layerCache: string;
  /** A program that is not Node was started where all it has of a network is loopback; told of each once. */
  readonly onSealed: (program: string) => void;
}
