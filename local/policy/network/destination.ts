/** What a host name or an address, as a program gives it, leads to. */
import { isIP } from 'node:net';
import type { Destination, Placement } from './contract.ts';
import { awsHost } from './endpoint-names.ts';

/** Names below AWS's that belong to customers' own things on the public internet. */
const PUBLIC = /\.(elb|compute|compute-1|elasticbeanstalk|cloudfront)\.|^ec2-[\d-]+\./;

export interface Wanted {
  /** In lower case, without a trailing dot. */
  readonly hostname: string;
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
  /** Of the stack's own resource behind the name. */
  readonly placement?: Placement;
}

export function destinationOf({ hostname, port, protocol = 'tcp', placement }: Wanted): Destination {
  if (placement) return { kind: 'placed', name: hostname.split('.')[0]!, port, placement };
  if (isIP(hostname)) return { kind: 'address', ip: hostname, port, protocol };
  const aws = protocol === 'tcp' && !PUBLIC.test(hostname) ? awsHost(hostname) : undefined;
  return aws ? { kind: 'aws-service', ...aws, port } : { kind: 'internet', hostname, port, protocol };
}
