export type { PolicyDocument, Statement } from '../../policy/iam/document.ts';
export { createRecords, type IamRecords, type ManagedPolicy, type Role } from './records.ts';
export { iamService } from './service.ts';
