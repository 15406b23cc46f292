/**
 * A proxy's own errors, of the MySQL family.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.troubleshooting.html
 */
import type { ServerError } from './protocol.ts';

export const requiresTls: ServerError = {
  number: 3159,
  state: 'HY000',
  message: 'This RDS Proxy requires TLS connections.',
};

export const noDatabaseConnection: ServerError = {
  number: 9501,
  state: 'HY000',
  message: 'Timed-out waiting to acquire database connection',
};

/** Of a user whose credentials the proxy does not have; for MySQL it says no more than the server would. */
export function accessDenied(user: string, host: string, withPassword: boolean): ServerError {
  const using = withPassword ? 'YES' : 'NO';
  return {
    number: 1045,
    state: '28000',
    message: `Access denied for user '${user}'@'${host}' (using password: ${using})`,
  };
}
