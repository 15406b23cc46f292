/** What queues are called: names, ARNs and URLs. */
import type { CallContext, ServiceContext } from '../../kernel/service.ts';
import { invalidAddress, queueDoesNotExist } from './errors.ts';

export type Place = Pick<ServiceContext, 'accountId' | 'region' | 'partition'>;

/** A queue as a URL or an ARN names it. */
export interface QueueAddress {
  readonly accountId: string;
  readonly name: string;
}

const PATH = /^\/(\d{12})\/([^/]{1,80})\/?$/;
/** Also the hosts of older clients: https://docs.aws.amazon.com/general/latest/gr/sqs-service.html#sqs_region */
const HOSTS: readonly RegExp[] = [
  /^sqs(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
  /^([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?$/,
];

export const queueArn = ({ partition, region }: Place, { accountId, name }: QueueAddress): string =>
  `arn:${partition}:sqs:${region}:${accountId}:${name}`;

/** By a path such as `/123456789012/name`. */
export function addressOfPath(path: string): QueueAddress | undefined {
  const [, accountId, name] = PATH.exec(path) ?? [];
  return accountId === undefined || name === undefined ? undefined : { accountId, name };
}

const read = new Map<string, QueueAddress>();
const MOST = 10_000;

/** Throws InvalidAddress; QueueDoesNotExist for a host of AWS's in another Region. */
export function addressOf(queueUrl: string, { region }: Place): QueueAddress {
  const known = read.get(queueUrl);
  if (known) return known;
  const url = URL.parse(queueUrl);
  const address = addressOfPath(url === null ? queueUrl : decodeURI(url.pathname));
  if (!address) throw invalidAddress(queueUrl);
  for (const pattern of HOSTS) {
    const elsewhere = pattern.exec(url?.hostname ?? '')?.[1];
    if (elsewhere !== undefined && elsewhere !== region) throw queueDoesNotExist();
  }
  if (read.size >= MOST) read.clear();
  read.set(queueUrl, address);
  return address;
}

/** Undefined for what is no queue's ARN. */
export function addressOfArn(arn: string, { partition, region }: Place): QueueAddress | undefined {
  const [prefix, inPartition, service, inRegion, accountId, name, ...rest] = arn.split(':');
  if (prefix !== 'arn' || service !== 'sqs' || !accountId || !name || rest.length > 0) return undefined;
  return inPartition === partition && inRegion === region ? { accountId, name } : undefined;
}

export type UrlOf = (address: QueueAddress, call?: Pick<CallContext, 'host'>) => string;

/**
 * A queue's URL is at the host where it is asked for: SDKs go by it, and those outside the environments would find the
 * real AWS behind AWS's own.
 */
export function urls({ region }: Place, endpointUrl: (() => string) | undefined): UrlOf {
  const aws = `https://sqs.${region}.amazonaws.com`;
  return ({ accountId, name }, call) => {
    const host = call?.host;
    if (host === undefined) return `${endpointUrl?.() ?? aws}/${accountId}/${name}`;
    const ofAws = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)(?::\d+)?$/.test(host);
    return `${ofAws ? aws : `http://${host}`}/${accountId}/${name}`;
  };
}
