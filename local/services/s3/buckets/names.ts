/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */

const FORM = /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/;

/** Why it cannot be a bucket's name; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return 'it must have 3 to 63 characters';
  if (!FORM.test(name)) {
    return 'it may have lower-case letters, digits, dots and hyphens only, and begins and ends with a letter or a digit';
  }
  if (name.includes('..')) return 'dots may not follow each other';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'it may not look like an IP address';
  if (/^(?:xn--|sthree-)/.test(name)) return `it may not begin with ${name.split('-')[0]}-`;
  if (/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)) return 'its ending is kept for AWS';
  return undefined;
}
