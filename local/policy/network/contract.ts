/**
 * What this room is asked, and what it answers. Pure: it reads a network graph, and knows neither services nor store.
 * https://docs.aws.amazon.com/vpc/latest/userguide/how-it-works.html
 */
import type { TemplatePlace } from '../iam/contract.ts';
import type { Reachability } from './verdict.ts';

/** Where a function, a database or a proxy stands. */
export type Placement =
  /** Lambda's own network: public services and the internet, nothing private. */
  | { readonly kind: 'public' }
  | {
      readonly kind: 'vpc';
      readonly subnetIds: readonly string[];
      readonly securityGroupIds: readonly string[];
      /** It has a public address too, as an RDS instance with `PubliclyAccessible`. */
      readonly publiclyAccessible?: boolean;
    };

export type Destination =
  /** An AWS API by its endpoint name, e.g. `secretsmanager`, `s3`, `bedrock-runtime`. `region` when it is not the stack's. */
  | {
      readonly kind: 'aws-service';
      readonly service: string;
      readonly region?: string;
      readonly port: number;
      /** The endpoint whose own name was used, `vpce-0….sqs.us-east-1.vpce.amazonaws.com`, not the service's. */
      readonly vpcEndpointId?: string;
    }
  /** Something of the stack with a place of its own. */
  | { readonly kind: 'placed'; readonly name: string; readonly port: number; readonly placement: Placement }
  /** A host name that is nobody's here. */
  | { readonly kind: 'internet'; readonly hostname: string; readonly port: number; readonly protocol?: 'tcp' | 'udp' }
  | { readonly kind: 'address'; readonly ip: string; readonly port: number; readonly protocol?: 'tcp' | 'udp' };

/** One thing a packet passes, or is stopped by. */
export interface Hop {
  readonly kind:
    | 'function'
    | 'subnet'
    | 'route-table'
    | 'route'
    | 'security-group'
    | 'network-acl'
    | 'vpc-endpoint'
    | 'internet-gateway'
    | 'nat-gateway'
    | 'dns'
    | 'target'
    | 'unknown';
  /** AWS's id, e.g. `rtb-0…`. */
  readonly id: string;
  /** What it does to the packet, one clause: `routes 0.0.0.0/0 to nat-0…`, `has no egress rule for tcp 443`. */
  readonly note: string;
  readonly place?: TemplatePlace;
}

/**
 * The network as the evaluator reads it: the records of `services/ec2/` fit it as they are.
 * `canReach` asks for every subnet of the origin: what one of them cannot reach, the function cannot be sure to reach.
 */
export type CanReach<Graph> = (graph: Graph, from: Placement, to: Destination) => Reachability;
