/**
 * The extensions of one execution environment, as its life cycle (`environment.ts`) sees them. An environment without
 * extensions has none of this.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { RuntimeEvent } from '../runtime-port.ts';

export type ShutdownReason = 'spindown' | 'timeout' | 'failure';

/** An extension that ended or reported an error; the environment ends with it. */
export interface ExtensionFailure {
  /** e.g. `Extension.Crash`, `Extension.InitError`, `Extension.LaunchError` or what the extension reported. */
  readonly errorType: string;
  readonly extension: string;
  readonly message: string;
}

export interface Extensions {
  /**
   * Starts the external extensions. Resolves when every one has registered, which is when the runtime may start; or
   * with what went wrong.
   */
  start(): Promise<ExtensionFailure | undefined>;
  /** Tells the extensions that registered for it. Cheap when nobody has. */
  invoke(event: RuntimeEvent): void;
  /**
   * True when every extension waits in `next`: then, and only then, the init phase or an invocation is over and the
   * environment may be frozen.
   */
  readonly idle: boolean;
  /** Called each time `idle` becomes true, and when an extension failed. Set once, by the environment. */
  onChange: (failure: ExtensionFailure | undefined) => void;
  /**
   * The shutdown phase: SHUTDOWN to those that registered for it. Resolves when all have ended, or after `withinMs`
   * (2,000 with external extensions, 500 with internal ones only) at the latest.
   */
  shutdown(reason: ShutdownReason, withinMs: number): Promise<void>;
}
