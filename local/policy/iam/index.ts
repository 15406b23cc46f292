/** May this principal do this? Pure: policies and a request in, the decision and its reason out. */
export type * from './contract.ts';
export { decide } from './decide.ts';
export { type DocumentKind, MalformedPolicy, type PolicyDocument, readPolicy, type Statement } from './document.ts';
export { explain, POLICY_NAMES } from './explain.ts';
export { narrow, type Used } from './narrow.ts';
export { isPublic, LIMITING_KEYS, LIMITING_OPERATORS } from './public.ts';
export type { Permission } from './verdict.ts';
