/**
 * Tags of functions and code signing configurations. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
 */
import { invalidParameter } from '../errors.ts';
import type { LambdaRecords } from '../records.ts';

const MOST_TAGS = 50;

export type Tags = Readonly<Record<string, string>>;

/** Why no resource can have such tags; undefined when one can. */
export function tagsComplaint(tags: Tags): string | undefined {
  const names = Object.keys(tags);
  if (names.length > MOST_TAGS) return 'Number of tags exceeds resource tag limit.';
  const reserved = names.find((name) => name.toLowerCase().startsWith('aws:'));
  return reserved === undefined ? undefined : `The tag key ${reserved} is reserved: keys may not begin with aws:`;
}

/** Makes `tags` all the tags of `arn`. Throws InvalidParameterValueException. */
export function putTags(records: LambdaRecords, arn: string, tags: Tags): void {
  const complaint = tagsComplaint(tags);
  if (complaint !== undefined) throw invalidParameter(complaint);
  if (Object.keys(tags).length > 0) records.tags.put(arn, tags);
  else records.tags.delete(arn);
}
