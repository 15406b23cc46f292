/** Tags of buckets and objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
import { AwsError } from '../../kernel/aws-error.ts';
import { invalidTag } from './errors.ts';
import type { Tag } from './records.ts';

const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Throws InvalidTag, BadRequest. */
export function checkTags(tags: readonly Partial<Tag>[], most = 10): readonly Tag[] {
  if (tags.length > most) {
    throw new AwsError(
      'BadRequest',
      most === 10 ? 'Object tags cannot be greater than 10' : `Bucket tag count cannot be greater than ${most}`,
    );
  }
  const seen = new Set<string>();
  return tags.map(({ Key = '', Value = '' }) => {
    if (Key === '' || Key.length > 128 || !ALLOWED.test(Key))
      throw invalidTag('The TagKey you have provided is invalid', Key);
    if (Value.length > 256 || !ALLOWED.test(Value)) throw invalidTag('The TagValue you have provided is invalid', Key);
    if (/^aws:/i.test(Key)) throw invalidTag('System tags cannot be added/updated by requester', Key);
    if (seen.has(Key)) throw invalidTag('Cannot provide multiple Tags with the same key', Key);
    seen.add(Key);
    return { Key, Value };
  });
}
