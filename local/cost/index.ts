/** What a stack costs a month: a template's resources and a load in, priced lines out. Starts nothing, asks nobody. */
export type { CostedResource, CostReport, FunctionLoad, Line, Load } from './contract.ts';
export { formatCost } from './format.ts';
export { type Given, loadOf, type RecordedFunction, type Recording } from './load.ts';
export { PRICED_REGION } from './prices.ts';
export { costReport } from './report.ts';
export { durationCost, type SizeCost } from './size.ts';
export { formatTuning, type Invoked, type Measured, type TuningReport, tuningReport } from './tuning.ts';
