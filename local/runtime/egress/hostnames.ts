/** Which host names and addresses are whose. */
import { isIP } from 'node:net';

/** Lower case, no trailing dot, no brackets. */
export function canonicalHostname(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** How an environment's own programs call it: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html */
export function isSandbox(hostname: string): boolean {
  return hostname === 'sandbox.localdomain' || hostname === 'sandbox';
}

export function isLoopback(hostname: string): boolean {
  if (isSandbox(hostname)) return true;
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  if (isIP(hostname) === 4) return hostname.startsWith('127.') || hostname === '0.0.0.0';
  return hostname === '::1' || hostname === '::' || hostname.startsWith('::ffff:127.');
}

/**
 * Addresses of this link: the instance metadata service and the like. Lambda's environments have none of them.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export function isLinkLocal(hostname: string): boolean {
  if (isIP(hostname) === 4) return hostname.startsWith('169.254.');
  return hostname === 'fd00:ec2::254' || hostname === 'fd00:ec2::23' || /^fe[89ab]/.test(hostname);
}

/**
 * Names below amazonaws.com that belong to a customer's own resource, not to a service's API: they stand in the
 * address book or lead nowhere.
 */
const RESOURCE = /\.(rds|cache|docdb|neptune|redshift|redshift-serverless|es|aoss|kafka|mq|memorydb|dax-clusters)\./;
/** Names of the public internet that happen to end so. */
const PUBLIC = /\.(elb|compute|compute-1|elasticbeanstalk|execute-api|appsync-api|cloudfront)\.|^ec2-[\d-]+\./;

/** Function URLs are served where the services are. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
const FUNCTION_URL = /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

export type AwsName = 'service' | 'resource';

/** Whether a name is one of an AWS service's API, or of a resource someone owns; undefined for all the others. */
export function awsName(hostname: string): AwsName | undefined {
  if (FUNCTION_URL.test(hostname)) return 'service';
  if (!/\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(hostname)) return undefined;
  if (RESOURCE.test(hostname) && !/^(rds|rds-data|redshift|redshift-data|es|kafka|mq)\./.test(hostname)) {
    return 'resource';
  }
  return PUBLIC.test(hostname) ? undefined : 'service';
}
