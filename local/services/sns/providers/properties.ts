/** What the providers of topics, subscriptions and policies read alike. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { ServiceContext } from '../../../kernel/service.ts';

/** Protocols that AWS has and nobody here: named at start. */
export const isAbsent = (protocol: unknown): boolean => protocol === 'firehose' || protocol === 'application';

/** Who subscribes when a template does: it is the account's own. */
export const rootOf = ({ partition, accountId }: Pick<ServiceContext, 'partition' | 'accountId'>): string =>
  `arn:${partition}:iam::${accountId}:root`;

/** JSON text of what a template may write as an object, too. */
export function document(reader: PropertyReader, name: string): string | undefined {
  const value = reader.properties[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
