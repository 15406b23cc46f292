/** A cloud for one run of a command: it serves nobody else, and a signal ends it. */
import { describeHealth } from './health.ts';
import type { Installation } from './installation.ts';
import { createProgress, type Progress } from './output/progress.ts';
import type { Output } from './output/terminal.ts';
import { type CloudFlags, openSession, type Session } from './session.ts';
import { CLOSE_WITHIN_MS, stopSignal } from './stop-signal.ts';

interface OneRun {
  /** Nothing is applied yet. To be closed by whoever opened it, who then forgets `stop`. */
  readonly session: Session;
  readonly progress: Progress;
  /** `requested` ends first when somebody breaks the command off; closing is hurried then. */
  readonly stop: ReturnType<typeof stopSignal>;
}

/** Rejects as `openSession` does. */
export async function openForOneRun(flags: CloudFlags, installation: Installation, said: Output): Promise<OneRun> {
  const progress = createProgress(said);
  const stop = stopSignal();
  const hurry = () => stop.hurryAfter(CLOSE_WITHIN_MS);
  stop.requested.then(hurry, hurry);
  progress.step('Starting …');
  const session = await openSession({
    flags,
    installation,
    progress,
    health: () => describeHealth(undefined, undefined, undefined),
  });
  return { session, progress, stop };
}
