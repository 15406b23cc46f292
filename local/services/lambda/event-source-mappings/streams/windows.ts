/**
 * Tumbling windows: a state that is handed from invocation to invocation for as long as a window lasts. Windows begin at
 * multiples of their length since 1970. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 */

export interface OpenWindow {
  /** ms since 1970 */
  readonly start: number;
  readonly state: unknown;
  /** The state has outgrown its limit: the window ends early, and begins again without one. */
  readonly full?: true;
}

export const MOST_STATE_BYTES = 1024 * 1024;

export const startOfWindow = (at: number, lengthMs: number): number => Math.floor(at / lengthMs) * lengthMs;

export const openWindow = (start: number): OpenWindow => ({ start, state: {} });

export function withState({ start }: OpenWindow, state: unknown): OpenWindow {
  return { start, state, ...(stateBytes(state) > MOST_STATE_BYTES && { full: true }) };
}

export const stateBytes = (state: unknown): number => Buffer.byteLength(JSON.stringify(state));

/** Undefined: the answer has none, which fails the invocation. */
export function stateOf(answer: unknown): unknown {
  return (answer as { state?: unknown } | null | undefined)?.state ?? undefined;
}

/** What the event says of its window, to be merged with `Records`. */
export function windowMembers(
  window: OpenWindow,
  lengthMs: number,
  of: { readonly shardId: string; readonly eventSourceArn: string; readonly isFinal: boolean },
): object {
  return {
    window: { start: secondOf(window.start), end: secondOf(window.start + lengthMs) },
    state: window.state,
    shardId: of.shardId,
    eventSourceARN: of.eventSourceArn,
    isFinalInvokeForWindow: of.isFinal,
    isWindowTerminatedEarly: of.isFinal && window.full === true,
  };
}

/** `2020-12-09T07:04:00Z` */
const secondOf = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
