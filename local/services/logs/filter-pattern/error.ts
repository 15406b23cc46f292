import { type BoundedRegex, boundedRegex } from '../bounded-regex.ts';

/** A pattern nobody can read; CloudWatch Logs answers InvalidParameterException with the message. */
export class FilterPatternError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FilterPatternError';
  }
}

export const tooManyRegexes = (most: number): FilterPatternError =>
  new FilterPatternError(`Invalid filter pattern: it has more than ${most} regular expressions`);

/** What AWS's subset of regular expressions lets stand between two `%`: no groups, no braces that are none. */
const SUPPORTED = /^(?:[A-Za-z0-9_#=@/;,\-: ^$?*+.|<>&~!'"`]|\[(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|\\.)*$/;

/** Compiles what stands between two `%`. */
export function compileRegex(source: string): BoundedRegex {
  if (!SUPPORTED.test(source)) throw new FilterPatternError('Invalid character(s) in regular expression');
  try {
    return boundedRegex(source);
  } catch (error) {
    throw new FilterPatternError(`Invalid regular expression: ${(error as Error).message}`);
  }
}
