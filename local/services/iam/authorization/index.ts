export { type Authorization, type AuthorizationOptions, createAuthorization } from './authorization.ts';
export {
  CHECK_SERVICE_ROLE,
  type CheckServiceRoleInput,
  type CheckServiceRoleOutput,
  checkServiceRole,
} from './check-service-role.ts';
