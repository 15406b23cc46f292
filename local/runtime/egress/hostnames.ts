/** Which host names and addresses are whose. */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPrivate, parseAddress } from '../../policy/network/index.ts';

/**
 * Lower case, no trailing dot, no brackets; an address in the one way to write it, whatever way it was written in: what is
 * decided of `127.0.0.1` has to hold for `::ffff:7f00:1`, `127.1` and `2130706433` as well.
 */
export function canonicalHostname(hostname: string): string {
  const plain = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (plain.includes(':')) return isIP(plain) === 6 ? canonicalAddress6(plain) : plain;
  return NUMERIC.test(plain) && isIP(plain) === 0 ? canonicalAddress4(plain) : plain;
}

/** How `inet_aton` takes an address: up to four numbers, each decimal, octal or hexadecimal. */
const NUMERIC = /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}$/;

function canonicalAddress4(numbers: string): string {
  return URL.parse(`http://${numbers}`)?.hostname ?? numbers;
}

/** In IPv6 an IPv4 address may be hidden: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 */
function canonicalAddress6(address: string): string {
  const shortest = URL.parse(`http://[${address.replace(/%.*$/, '')}]`)?.hostname.slice(1, -1) ?? address;
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shortest);
  if (!mapped) return shortest;
  const number = Number.parseInt(mapped[1]!, 16) * 65_536 + Number.parseInt(mapped[2]!, 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** How an environment's own programs call it: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html */
export function isSandbox(hostname: string): boolean {
  return hostname === 'sandbox.localdomain' || hostname === 'sandbox';
}

export function isLoopback(hostname: string): boolean {
  if (isSandbox(hostname)) return true;
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  if (isIP(hostname) === 4) return hostname.startsWith('127.') || hostname === '0.0.0.0';
  return hostname === '::1' || hostname === '::';
}

/** Whether an address is one that anybody on the internet could have. */
export function isOnInternet(address: string): boolean {
  const block = parseAddress(address);
  return block !== undefined && !isPrivate(block) && !isThisMachine(address);
}

/** The machine that all this runs on has no place in AWS's network, even where its address looks public. */
export function isThisMachine(address: string): boolean {
  if (isIP(address) === 0) return false;
  return Object.values(networkInterfaces()).some((each) => each?.some((one) => one.address === address));
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
