/** Keys, aliases and grants in the store, found by any of the names AWS accepts. */
import { createHash } from 'node:crypto';
import type { ServiceContext } from '../../kernel/service.ts';
import { awsManagedPolicy, isAwsService } from './aws-managed.ts';
import { newMaterial } from './cryptography.ts';
import { aliasNotFound, invalidArn, invalidKeyId, invalidState, keyDisabled, keyNotFound } from './errors.ts';
import { type Alias, days, type Grant, type Key, type KeyMaterial, stateOf } from './key.ts';

const KEY_ID = /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const AWS_ALIAS = /^alias\/aws\/(.+)$/;

export interface Keyring {
  /** By id, ARN, alias or alias ARN, whatever state it is in. */
  find(name: string): Key | undefined;
  /** Throws NotFoundException, InvalidArnException. */
  get(name: string): Key;
  /** By id or ARN, for operations that take no alias. Throws NotFoundException. */
  getByKey(name: string): Key;
  /** For whoever encrypts or decrypts. Throws DisabledException and KMSInvalidStateException too. */
  getUsable(name: string): Key;
  put(key: Key): Key;
  all(): Key[];
  /** What policies are asked about, also where there is no such key. */
  arnOf(name: string): string;
  keyArn(id: string): string;

  alias(name: string): Alias | undefined;
  aliasArn(name: string): string;
  putAlias(alias: Alias): void;
  deleteAlias(name: string): void;
  /** By name; of one key, or all. */
  aliases(keyId?: string): Alias[];

  putGrant(grant: Grant): void;
  deleteGrant(grant: Grant): void;
  /** Of one key, or all. */
  grants(keyId?: string): Grant[];

  /** Another number after every change of this key, its grants and its aliases. */
  revisionOf(keyId: string): number;
}

type Context = Pick<ServiceContext, 'store' | 'clock' | 'partition' | 'region' | 'accountId'>;

export function openKeyring(context: Context): Keyring {
  const { store, clock, partition, region, accountId } = context;
  const prefix = `arn:${partition}:kms:${region}:${accountId}:`;
  const keys = store.collection<Key>('kms', 'keys');
  const aliases = store.collection<Alias>('kms', 'aliases');
  const grants = store.collection<Grant>('kms', 'grants');
  const revisions = new Map<string, number>();

  const changed = (keyId: string): void => void revisions.set(keyId, keyring.revisionOf(keyId) + 1);

  /** A key whose waiting period is over is gone, and so is what hung on it; it is swept when somebody looks. */
  function alive(id: string): Key | undefined {
    const key = keys.get(id);
    if (!key?.deletion || key.deletion.dueAt > clock.now()) return key && rotated(key);
    store.transaction(() => {
      for (const { name } of keyring.aliases(id)) aliases.delete(name);
      for (const grant of keyring.grants(id)) grants.delete(grantKey(grant));
      keys.delete(id);
    });
    changed(id);
    return undefined;
  }

  /** Rotation that came due while nobody looked. */
  function rotated(key: Key): Key {
    const { rotation } = key;
    if (!rotation || stateOf(key) !== 'Enabled' || rotation.nextAt > clock.now()) return key;
    const materials: KeyMaterial[] = [...key.materials];
    let { nextAt } = rotation;
    for (; nextAt <= clock.now(); nextAt += days(rotation.periodInDays)) {
      materials.push(newMaterial('AUTOMATIC', nextAt));
    }
    return keyring.put({ ...key, materials, rotation: { ...rotation, nextAt } });
  }

  /** AWS makes a service's key when it is first asked for; which id it gets does not depend on when that is. */
  function awsManaged(service: string): Key | undefined {
    if (!isAwsService(service)) return undefined;
    const digest = createHash('sha256').update(`${prefix}${service}`).digest('hex');
    const id = digest.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
    const known = keys.get(id);
    if (known) return rotated(known);
    const now = clock.now();
    const key: Key = {
      id,
      arn: keyring.keyArn(id),
      description: `Default key that protects my ${service} data when no other key is defined`,
      manager: 'AWS',
      multiRegion: false,
      enabled: true,
      createdAt: now,
      policy: awsManagedPolicy(service, context),
      tags: [],
      materials: [newMaterial('WITH_KEY', now)],
      rotation: { periodInDays: 365, nextAt: now + days(365) },
    };
    store.transaction(() => {
      keyring.put(key);
      keyring.putAlias({ name: `alias/aws/${service}`, keyId: id, createdAt: now, updatedAt: now });
    });
    return key;
  }

  const byAlias = (name: string): Key | undefined => {
    const found = aliases.get(name);
    if (found) return alive(found.keyId);
    const service = AWS_ALIAS.exec(name)?.[1];
    return service === undefined ? undefined : awsManaged(service);
  };

  /** `key/…` or `alias/…`; undefined for an ARN of elsewhere. */
  const local = (name: string): string | undefined => {
    if (name.startsWith(prefix)) return name.slice(prefix.length);
    if (name.startsWith('arn:')) return undefined;
    return name.startsWith('alias/') ? name : `key/${name}`;
  };

  const keyring: Keyring = {
    find(name) {
      const own = local(name);
      if (own === undefined) return undefined;
      return own.startsWith('alias/') ? byAlias(own) : alive(own.slice('key/'.length));
    },
    get(name) {
      const key = keyring.find(name);
      if (key) return key;
      const own = local(name);
      if (own === undefined) {
        if (!/^arn:[^:]+:kms:[^:]+:\d{12}:(?:key|alias)\/.+$/.test(name)) throw invalidArn(`Invalid arn ${name}`);
        throw name.includes(':alias/') ? aliasNotFound(name) : keyNotFound(name);
      }
      if (own.startsWith('alias/')) throw aliasNotFound(`${prefix}${own}`);
      if (!KEY_ID.test(own.slice('key/'.length)) && !name.startsWith('arn:')) throw invalidKeyId(name);
      throw keyNotFound(`${prefix}${own}`);
    },
    getByKey(name) {
      if (name.startsWith('alias/') || /^arn:[^/]*:alias\//.test(name)) {
        throw name.startsWith('arn:')
          ? invalidArn('Key Aliases are not supported for this operation.')
          : invalidKeyId(name);
      }
      return keyring.get(name);
    },
    getUsable(name) {
      const key = keyring.get(name);
      const state = stateOf(key);
      if (state === 'Disabled') throw keyDisabled(key.arn);
      if (state === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
      return key;
    },
    put(key) {
      keys.put(key.id, key);
      changed(key.id);
      return key;
    },
    all: () => keys.list().flatMap(({ key }) => alive(key) ?? []),
    arnOf(name) {
      const own = local(name);
      return keyring.find(name)?.arn ?? (own === undefined ? name : `${prefix}${own}`);
    },
    keyArn: (id) => `${prefix}key/${id}`,

    alias: (name) => aliases.get(name),
    aliasArn: (name) => `${prefix}${name}`,
    putAlias(alias) {
      const before = aliases.get(alias.name);
      aliases.put(alias.name, alias);
      if (before) changed(before.keyId);
      changed(alias.keyId);
    },
    deleteAlias(name) {
      const before = aliases.get(name);
      aliases.delete(name);
      if (before) changed(before.keyId);
    },
    aliases: (keyId) =>
      aliases
        .list()
        .map(({ value }) => value)
        .filter((alias) => keyId === undefined || alias.keyId === keyId),

    putGrant(grant) {
      grants.put(grantKey(grant), grant);
      changed(grant.keyId);
    },
    deleteGrant(grant) {
      grants.delete(grantKey(grant));
      changed(grant.keyId);
    },
    grants: (keyId) => grants.list(keyId === undefined ? {} : { prefix: `${keyId} ` }).map(({ value }) => value),

    revisionOf: (keyId) => revisions.get(keyId) ?? 0,
  };
  return keyring;
}

const grantKey = ({ keyId, id }: Grant): string => `${keyId} ${id}`;
