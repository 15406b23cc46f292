import { createItems } from '@app/shared/items';
import { type Hooks, tenantHooks } from '../domain/tenant-hooks.ts';

/** A tenant's configuration is in force a minute after it was written. */
const KEPT_MS = 60_000;

/** What the organisation of an address wants done with its tickets, by a table of DynamoDB. Rejects with the SDK's errors. */
export const hooksOfTenants = (tableName: string): ((requesterEmail: string) => Promise<Hooks>) =>
  tenantHooks(createItems({ tableName, key: 'domain', keptMs: KEPT_MS }));
