/** Buckets of AWS's own accounts, such as the one custom resources answer through. */
import type { Operation } from '../../kernel/service.ts';
import { DEFAULT_ENCRYPTION } from './encryption.ts';
import { accessDenied, entityTooLarge } from './errors.ts';
import type { ForeignBucket } from './index.ts';
import type { PutObjectInput } from './objects/put-object.ts';
import type { Bucket } from './records.ts';

/** Such buckets take messages, no files. */
const MOST_BYTES = 1024 * 1024;

export function foreignBucket({ name, accountId, policy }: ForeignBucket): Bucket {
  return { name, createdAt: 0, ownedBy: accountId, policy, encryption: DEFAULT_ENCRYPTION };
}

/** What is put into one of them is its owner's, and is not kept here. */
export function withForeign(
  buckets: readonly ForeignBucket[],
  put: Operation<PutObjectInput>,
): Operation<PutObjectInput> {
  const byName = new Map(buckets.map((bucket) => [bucket.name, bucket]));
  return {
    requires: put.requires,
    async handle(input, call) {
      const bucket = byName.get(input.Bucket);
      if (!bucket) return put.handle(input, call);
      if (!bucket.receive(input.Key, await whole(input.Body))) throw accessDenied();
      return {};
    },
  };
}

async function whole(body: PutObjectInput['Body']): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (ArrayBuffer.isView(body)) return body as Uint8Array;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MOST_BYTES) throw entityTooLarge(size, MOST_BYTES);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}
