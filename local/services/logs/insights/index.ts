export { readQuery } from './parse.ts';
export { runQuery } from './run.ts';
