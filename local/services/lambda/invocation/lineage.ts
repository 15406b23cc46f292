/**
 * Recursive loops. Each invocation's trace header says which functions the chain of requests has been through, and how
 * often; SDKs send the header on with every call, so does whatever hands an event on.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';

/** Lambda stops the invocation after about this many by the same chain. */
export const MOST_INVOCATIONS = 16;

/** Functions a header remembers; those passed through longest ago are forgotten first. */
const MOST_FUNCTIONS = 32;

export interface Lineage {
  /** `Lineage=68fd508a:5|c512fbe3:2`: per function how often the chain came back to it. */
  readonly text: string;
  /** Invocations of this function by this chain, this one included. */
  readonly invocations: number;
}

/** `id` is `lineageId` of the function that is invoked now, `incoming` the trace header it is invoked with. */
export function continueLineage(incoming: string | undefined, id: string): Lineage {
  const start = incoming?.indexOf('Lineage=') ?? -1;
  if (incoming === undefined || start < 0) return { text: `Lineage=${id}:0`, invocations: 1 };
  const end = incoming.indexOf(';', start);
  const entries = incoming
    .slice(start + 'Lineage='.length, end < 0 ? undefined : end)
    .split('|')
    .filter((entry) => /^[0-9a-f]{8}:\d{1,5}$/.test(entry));
  const before = entries.find((entry) => entry.startsWith(`${id}:`));
  const returns = before === undefined ? 0 : Number(before.slice(id.length + 1)) + 1;
  const others = entries.filter((entry) => entry !== before).slice(1 - MOST_FUNCTIONS);
  return { text: `Lineage=${[...others, `${id}:${returns}`].join('|')}`, invocations: returns + 1 };
}

/** The trace header with another lineage. */
export function withLineage(header: string | undefined, lineage: string): string {
  const others = (header ?? '').split(';').filter((part) => part !== '' && !part.startsWith('Lineage='));
  return [...others, lineage].join(';');
}

/** Eight hexadecimal digits that stand for a function. */
export function lineageId(functionArn: string): string {
  return createHash('sha256').update(functionArn).digest('hex').slice(0, 8);
}

export const RECURSIVE_INVOCATION = 'RecursiveInvocationException';

export function recursiveInvocation(): AwsError {
  return new AwsError(
    RECURSIVE_INVOCATION,
    "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.",
    { members: { Type: 'User' } },
  );
}
