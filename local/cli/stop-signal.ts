/**
 * How a command that runs until it is told to stop is told: Ctrl-C, SIGTERM, a closed terminal, a vanished parent, a
 * reader of its output that has gone (`| head`); or by an error that nobody caught.
 */

export interface StopSignal {
  /** Resolves with the exit code that goes with what came; rejects with an error that nobody caught. */
  readonly requested: Promise<number>;
  /** Ends the process by force if it is still there after that time: a second Ctrl-C does at once. */
  hurryAfter(ms: number): void;
  forget(): void;
}

/** 128 + the signal's number, as shells have it. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** 128 + SIGPIPE, which Node does not die of. */
export const UNREAD = 141;

/** Ctrl-C ends everything within 2 s, whatever hangs: `hurryAfter(CLOSE_WITHIN_MS)`. */
export const CLOSE_WITHIN_MS = 1_900;

/** One Ctrl-C can arrive more than once: from the terminal, and passed on by npm and by who handed over to us. */
const SAME_PRESS_MS = 300;

export function stopSignal(): StopSignal {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Who waits for it may not have come that far, or wait no more.
  promise.catch(() => {});
  let askedAt: number | undefined;
  const listeners = Object.entries(CODES).map(([signal, code]) => {
    const listener = () => {
      if (askedAt !== undefined && performance.now() - askedAt > SAME_PRESS_MS) process.exit(code);
      askedAt ??= performance.now();
      resolve(code);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  // Whoever handed over to this process is gone (kill -9): nobody could stop it any more.
  const orphaned = () => resolve(143);
  process.once('disconnect', orphaned);
  // Undefined where nobody handed over.
  if (process.connected === false) orphaned();
  const unread = () => resolve(UNREAD);
  const outputs = [process.stdout, process.stderr];
  for (const output of outputs) output.on('error', unread);
  // Rejections come here too. What fails while everything ends is not told any more: the first error matters.
  process.on('uncaughtException', reject);
  return {
    requested: promise,
    // Keeps the process: what waits for something that never comes must end as well.
    hurryAfter: (ms) => void setTimeout(() => process.exit(askedAt === undefined ? 1 : 130), ms),
    forget() {
      for (const forget of listeners) forget();
      process.off('disconnect', orphaned);
      for (const output of outputs) output.off('error', unread);
      process.off('uncaughtException', reject);
    },
  };
}
