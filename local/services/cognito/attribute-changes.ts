/** Attributes of users who are there already: who may change what, and what has to be proved anew. */
import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import { type Attributes, checkAttributes } from './attributes.ts';
import { invalidParameter, notAuthorized } from './errors.ts';
import type { Address } from './messages.ts';
import type { AppClient, Pool, User } from './records.ts';
import type { Room } from './room.ts';

export type Changer = { readonly clientMetadata?: Readonly<Record<string, string>> } & (
  | { readonly by: 'administrator' }
  | { readonly by: 'user'; readonly client: AppClient }
);

const ADDRESSES: readonly Address[] = ['email', 'phone_number'];

/**
 * Keeps the changes, and writes to addresses that the pool verifies. A new address that must be verified before it
 * counts waits until it is.
 */
export async function changeAttributes(
  room: Room,
  pool: Pool,
  user: User,
  changes: Attributes,
  changer: Changer,
): Promise<readonly CodeDeliveryDetailsType[]> {
  checkAttributes(pool, changes, 'update');
  if (changer.by === 'user') checkWritable(changer.client, changes);
  const verified = pool.settings.AutoVerifiedAttributes ?? [];
  const waits = pool.settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  const isNew = (name: Address) => changes[name] !== undefined && changes[name] !== user.attributes[name];
  const isProved = (name: Address) => changer.by === 'administrator' && changes[`${name}_verified`] === 'true';
  const toProve = ADDRESSES.filter((name) => isNew(name) && changes[name] !== '' && !isProved(name));
  const waiting = toProve.filter((name) => waits.includes(name));
  const applied: Record<string, string> = { ...user.attributes };
  for (const [name, value] of Object.entries(changes)) {
    if (waiting.includes(name as Address)) continue;
    if (value === '') delete applied[name];
    else applied[name] = value;
  }
  for (const name of ADDRESSES) {
    if (applied[name] === undefined) delete applied[`${name}_verified`];
    else if (isNew(name) && !waiting.includes(name)) applied[`${name}_verified`] = String(isProved(name));
  }
  const pending = { ...user.pending };
  for (const name of waiting) pending[name] = changes[name] ?? '';
  const changed = room.users.put(pool, {
    ...user,
    attributes: applied,
    ...(Object.keys(pending).length > 0 && { pending }),
    modifiedAt: room.clock.now(),
  });
  const sent: CodeDeliveryDetailsType[] = [];
  for (const to of toProve.filter((name) => verified.includes(name))) {
    sent.push(
      await room.messenger.sendCode({
        pool,
        user: changed,
        to,
        value: changes[to],
        source: 'CustomMessage_UpdateUserAttribute',
        purpose: `verify:${to}`,
        clientId: changer.by === 'user' ? changer.client.id : undefined,
        clientMetadata: changer.clientMetadata,
      }),
    );
  }
  return sent;
}

/** Throws InvalidParameterException for what cannot be taken away. */
export function removeAttributes(pool: Pool, user: User, names: readonly string[]): User {
  for (const name of names) {
    const found = pool.schema.find(({ Name }) => Name === name);
    if (!found) throw invalidParameter(`user.${name}: Attribute does not exist in the schema.\n`);
    if (found.Required || found.Mutable === false)
      throw invalidParameter(`user.${name}: Attribute cannot be deleted.\n`);
  }
  const gone = new Set(names.flatMap((name) => [name, `${name}_verified`]));
  const left = Object.entries(user.attributes).filter(([name]) => name === 'sub' || !gone.has(name));
  return { ...user, attributes: Object.fromEntries(left) };
}

/** Throws NotAuthorizedException for what the client may not write of its users. */
export function checkWritable({ settings }: AppClient, attributes: Attributes): void {
  const { WriteAttributes: writable } = settings;
  const isForbidden = (name: string) =>
    /^(?:email|phone_number)_verified$/.test(name) || (writable !== undefined && !writable.includes(name));
  if (Object.keys(attributes).some(isForbidden))
    throw notAuthorized('A client attempted to write unauthorized attribute');
}
