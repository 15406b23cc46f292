/** A file in S3, read by parts. Its beginning, which every check needs, comes with its size and type in one request. */
import type { Objects } from '@app/shared/objects';
import { HEAD_BYTES, type StoredFile } from '../../domain/file-check.ts';

/** Rejects with `ObjectError`; so does what is read of it. */
export async function storedFile(objects: Pick<Objects, 'read'>, key: string): Promise<StoredFile> {
  const { bytes: head, size, contentType } = await objects.read(key, 0, HEAD_BYTES);
  return {
    size,
    contentType,
    async read(from, to) {
      if (to <= head.length) return head.subarray(from, to);
      return (await objects.read(key, from, to)).bytes;
    },
  };
}
