/**
 * What the Lambda service needs from below: something that launches execution environments.
 * `runtime/` fulfils it; `cli/` hands it over. Names are those of
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */

/** Everything a function version fixes about its execution environments. */
export interface EnvironmentSpec {
  readonly functionArn: string;
  readonly functionName: string;
  /** Logical id in the template, for people; the function name where there is none. */
  readonly label: string;
  readonly version: string;
  readonly runtime: string;
  readonly handler: string;
  readonly roleArn: string;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
  readonly ephemeralStorageMb: number;
  /** Absolute directory that is /var/task. */
  readonly codeDirectory: string;
  /** Absolute directories merged into /opt, in the order of the template's list. */
  readonly layerDirectories: readonly string[];
  /** The function's own variables, evaluated. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly applicationLogLevel?: string;
  readonly systemLogLevel?: string;
  readonly tracing: 'Active' | 'PassThrough';
  /** The customer's key of the variables; absent when there are none, or Lambda's own key has them. */
  readonly variablesKeyArn?: string;
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

export interface Invocation {
  readonly requestId: string;
  /** The event, JSON text. */
  readonly payload: string;
  /** Its `Parent` is what the function's own subsegments hang under. */
  readonly traceHeader: string;
  /** Of the function's segment, which REPORT names when it is sampled. */
  readonly segmentId?: string;
  readonly clientContext?: string;
  readonly invokedFunctionArn: string;
  /** Ask for the outcome's `logTail` (Invoke's `LogType: Tail`); the outcome then waits for the REPORT line. */
  readonly wantsLogTail?: boolean;
  /**
   * Given by whoever takes the response as it comes. What the runtime answers goes there, streamed by the handler or
   * not, and the outcome's `payload` is then empty; an outcome of kind `error` after `begin` is a failure midstream.
   */
  readonly stream?: ResponseStream;
  /** Nobody waits for the answer: an event source asks, or the queue of asynchronous invocations. */
  readonly isBackground?: boolean;
}

/**
 * Where a response goes while the handler still runs.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export interface ResponseStream {
  /**
   * Called once, before the first `write`, when the runtime has begun to answer. `application/vnd.awslambda.http-integration-response`
   * says that the bytes begin with a JSON prelude and eight NUL bytes.
   */
  begin(contentType: string): void;
  /** A promise means full: nothing more is read from the function until it resolves. */
  write(chunk: Uint8Array): void | Promise<void>;
}

/** What a runtime answered: text, or bytes when they are no UTF-8, which only handlers that stream and custom runtimes write. */
export type Payload = string | Uint8Array;

/** How one invocation ended. `error.payload` is the function error body `{errorType, errorMessage, trace}` as JSON text. */
export type InvocationOutcome = (
  | { readonly kind: 'response'; readonly payload: Payload }
  | { readonly kind: 'error'; readonly unhandled: boolean; readonly errorType: string; readonly payload: string }
) & {
  /** Log text of this invocation, START to REPORT, when it was asked for. */
  readonly logTail?: string;
  /** As REPORT has it, ms. */
  readonly durationMs?: number;
  /** From the runtime's answer to the end, ms; only when the invocation is traced. */
  readonly overheadMs?: number;
  /** Only for the first invocation of an environment: how long its init phase took, ms. */
  readonly initDurationMs?: number;
  /** With `initDurationMs`: the init phase was over before the request came. */
  readonly initialisedAhead?: true;
  /**
   * Only while extensions work on after the runtime has answered: the environment is free again when it resolves, and
   * `durationMs` was not the last word.
   */
  readonly settled?: Promise<Settled>;
};

/** The end of an invocation whose extensions took longer than the runtime. */
export interface Settled {
  /** As REPORT has it, ms, the extensions included. */
  readonly durationMs: number;
  /** CloudWatch's `PostRuntimeExtensionsDuration`, ms. */
  readonly postRuntimeExtensionsMs: number;
}

export interface ExecutionEnvironment {
  readonly id: string;
  /** One invocation at a time; the environment is frozen in between. Never rejects. */
  invoke(invocation: Invocation): Promise<InvocationOutcome>;
  /**
   * False once it was stopped: it will not be given work again. After a time-out or a crash it is reset, and the next
   * invocation begins with an init phase of its own, as on AWS.
   */
  readonly healthy: boolean;
  /** Why its init phase failed, for people; absent when it did not. The first invocation's outcome says it anyway. */
  readonly initFailure?: string;
  stop(): Promise<void>;
}

/** `AWS_LAMBDA_INITIALIZATION_TYPE`: started for a request, or ahead of any. */
export type InitializationType = 'on-demand' | 'provisioned-concurrency';

export interface EnvironmentLauncher {
  /**
   * Starts a process and its init phase; the init error, if any, is the first invocation's outcome, as on AWS.
   * On demand when `initializationType` is left out. `isBackground`: on a machine that has not enough processors for
   * all, its processes let those go first whose answers somebody waits for.
   */
  launch(
    spec: EnvironmentSpec,
    initializationType?: InitializationType,
    isBackground?: boolean,
  ): Promise<ExecutionEnvironment>;
  /** Ends every environment. */
  stop(): Promise<void>;
}
