/** One invocation whose response is taken while it is made. */
import type { InvocationOutcome } from '../contract.ts';
import type { Target } from '../functions/functions.ts';
import type { Execution, Request } from './execution.ts';
import { createResponseChannel } from './response-channel.ts';

export interface StreamedExecution {
  /** What the runtime said it answers; absent when it ended without answering. */
  readonly contentType: string | undefined;
  /** For one reader; ends before `outcome` resolves or soon after. */
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly outcome: Promise<InvocationOutcome>;
}

/** Resolves at the first sign of an answer. Rejects when none can come: throttled, or no environment starts. */
export async function runStreamed(
  execution: Execution,
  target: Target,
  request: Omit<Request, 'stream'>,
): Promise<StreamedExecution> {
  const channel = createResponseChannel();
  const outcome = execution.run(target, { ...request, stream: channel.stream });
  outcome.then(
    () => channel.end(),
    (error) => channel.end(error),
  );
  const first = await Promise.race([channel.begun, outcome]);
  return { contentType: typeof first === 'string' ? first : undefined, chunks: channel.read(), outcome };
}
