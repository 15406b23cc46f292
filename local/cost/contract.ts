/** What a stack costs a month: what goes in, and what comes out. */
import type { JsonObject, Position } from '../template/stack.ts';
import type { Price } from './prices.ts';

/** A resource with its properties evaluated; a reference is the physical id of what it refers to. */
export interface CostedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly properties: JsonObject;
  readonly at?: Position;
}

/** What a function does in a month. */
export interface FunctionLoad {
  readonly logicalId: string;
  readonly invocations: number;
  /** ms, on average, without init. */
  readonly durationMs: number;
  /** Invocations that wait for a new execution environment, 0 to 1. */
  readonly coldShare: number;
  /** ms, on average; billed since August 2025. */
  readonly initMs: number;
}

/** What happens in a month. */
export interface Load {
  readonly requests: number;
  readonly functions: readonly FunctionLoad[];
  readonly logsGb: number;
  /** Through interface endpoints, or NAT gateways where there are no endpoints. */
  readonly dataGb: number;
  /** Kept in buckets. */
  readonly objectsGb: number;
  readonly activeUsers: number;
  /** What was taken for granted, sentence by sentence. */
  readonly assumptions: readonly string[];
}

export interface Line {
  /** Logical ids it is about; none of what the whole stack does. */
  readonly resources: readonly string[];
  readonly what: string;
  readonly quantity: number;
  readonly price: Price;
  readonly usd: number;
  /** `fixed` is paid for being there, `use` for what happens. */
  readonly kind: 'fixed' | 'use';
}

/** Two ways out of the private subnets; the amount of data at which they cost the same. */
export interface Egress {
  readonly endpoints: { readonly count: number; readonly zones: number; readonly usd: number };
  readonly nat: { readonly gateways: number; readonly usd: number };
  /** GB a month; undefined when endpoints are cheaper whatever goes through. Below it NAT is the cheaper one. */
  readonly breakEvenGb: number | undefined;
}

/** What something would add to the month. */
export interface Addition {
  readonly what: string;
  readonly usd: number;
}

export interface CostReport {
  readonly stack: string;
  readonly region: string;
  readonly requests: number;
  readonly lines: readonly Line[];
  readonly fixedUsd: number;
  readonly useUsd: number;
  readonly totalUsd: number;
  readonly egress: Egress | undefined;
  readonly additions: readonly Addition[];
  readonly assumptions: readonly string[];
  /** Resources nothing here knows a price of, with the reason. */
  readonly unpriced: readonly { readonly logicalId: string; readonly type: string; readonly why: string }[];
}
