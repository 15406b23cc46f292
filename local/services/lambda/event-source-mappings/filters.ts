/**
 * Filter criteria. A record passes when one of the patterns matches it; without patterns all pass. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
import { compilePattern } from '../../../kernel/patterns/index.ts';

/** More than these only on request. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-basics */
export const MOST_FILTERS = 5;

const LONGEST_PATTERN = 4096;

/** Throws InvalidPattern. */
export function compileFilters(patterns: readonly string[]): (event: object) => boolean {
  const filters = patterns.map(compileFilter);
  return filters.length === 0 ? () => true : (event) => filters.some((passes) => passes(event));
}

/** Why it is no pattern of Lambda's; undefined when it is one. */
export function filterComplaint(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return `it has more than ${LONGEST_PATTERN} characters`;
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function compileFilter(text: string): (event: object) => boolean {
  const pattern = compilePattern(text);
  const body = (JSON.parse(text) as { body?: unknown }).body;
  return (event) => isComparable(body, (event as { body?: unknown }).body) && pattern.matches(event);
}

/** A pattern for JSON drops plain texts, whatever it says of them, and one for plain texts drops JSON. */
function isComparable(wanted: unknown, body: unknown): boolean {
  if (wanted === undefined || body === undefined) return true;
  return Array.isArray(wanted) ? typeof body === 'string' : typeof body !== 'string';
}
