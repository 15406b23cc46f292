export { type BuilderOptions, type BuildResult, buildAll, sourceMapsDirectory } from './builder.ts';
export { BuildFailure } from './failure.ts';
export { areUnchanged, type InputRecord, recordInputs } from './inputs.ts';
export { type ModuleGraph, readModuleGraph, UnreadableCode } from './module-graph.ts';
export { missingRuntimeImports, runtimeImports } from './runtime-imports.ts';
export { createWatcher, type Watcher } from './watch.ts';
