/**
 * Environments of functions that nobody has asked for yet, as Lambda makes some at times: the first request then finds a
 * function that has been loaded. Where one event goes through five functions, five cold starts are what somebody waits for.
 * They are what environments on demand are in every other way: the report of their first invocation has the init phase,
 * and what nobody uses ends after the idle time.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 *
 * Only functions that are waited for: what reads a queue or a stream, and what an API or a URL leads to.
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Clock, Timer } from '../../../kernel/clock.ts';
import type { Functions } from '../functions/functions.ts';
import { parseFunctionName } from '../names.ts';
import type { LambdaRecords, PolicyStatement } from '../records.ts';
import type { EnvironmentPool } from './environment-pool.ts';

/** Held by whoever knows when the machine has nothing better to do. */
export interface ProactiveInitialization {
  /**
   * From now on, and again for functions that change.
   * @param prepare makes ready what a function of that name is going to call, when all environments are there; never rejects
   */
  begin(prepare?: (functionName: string) => Promise<void>): void;
}

export interface FillableProactiveInitialization extends ProactiveInitialization {
  fill(parts: ProactiveInitializationParts): RunningInitialization;
}

export interface ProactiveInitializationParts {
  readonly records: LambdaRecords;
  readonly functions: Functions;
  readonly clock: Clock;
}

export interface RunningInitialization {
  /** Functions have come, changed or gone. */
  functionsChanged(): void;
  /** Starts no more. */
  stop(): void;
}

/** A change of a template comes in many steps: until so long after the last one, ms on the clock. */
const QUIET_MS = 1_000;

/**
 * @param most environments that are initialised after the beginning, and after each change. Idle, a small one takes 12 MB
 *   and one of the help desk 25: eight of those and all that is around them stay below 300 MB
 */
export function createProactiveInitialization(most = 8): FillableProactiveInitialization {
  let parts: ProactiveInitializationParts | undefined;
  let prepare: ((functionName: string) => Promise<void>) | undefined;
  /** Each gets its chance once: what has ended because nobody used it stays away. */
  const had = new WeakSet<EnvironmentPool>();
  /** Names of functions whose environments are there. */
  const unprepared = new Set<string>();
  let state: 'waiting' | 'quiet' | 'starting' | 'stopped' = 'waiting';
  let isDue = false;
  let timer: Timer | undefined;

  /** One after the other: what is asked for comes first. */
  async function round({ records, functions }: ProactiveInitializationParts): Promise<void> {
    let left = most;
    const isOver = (): boolean => isDue || state !== 'starting';
    for (const waited of waitedFor(records)) {
      if (left === 0 || isOver()) break;
      const pool = poolOf(functions, waited);
      if (pool === undefined || had.has(pool)) continue;
      left -= 1;
      unprepared.add(waited.name);
      had.add(pool);
      await pool.initialiseAhead(waited.isBackground);
    }
    for (const name of unprepared) {
      if (isOver()) return;
      unprepared.delete(name);
      await prepare?.(name);
    }
  }

  function start(): void {
    timer = undefined;
    if (parts === undefined || state === 'stopped') return;
    state = 'starting';
    void round(parts).finally(() => {
      if (state !== 'starting') return;
      state = 'quiet';
      if (isDue) changed();
    });
  }

  function changed(): void {
    isDue = state === 'starting';
    if (state !== 'quiet') return;
    timer?.cancel();
    timer = parts?.clock.after(QUIET_MS, start);
  }

  return {
    begin(whatIsCalled) {
      prepare = whatIsCalled;
      if (state === 'waiting') start();
    },
    fill(filled) {
      parts = filled;
      return {
        functionsChanged: changed,
        stop() {
          state = 'stopped';
          timer?.cancel();
        },
      };
    },
  };
}

interface Waited {
  readonly name: string;
  readonly qualifier: string | undefined;
  /** Only behind queues and streams. */
  readonly isBackground: boolean;
}

/** Where most routes lead, first; then behind queues and streams, where one often waits for the other. Each once. */
function waitedFor(records: LambdaRecords): Waited[] {
  const mapped = records.eventSourceMappings
    .list()
    .filter(({ value }) => value.enabled)
    .map(({ value }) => parseFunctionName(value.functionArn));
  const served = records.policies
    .list()
    .map(({ value }) => ({ ...value, routes: value.statements.filter(isOfApi).length }))
    .filter(({ routes }) => routes > 0)
    .sort((one, other) => other.routes - one.routes);
  const urls = records.urls.list().map(({ value }) => value);
  const inFront = [...served, ...urls].map(({ functionName: name, qualifier }) => ({ name, qualifier }));
  const keysInFront = new Set(inFront.map(keyOf));
  const all = [...inFront.slice(0, 1), ...mapped, ...inFront.slice(1)];
  return [...new Map(all.map((one) => [keyOf(one), { ...one, isBackground: !keysInFront.has(keyOf(one)) }])).values()];
}

const keyOf = ({ name, qualifier = '' }: Pick<Waited, 'name' | 'qualifier'>): string => `${name}:${qualifier}`;

const isOfApi = ({ Principal }: PolicyStatement): boolean =>
  typeof Principal === 'object' && 'Service' in Principal && Principal.Service === 'apigateway.amazonaws.com';

/** Undefined where the function has gone, cannot run here, or does not compile. */
function poolOf(functions: Functions, { name, qualifier }: Waited): EnvironmentPool | undefined {
  try {
    const { runner } = functions.target(name, qualifier);
    return runner.kind === 'pool' ? runner.pool : undefined;
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}
