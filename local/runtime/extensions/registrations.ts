/**
 * Who has registered in an environment, and who may.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api
 */
import { Extension, type ExtensionEventType, type ExtensionKind } from './extension.ts';
import { ExtensionApiError } from './extension-error.ts';

export const MAXIMUM_EXTENSIONS = 10;

const EVENTS: Readonly<Record<ExtensionKind, readonly string[]>> = {
  external: ['INVOKE', 'SHUTDOWN'],
  internal: ['INVOKE'],
};

export class Registrations {
  readonly #extensions = new Map<string, Extension>();
  #closed = false;

  get size(): number {
    return this.#extensions.size;
  }

  all(): Iterable<Extension> {
    return this.#extensions.values();
  }

  /** An external extension that has been found, before it is launched. Undefined when there are too many. */
  expect(name: string): Extension | undefined {
    if (this.#extensions.size >= MAXIMUM_EXTENSIONS) return undefined;
    const extension = new Extension(name, 'external');
    this.#extensions.set(name, extension);
    return extension;
  }

  /**
   * `name`: an expected one's file name; any other makes an internal extension, which only the runtime's own process
   * would ask for. Throws ExtensionApiError.
   */
  register(name: string, events: readonly string[]): Extension {
    const expected = this.#extensions.get(name);
    const kind: ExtensionKind = expected?.kind === 'external' ? 'external' : 'internal';
    for (const event of events) if (!EVENTS[kind].includes(event)) throw invalidEvent(event);
    const extension = expected?.kind === 'external' ? expected : this.#makeInternal(name, expected);
    extension.register(events as readonly ExtensionEventType[]);
    return extension;
  }

  /** By `Lambda-Extension-Identifier`. */
  find(identifier: string): Extension | undefined {
    for (const extension of this.#extensions.values()) if (extension.identifier === identifier) return extension;
    return undefined;
  }

  /** The init phase of the runtime is over: no internal extension can begin any more. */
  close(): void {
    this.#closed = true;
  }

  #makeInternal(name: string, there: Extension | undefined): Extension {
    if (this.#closed) {
      throw new ExtensionApiError('Extension.RegistrationClosed', 'Extension registration closed already');
    }
    if (this.#extensions.size >= MAXIMUM_EXTENSIONS) {
      throw new ExtensionApiError('Extension.TooManyExtensions', `Extension limit (${MAXIMUM_EXTENSIONS}) reached`);
    }
    if (there !== undefined) {
      throw new ExtensionApiError('Extension.InvalidExtensionState', 'Extension with this name already registered');
    }
    const extension = new Extension(name, 'internal');
    this.#extensions.set(name, extension);
    return extension;
  }
}

function invalidEvent(event: string): ExtensionApiError {
  const why = event === 'SHUTDOWN' ? 'ShutdownEventNotSupportedForInternalExtension' : 'ErrorInvalidEventType';
  return new ExtensionApiError('Extension.InvalidEventType', `${event}: ${why}`);
}
