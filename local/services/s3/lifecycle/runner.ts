/** Does what lifecycle rules say, once a day of the kernel's clock, shortly after midnight as S3 does. */
import type { Timer } from '../../../kernel/index.ts';
import { abortUpload } from '../multipart/uploads.ts';
import { say } from '../notifications/destinations.ts';
import { commitVersion } from '../objects/commit.ts';
import { removeVersion } from '../objects/delete-object.ts';
import { newVersionId } from '../objects/versioning.ts';
import type { Bucket, DeleteMarker, LifecycleRule, StoredObject, Version } from '../records.ts';
import type { Room } from '../room.ts';
import { afterDays, DAY_MS, dueBy, isMeant } from './rules.ts';

export interface Lifecycle {
  start(): void;
  stop(): void;
  /** Everything that is due now. */
  run(): void;
}

const PAGE = 500;

export function createLifecycle(room: Room): Lifecycle {
  const { clock, repository } = room;
  let timer: Timer | undefined;

  function arm(): void {
    const next = Math.floor(clock.now() / DAY_MS + 1) * DAY_MS;
    timer = clock.after(next - clock.now(), () => {
      arm();
      try {
        run();
      } catch (error) {
        say(room, `lifecycle rules of S3 could not be carried out: ${error}`);
      }
    });
  }

  function run(): void {
    for (const bucket of repository.buckets()) {
      const rules = (bucket.lifecycle ?? []).filter(({ enabled }) => enabled);
      if (rules.length === 0) continue;
      for (let after: string | undefined; ; ) {
        const page = repository.list(bucket.name, { after, limit: PAGE });
        for (const { key, value } of page) applyTo(room, bucket, rules, key, value.versions);
        if (page.length < PAGE) break;
        after = page.at(-1)!.key;
      }
      abortOld(room, bucket, rules);
    }
  }

  return {
    // What came due while nobody ran is made up for.
    start() {
      run();
      arm();
    },
    stop: () => timer?.cancel(),
    run,
  };
}

function applyTo(
  room: Room,
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  key: string,
  versions: readonly Version[],
): void {
  const now = room.clock.now();
  for (const version of noncurrentDue(rules, key, versions, now)) {
    removeVersion(room, bucket, key, version, undefined, 'LifecycleExpiration:Delete');
  }
  const [newest, ...older] = room.repository.versions(bucket.name, key);
  if (!newest) return;
  if (newest.kind === 'delete-marker') {
    if (older.length === 0 && rules.some((rule) => expiresMarker(rule, key, newest, now))) {
      removeVersion(room, bucket, key, newest, undefined, 'LifecycleExpiration:Delete');
    }
    return;
  }
  if (rules.some((rule) => isDue(dueBy(rule, key, newest), now))) expire(room, bucket, key, newest);
  else transition(room, bucket, rules, key, newest);
}

const isDue = (at: number | undefined, now: number): boolean => at !== undefined && at <= now;

/** Behind a current version, those that have been so for long enough, save the newest few that a rule keeps. */
function noncurrentDue(
  rules: readonly LifecycleRule[],
  key: string,
  versions: readonly Version[],
  now: number,
): Version[] {
  const [, ...older] = versions;
  return older.filter((version, index) =>
    rules.some(({ filter, noncurrentExpiration: rule }) => {
      if (!rule || !isMeant(filter, key, version.kind === 'object' ? version : undefined)) return false;
      if (rule.newer !== undefined && index < rule.newer) return false;
      return version.noncurrentSince !== undefined && afterDays(version.noncurrentSince, rule.days) <= now;
    }),
  );
}

/** A marker that hides nothing any more. */
function expiresMarker({ filter, expiration }: LifecycleRule, key: string, marker: DeleteMarker, now: number): boolean {
  if (!expiration || !isMeant(filter, key)) return false;
  if (expiration.deleteMarker) return true;
  return expiration.days !== undefined && afterDays(marker.lastModified, expiration.days) <= now;
}

function expire(room: Room, bucket: Bucket, key: string, object: StoredObject): void {
  if (bucket.versioning === undefined) {
    removeVersion(room, bucket, key, object, undefined, 'LifecycleExpiration:Delete');
    return;
  }
  const newest: DeleteMarker = {
    kind: 'delete-marker',
    versionId: newVersionId(bucket),
    lastModified: room.clock.now(),
  };
  commitVersion(room, { bucket, key, newest, event: 'LifecycleExpiration:DeleteMarkerCreated' });
}

/** The class it would have by now; nothing else changes here. */
function transition(
  room: Room,
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  key: string,
  object: StoredObject,
): void {
  const now = room.clock.now();
  const due = rules
    .filter(({ filter }) => isMeant(filter, key, object))
    .flatMap(({ transitions }) => transitions)
    .map(({ days, date, storageClass }) => ({
      at: days === undefined ? date : afterDays(object.lastModified, days),
      storageClass,
    }))
    .filter(({ at }) => isDue(at, now))
    .sort((a, b) => (a.at as number) - (b.at as number))
    .at(-1);
  if (!due || due.storageClass === (object.storageClass ?? 'STANDARD')) return;
  const changed = { ...object, storageClass: due.storageClass };
  room.store.transaction(() => {
    const versions = room.repository.versions(bucket.name, key);
    room.repository.setVersions(bucket.name, key, [changed, ...versions.slice(1)]);
    room.notifier.tell({ bucket, key, version: changed, event: 'LifecycleTransition' });
  });
}

function abortOld(room: Room, bucket: Bucket, rules: readonly LifecycleRule[]): void {
  for (const upload of room.repository.uploads(bucket.name)) {
    const isOld = rules.some(
      ({ abortAfterDays, filter }) =>
        abortAfterDays !== undefined &&
        upload.key.startsWith(filter.prefix ?? '') &&
        afterDays(upload.initiated, abortAfterDays) <= room.clock.now(),
    );
    if (isOld) abortUpload(room, bucket, upload);
  }
}
