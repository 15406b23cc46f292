export type { PolicyDocument, Statement } from '../../policy/iam/document.ts';
export { type Authorization, type AuthorizationOptions, createAuthorization } from './authorization/index.ts';
export { type IamRecords, type ManagedPolicy, openRecords, type Role } from './records.ts';
export { iamService } from './service.ts';
