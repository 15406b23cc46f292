/** A table as it is kept, and what is made of that for those who read and write its items. */
import type { TemplatePlace } from '../../../policy/iam/contract.ts';
import type { KeyType } from '../values/attribute-value.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** Of a table one attribute, or one and another; of a global index up to four of each. */
export interface KeySchema {
  readonly hash: readonly KeyAttribute[];
  readonly range: readonly KeyAttribute[];
}

export interface Throughput {
  readonly read: number;
  readonly write: number;
}

/** Most requests a second, where it was set; absent: none. */
export interface OnDemandLimits {
  readonly read?: number | undefined;
  readonly write?: number | undefined;
}

export interface Index {
  readonly name: string;
  readonly kind: 'global' | 'local';
  readonly keys: KeySchema;
  readonly projection: { readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; readonly names: readonly string[] };
  /** Of a global index of a table with provisioned throughput. */
  readonly throughput?: Throughput | undefined;
  readonly onDemand?: OnDemandLimits | undefined;
  readonly warm?: Throughput | undefined;
  /** Tells its entries from those of an index of the same name that was there before. */
  readonly id: string;
}

export type ViewType = 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Table {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** ms since 1970, as all times here. */
  readonly createdAt: number;
  readonly keys: KeySchema;
  readonly indexes: readonly Index[];
  readonly billing: 'PAY_PER_REQUEST' | 'PROVISIONED';
  readonly billingChangedAt?: number | undefined;
  readonly throughput?: Throughput | undefined;
  readonly throughputRaisedAt?: number | undefined;
  readonly throughputLoweredAt?: number | undefined;
  readonly onDemand?: OnDemandLimits | undefined;
  readonly warm?: Throughput | undefined;
  /** Of the newest stream, enabled or not; older ones are known to the streams alone. */
  readonly stream?:
    | { readonly arn: string; readonly label: string; readonly view: ViewType; readonly enabled: boolean }
    | undefined;
  readonly ttl?: { readonly attribute: string } | undefined;
  readonly encryption?: { readonly keyArn: string } | undefined;
  readonly tableClass: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  readonly deletionProtection: boolean;
  readonly recovery?: { readonly since: number; readonly days: number } | undefined;
  readonly contributorInsights?: readonly string[] | undefined;
  readonly policy?:
    | { readonly text: string; readonly revision: string; readonly place?: TemplatePlace | undefined }
    | undefined;
  readonly streamPolicy?: { readonly text: string; readonly revision: string } | undefined;
  readonly tags: readonly Tag[];
}

/** The table's own key, then the index's where it is one, each name once. */
export function keyNames(table: Pick<Table, 'keys'>, index?: Pick<Index, 'keys'>): string[] {
  const all = [...attributesOf(table.keys), ...(index ? attributesOf(index.keys) : [])];
  return [...new Set(all.map(({ name }) => name))];
}

export const attributesOf = ({ hash, range }: KeySchema): readonly KeyAttribute[] => [...hash, ...range];
