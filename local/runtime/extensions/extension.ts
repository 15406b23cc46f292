/**
 * One extension: where it stands in its life, and the event it waits for. The states and the ways between them are
 * those of Lambda's own supervisor, which names them in `EXTENSION` log lines.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-lifecycle
 */
import { randomUUID } from 'node:crypto';
import { ExtensionApiError } from './extension-error.ts';

export type ExtensionEventType = 'INVOKE' | 'SHUTDOWN';
/** External: a program of its own in /opt/extensions. Internal: it lives in the runtime's process. */
export type ExtensionKind = 'external' | 'internal';

export type ExtensionState =
  | 'Started'
  | 'Registered'
  /** It waits in `next`. */
  | 'Ready'
  | 'Running'
  | 'InitError'
  | 'ExitError'
  | 'LaunchError';

/** The answer to a `next`: JSON text. */
export type DeliverEvent = (event: string) => void;

const STATES_BEFORE: Readonly<Partial<Record<ExtensionState, readonly ExtensionState[]>>> = {
  Registered: ['Started'],
  Ready: ['Registered', 'Running'],
  InitError: ['Registered', 'InitError'],
  ExitError: ['Registered', 'Ready', 'Running', 'ExitError'],
};

export class Extension {
  readonly name: string;
  readonly kind: ExtensionKind;
  /** `Lambda-Extension-Identifier` */
  readonly identifier: string = randomUUID();
  /** In the order it gave them. */
  events: readonly ExtensionEventType[] = [];
  /** As it reported it, or why it could not be launched. */
  errorType: string | undefined;
  #state: ExtensionState = 'Started';
  #deliver: DeliverEvent | undefined;
  /** Came while it did not wait. */
  #waiting: string | undefined;

  constructor(name: string, kind: ExtensionKind) {
    this.name = name;
    this.kind = kind;
  }

  get state(): ExtensionState {
    return this.#state;
  }

  /** Each of these throws ExtensionApiError where the state does not allow it. */
  register(events: readonly ExtensionEventType[]): void {
    this.#enter('Registered');
    this.events = [...new Set(events)];
  }

  next(deliver: DeliverEvent): void {
    this.#enter('Ready');
    this.#deliver = deliver;
    if (this.#waiting === undefined) return;
    const event = this.#waiting;
    this.#waiting = undefined;
    this.send(event);
  }

  initError(errorType: string): void {
    this.#enter('InitError');
    this.errorType = errorType;
  }

  exitError(errorType: string): void {
    this.#enter('ExitError');
    this.errorType = errorType;
  }

  launchError(errorType: string): void {
    this.#state = 'LaunchError';
    this.errorType = errorType;
  }

  /** Gives it the event now, or as soon as it asks for one. */
  send(event: string): void {
    const deliver = this.#deliver;
    if (deliver === undefined) {
      this.#waiting = event;
      return;
    }
    this.#deliver = undefined;
    this.#state = 'Running';
    deliver(event);
  }

  #enter(state: ExtensionState): void {
    if (!STATES_BEFORE[state]?.includes(this.#state)) {
      throw new ExtensionApiError(
        'Extension.InvalidExtensionState',
        `State transition from ${this.#state} to ${state} failed for extension ${state === 'Registered' ? this.name : this.identifier}. Error: State transition is not allowed`,
      );
    }
    this.#state = state;
  }
}
