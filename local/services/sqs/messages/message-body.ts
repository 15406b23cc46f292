/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
import { createHash } from 'node:crypto';
import { invalidContents } from '../errors.ts';

/** Everything but #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Throws InvalidMessageContents. */
export function checkBody(body: string): void {
  const found = FORBIDDEN.exec(body);
  if (found) throw invalidContents(found[0].codePointAt(0)!);
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
