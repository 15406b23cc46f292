/** Buckets, objects and uploads in the store. Keys of objects come in the order of their UTF-8 bytes, as S3 lists them. */
import type { Collection, ServiceContext } from '../../kernel/index.ts';
import { noSuchBucket, noSuchUpload } from './errors.ts';
import type { Bucket, Part, Segment, StoredObject, Upload, Version, Versions } from './records.ts';

export class Repository {
  readonly #store: ServiceContext['store'];
  readonly #buckets: Collection<Bucket>;
  /** Asked on every call. */
  readonly #known = new Map<string, Bucket>();
  readonly #collections = new Map<string, Collection<Versions>>();

  /** What was read last: a request asks for the same several times. */
  #last:
    | { readonly bucket: string; readonly key: string; readonly writes: number; readonly versions: readonly Version[] }
    | undefined;

  constructor({ store }: Pick<ServiceContext, 'store'>) {
    this.#store = store;
    this.#buckets = store.collection('s3', 'buckets');
    for (const { key, value } of this.#buckets.list()) this.#known.set(key, value);
  }

  find(name: string): Bucket | undefined {
    return this.#known.get(name);
  }

  /** One that is somebody else's, and is not kept here. */
  lend(bucket: Bucket): void {
    this.#known.set(bucket.name, bucket);
  }

  /** Throws NoSuchBucket. */
  get(name: string): Bucket {
    const bucket = this.#known.get(name);
    if (!bucket) throw noSuchBucket(name);
    return bucket;
  }

  buckets(): Bucket[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(bucket: Bucket): Bucket {
    this.#buckets.put(bucket.name, bucket);
    this.#known.set(bucket.name, bucket);
    return bucket;
  }

  /** Of an empty one. */
  remove(name: string): void {
    this.#buckets.delete(name);
    this.#known.delete(name);
    this.#collections.delete(name);
  }

  #objects(bucket: string): Collection<Versions> {
    let objects = this.#collections.get(bucket);
    if (!objects) {
      objects = this.#store.collection<Versions>('s3', `objects/${bucket}`);
      this.#collections.set(bucket, objects);
    }
    return objects;
  }

  /** The newest first; empty where nothing has the key. */
  versions(bucket: string, key: string): readonly Version[] {
    const writes = this.#store.writes('s3', `objects/${bucket}`);
    const last = this.#last;
    if (last?.key === key && last.bucket === bucket && last.writes === writes) return last.versions;
    const versions = this.#objects(bucket).get(key)?.versions ?? [];
    this.#last = { bucket, key, writes, versions };
    return versions;
  }

  /** The current version; undefined where there is none, or it is a delete marker. */
  current(bucket: string, key: string): StoredObject | undefined {
    const [newest] = this.versions(bucket, key);
    return newest?.kind === 'object' ? newest : undefined;
  }

  setVersions(bucket: string, key: string, versions: readonly Version[]): void {
    if (versions.length === 0) this.#objects(bucket).delete(key);
    else this.#objects(bucket).put(key, { versions });
  }

  list(bucket: string, options: { prefix?: string; after?: string; limit: number }) {
    return this.#objects(bucket).list(options);
  }

  isEmpty(bucket: string): boolean {
    return this.#objects(bucket).list({ limit: 1 }).length === 0;
  }

  #uploads(bucket: string): Collection<Upload> {
    return this.#store.collection('s3', `uploads/${bucket}`);
  }

  #parts(uploadId: string): Collection<Part> {
    return this.#store.collection('s3', `parts/${uploadId}`);
  }

  uploads(bucket: string): Upload[] {
    return this.#uploads(bucket)
      .list()
      .map(({ value }) => value);
  }

  /** Throws NoSuchUpload. */
  upload(bucket: string, key: string, id: string): Upload {
    const upload = this.#uploads(bucket).get(id);
    if (upload?.key !== key) throw noSuchUpload(id);
    return upload;
  }

  putUpload(bucket: string, upload: Upload): void {
    this.#uploads(bucket).put(upload.id, upload);
  }

  part(uploadId: string, number: number): Part | undefined {
    return this.#parts(uploadId).get(partKey(number));
  }

  putPart(uploadId: string, part: Part): void {
    this.#parts(uploadId).put(partKey(part.number), part);
  }

  parts(uploadId: string, after = 0, limit?: number): Part[] {
    return this.#parts(uploadId)
      .list({ after: partKey(after), limit })
      .map(({ value }) => value);
  }

  /** What its parts had on disk is the caller's to remove, or to keep. */
  removeUpload(bucket: string, id: string): void {
    const parts = this.#parts(id);
    for (const { key } of parts.list()) parts.delete(key);
    this.#uploads(bucket).delete(id);
  }

  /** Every file that belongs to something, for those who look for the others. */
  *segments(): Generator<Segment> {
    for (const { name } of this.buckets()) {
      for (let after: string | undefined; ; ) {
        const page = this.list(name, { after, limit: PAGE });
        for (const { value } of page) {
          for (const version of value.versions) if (version.kind === 'object') yield* version.body;
        }
        if (page.length < PAGE) break;
        after = page.at(-1)!.key;
      }
      for (const { id } of this.uploads(name)) for (const part of this.parts(id)) yield* part.body;
    }
  }
}

const PAGE = 1_000;

const partKey = (number: number): string => String(number).padStart(5, '0');
