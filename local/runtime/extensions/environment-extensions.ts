/**
 * The extensions of one environment: external ones as processes of their own, internal ones that register from within
 * the runtime's process, and the telemetry they may subscribe to.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { RuntimeEvent } from '../runtime-port.ts';
import type { PreparedSandbox } from '../sandbox/contract.ts';
import type { ExtensionFailure, Extensions, PlatformTelemetry, ShutdownReason } from './contract.ts';
import { createDelivery, type Dial } from './delivery.ts';
import type { Extension, ExtensionState } from './extension.ts';
import { ExtensionApiError } from './extension-error.ts';
import { type ExtensionLog, stateRecord } from './extension-log.ts';
import { type ExtensionHost, serveExtensionsApi } from './extensions-api.ts';
import type { ExternalExtension } from './external-extensions.ts';
import { cannotLaunch, type ExternalProcess, endOf, type LaunchFailure, watchExternal } from './external-process.ts';
import { Registrations } from './registrations.ts';
import { Subscriber } from './subscriber.ts';
import { parseSubscription, type SubscriptionApi } from './subscription.ts';
import { TelemetryStream, type TelemetrySubject } from './telemetry-stream.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown */
const SHUTDOWN_MS = { external: 2000, internal: 500 } as const;

export interface ExtensionsParts {
  readonly function: Pick<ExtensionHost, 'functionName' | 'functionVersion' | 'handler' | 'accountId'>;
  /** What its layers bring. */
  readonly external: readonly ExternalExtension[];
  readonly sandbox: Pick<PreparedSandbox, 'optRoot' | 'spawn'>;
  /** Of an external extension's process; asked for when it starts. */
  readonly variables: () => Readonly<Record<string, string>>;
  /** To a server inside the environment. */
  readonly dial: Dial;
  readonly subject: TelemetrySubject;
  readonly lines: ExtensionLog;
  /** Writes into the function's log; `at` is ms since 1970. */
  readonly write: (message: string, at: number) => void;
  /** ms since 1970. */
  readonly now: () => number;
}

export class EnvironmentExtensions implements Extensions, ExtensionHost {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
  readonly #parts: ExtensionsParts;
  onChange: (failure: ExtensionFailure | undefined) => void = () => {};
  #registrations = new Registrations();
  readonly #processes = new Map<Extension, ExternalProcess>();
  #stream: TelemetryStream;
  /** Ends `start`. */
  #started: ((failure: ExtensionFailure | undefined) => void) | undefined;
  #phase: 'init' | 'runtime-ready' | 'initialised' | 'ending' = 'init';
  #statesWritten = false;
  #frozen = false;

  constructor(parts: ExtensionsParts) {
    this.#parts = parts;
    this.functionName = parts.function.functionName;
    this.functionVersion = parts.function.functionVersion;
    this.handler = parts.function.handler;
    this.accountId = parts.function.accountId;
    this.#stream = new TelemetryStream(parts.subject, parts.now);
  }

  // --- what the environment's life asks ---

  async start(): Promise<ExtensionFailure | undefined> {
    const { external } = this.#parts;
    // An init phase after one that nobody had registered in: there was nothing to shut down.
    if (this.#phase !== 'init') this.#startAnew();
    if (external.length === 0) return undefined;
    return new Promise((resolve) => {
      this.#started = (failure) => {
        this.#started = undefined;
        resolve(failure);
      };
      for (const each of external) if (!this.#launch(each)) return;
    });
  }

  runtimeReady(): void {
    if (this.#phase !== 'init') return;
    this.#phase = 'runtime-ready';
    this.#registrations.close();
    if (this.idle) this.#initialised();
  }

  invoke(event: RuntimeEvent): void {
    if (this.#registrations.size === 0) return;
    const { requestId, deadlineMs, invokedFunctionArn, traceHeader } = event;
    let text: string | undefined;
    for (const extension of this.#registrations.all()) {
      if (!extension.events.includes('INVOKE')) continue;
      text ??= JSON.stringify({
        eventType: 'INVOKE',
        deadlineMs,
        requestId,
        invokedFunctionArn,
        tracing: { type: 'X-Amzn-Trace-Id', value: traceHeader },
      });
      extension.send(text);
    }
  }

  get idle(): boolean {
    if (this.#registrations.size === 0) return true;
    for (const { state } of this.#registrations.all()) if (state !== 'Ready') return false;
    return true;
  }

  get shutdownMs(): number {
    if (this.#registrations.size === 0) return 0;
    return this.#parts.external.length > 0 ? SHUTDOWN_MS.external : SHUTDOWN_MS.internal;
  }

  async shutdown(reason: ShutdownReason, withinMs: number): Promise<void> {
    this.#phase = 'ending';
    this.#started?.(undefined);
    this.#writeStates();
    this.thaw();
    this.#stream.flush();
    const event = JSON.stringify({
      eventType: 'SHUTDOWN',
      shutdownReason: reason,
      deadlineMs: Math.floor(Date.now() + withinMs),
    });
    for (const [extension, process] of this.#processes) {
      if (extension.events.includes('SHUTDOWN')) extension.send(event);
      else process.kill();
    }
    const timer = setTimeout(() => this.#killAll(), withinMs);
    await Promise.all([...this.#processes.values()].map((process) => process.ended));
    clearTimeout(timer);
    this.#startAnew();
  }

  freeze(): void {
    if (this.#frozen) return;
    this.#frozen = true;
    this.#stream.pause();
    for (const process of this.#processes.values()) process.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    for (const process of this.#processes.values()) process.thaw();
    this.#stream.resume();
  }

  kill(): void {
    this.#phase = 'ending';
    this.#started?.(undefined);
    this.#killAll();
    this.#startAnew();
  }

  get pids(): readonly number[] {
    return this.#processes.size === 0 ? [] : [...this.#processes.values()].map(({ pid }) => pid);
  }

  get telemetry(): PlatformTelemetry | undefined {
    return this.#stream.wanted ? this.#stream : undefined;
  }

  // --- what the extensions ask ---

  serve(request: IncomingMessage, response: ServerResponse): boolean {
    return serveExtensionsApi(this, request, response);
  }

  register(name: string, events: readonly string[]): Extension {
    const extension = this.#registrations.register(name, events);
    if (this.#started !== undefined && this.#allRegistered()) this.#started(undefined);
    return extension;
  }

  find(identifier: string): Extension | undefined {
    return this.#registrations.find(identifier);
  }

  next(extension: Extension, deliver: (event: string) => void): void {
    extension.next(deliver);
    if (this.#phase === 'init' || !this.idle) return;
    if (this.#phase === 'runtime-ready') this.#initialised();
    if (this.#phase === 'initialised') this.onChange(undefined);
  }

  initError(extension: Extension, errorType: string): void {
    extension.initError(errorType);
    // An external one is expected to end now, and how it ends is part of the message.
    if (extension.kind === 'internal') this.#fail(extension, 'Extension.InitError', errorType);
  }

  exitError(extension: Extension, errorType: string): void {
    extension.exitError(errorType);
    if (extension.kind === 'internal') this.#fail(extension, 'Extension.ExitError', errorType);
  }

  subscribe(extension: Extension, api: SubscriptionApi, request: unknown): void {
    const { dial, write, lines, now } = this.#parts;
    const title = api === 'logs' ? 'Logs' : 'Telemetry';
    if (!this.#stream.isOpen) {
      throw new ExtensionApiError(`${title}.SubscriptionClosed`, `${title} API subscription is closed`);
    }
    const subscription = parseSubscription(api, request);
    const before = this.#stream.subscriberOf(extension.name)?.subscription.api;
    if (before !== undefined && before !== api) {
      const other = before === 'logs' ? 'Logs' : 'Telemetry';
      throw new ExtensionApiError('ValidationError', `the extension has subscribed with the ${other} API`, 400);
    }
    const stream = this.#stream;
    const delivery = createDelivery(subscription.destination, dial);
    stream.subscribe(new Subscriber(extension.name, subscription, delivery, (dropped) => stream.dropped(dropped)));
    const line = lines.subscribed(extension.name, subscription, now());
    if (line !== undefined) write(line, now());
  }

  // --- inside ---

  /** False when that was the end of it. */
  #launch({ name, isExecutable }: ExternalExtension): boolean {
    const { sandbox, variables, write, now } = this.#parts;
    const extension = this.#registrations.expect(name);
    // More than Lambda takes.
    if (extension === undefined) return this.#launchFailed(name, 'ErrTooManyExtensions');
    const path = join(sandbox.optRoot, 'extensions', name);
    if (!isExecutable) return this.#cannotLaunch(extension, cannotLaunch(path, 'permission denied'));
    let process: ExternalProcess;
    try {
      process = watchExternal(
        () => sandbox.spawn([path], variables()),
        (line) => {
          const at = now();
          write(line, at);
          this.#stream.extensionLog(line, at);
        },
      );
    } catch {
      return this.#cannotLaunch(extension, cannotLaunch(path, 'no such file or directory'));
    }
    this.#processes.set(extension, process);
    void process.ended.then((exit) => {
      if (this.#processes.get(extension) !== process) return;
      this.#processes.delete(extension);
      if (this.#phase === 'ending') return;
      const { launchFailure } = process;
      if (launchFailure && extension.state === 'Started') this.#cannotLaunch(extension, launchFailure);
      else this.#fail(extension, FAILURE[extension.state] ?? 'Extension.Crash', endOf(exit));
    });
    return true;
  }

  #cannotLaunch(extension: Extension, { errorType, message }: LaunchFailure): false {
    extension.launchError(errorType);
    return this.#launchFailed(extension.name, message);
  }

  #launchFailed(extension: string, message: string): false {
    this.#failed({ errorType: 'Extension.LaunchError', extension, message });
    return false;
  }

  #fail(extension: Extension, errorType: string, message: string): void {
    this.#failed({ errorType, extension: extension.name, message });
  }

  #failed(failure: ExtensionFailure): void {
    if (this.#phase !== 'initialised') this.#writeStates();
    if (this.#started !== undefined) this.#started(failure);
    else if (this.#phase !== 'ending') this.onChange(failure);
  }

  #allRegistered(): boolean {
    for (const { kind, state } of this.#registrations.all()) {
      if (kind === 'external' && state === 'Started') return false;
    }
    return true;
  }

  #initialised(): void {
    this.#phase = 'initialised';
    this.#writeStates();
    this.#stream.close();
  }

  /** Once in each init phase, at its end, however it ends. */
  #writeStates(): void {
    if (this.#statesWritten) return;
    this.#statesWritten = true;
    const { lines, write, now } = this.#parts;
    for (const extension of this.#registrations.all()) {
      const at = now();
      const line = lines.state(extension, at);
      if (line !== undefined) write(line, at);
      this.#stream.extension(stateRecord(extension));
    }
  }

  #killAll(): void {
    for (const process of this.#processes.values()) process.kill();
  }

  #startAnew(): void {
    this.#stream.end();
    this.#processes.clear();
    this.#registrations = new Registrations();
    this.#stream = new TelemetryStream(this.#parts.subject, this.#parts.now);
    this.#phase = 'init';
    this.#statesWritten = false;
    this.#frozen = false;
  }
}

/** By the state its process ended in. */
const FAILURE: Readonly<Partial<Record<ExtensionState, string>>> = {
  InitError: 'Extension.InitError',
  ExitError: 'Extension.ExitError',
};
