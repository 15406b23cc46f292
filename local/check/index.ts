/** What would AWS refuse? Pure: facts about a drawn stack and its code in, findings out. */
export { CODES, check, hasProvedErrors, templateFindings } from './check.ts';
export type * from './contract.ts';
export { formatJson } from './format/json.ts';
export { formatSarif } from './format/sarif.ts';
export { type Checked, formatText, type Paint } from './format/text.ts';
