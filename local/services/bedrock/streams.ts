/** Streams of events that somebody else makes, on their way to the caller. */
import type { Backend } from './contract.ts';
import { begun } from './pieces.ts';
import { fateOf, type Room } from './room.ts';

/** @param member of the output, that is the stream */
export async function forwardStream(
  room: Room,
  backend: Extract<Backend, { kind: 'forward' }>,
  operation: string,
  member: string,
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<object> {
  const fate = fateOf(room);
  const output = (await backend.call(operation, input, signal)) as Record<string, AsyncIterable<unknown>>;
  const events = output[member] ?? nothing();
  return { ...output, [member]: await begun(fate.befall(events, signal, 'streamed')) };
}

async function* nothing(): AsyncGenerator<never> {}
