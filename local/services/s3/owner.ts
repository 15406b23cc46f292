import { createHash } from 'node:crypto';

/** The canonical user id of an account: 64 hex digits that stay the same. */
export function canonicalId(accountId: string): string {
  return createHash('sha256').update(`canonical user ${accountId}`).digest('hex');
}

const owners = new Map<string, { readonly ID: string }>();

export function ownerOf({ accountId }: { readonly accountId: string }): { readonly ID: string } {
  let owner = owners.get(accountId);
  if (!owner) {
    owner = { ID: canonicalId(accountId) };
    owners.set(accountId, owner);
  }
  return owner;
}
