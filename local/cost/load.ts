/** What a month's load is: from what was recorded, what is given, and what has to be assumed. Pure. */
import type { CostedResource, FunctionLoad, Load } from './contract.ts';

/** What earlier runs did; nothing of when. */
export interface Recording {
  readonly requests: number;
  readonly functions: readonly RecordedFunction[];
  readonly logBytes: number;
}

export interface RecordedFunction {
  readonly logicalId: string;
  readonly invocations: number;
  /** Together, ms. */
  readonly durationMs: number;
  readonly coldStarts: number;
  /** Together, ms. */
  readonly initMs: number;
}

/** What somebody says; everything else is recorded, or assumed. */
export interface Given {
  readonly requests?: number;
  readonly durationMs?: number;
  readonly coldShare?: number;
  readonly initMs?: number;
  readonly logsGb?: number;
  readonly dataGb?: number;
  readonly objectsGb?: number;
  readonly activeUsers?: number;
}

const ASSUMED = { requests: 1_000_000, durationMs: 50, coldShare: 0.01, initMs: 300, logKb: 1 };

const BYTES_A_GB = 2 ** 30;

export function loadOf(resources: readonly CostedResource[], recording: Recording | undefined, given: Given): Load {
  const assumptions: string[] = [];
  const assume = <T>(value: T | undefined, otherwise: T, sentence: string): T => {
    if (value !== undefined) return value;
    assumptions.push(sentence);
    return otherwise;
  };
  const called = calledByApis(resources);
  const recorded = recording && recording.requests > 0 ? recording : undefined;
  const thousands = ASSUMED.requests.toLocaleString('en-US');
  const requests = assume(given.requests, ASSUMED.requests, `${thousands} requests: --requests 10M says how many`);
  const functions = recorded
    ? scaled(recorded, called, requests, given, assumptions)
    : assumed(called, requests, given, assumptions);
  const logsGb =
    given.logsGb ??
    (recorded
      ? (recorded.logBytes / recorded.requests) * (requests / BYTES_A_GB)
      : assume(
          undefined,
          (requests * ASSUMED.logKb * 1024) / BYTES_A_GB,
          `${ASSUMED.logKb} KB of logs a request: --logs-gb`,
        ));
  return {
    requests,
    functions,
    logsGb,
    dataGb: assume(given.dataGb, 0, 'no data through endpoints or NAT: --data-gb'),
    objectsGb: assume(given.objectsGb, 0, 'nothing kept in buckets: --objects-gb'),
    activeUsers: assume(given.activeUsers, 0, 'no active users: --users'),
    assumptions,
  };
}

/** In the proportion of what was recorded. What no request causes, such as a deploy, stays as often as it was. */
function scaled(
  recorded: Recording,
  called: readonly string[],
  requests: number,
  given: Given,
  assumptions: string[],
): FunctionLoad[] {
  const factor = requests / recorded.requests;
  assumptions.push(
    `durations and logs are those of ${recorded.requests.toLocaleString('en-US')} requests recorded here, on this machine`,
  );
  if (given.coldShare === undefined) {
    assumptions.push(
      `${ASSUMED.coldShare * 100} % of invocations start cold: --cold-share; what starts cold here says nothing of AWS`,
    );
  }
  return recorded.functions.map((one) => ({
    logicalId: one.logicalId,
    invocations: one.invocations * (called.includes(one.logicalId) ? factor : 1),
    durationMs: given.durationMs ?? one.durationMs / Math.max(1, one.invocations),
    coldShare: given.coldShare ?? ASSUMED.coldShare,
    initMs: given.initMs ?? (one.coldStarts > 0 ? one.initMs / one.coldStarts : ASSUMED.initMs),
  }));
}

function assumed(called: readonly string[], requests: number, given: Given, assumptions: string[]): FunctionLoad[] {
  const { durationMs, coldShare, initMs } = ASSUMED;
  const say = (flag: unknown, sentence: string): void => void (flag === undefined && assumptions.push(sentence));
  if (called.length > 1) assumptions.push(`requests are spread evenly over ${called.join(', ')}`);
  say(
    given.durationMs,
    `an invocation takes ${durationMs} ms: --duration-ms, or call the API under sampan start first`,
  );
  say(given.coldShare, `${coldShare * 100} % of invocations start cold: --cold-share`);
  say(given.initMs, `a cold start takes ${initMs} ms more: --init-ms`);
  return called.map((logicalId) => ({
    logicalId,
    invocations: requests / called.length,
    durationMs: given.durationMs ?? durationMs,
    coldShare: given.coldShare ?? coldShare,
    initMs: given.initMs ?? initMs,
  }));
}

/** Functions that API Gateway may invoke; all of them where there is no API. */
function calledByApis(resources: readonly CostedResource[]): string[] {
  const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
  const permitted = resources
    .filter(
      ({ type, properties }) =>
        type === 'AWS::Lambda::Permission' && properties['Principal'] === 'apigateway.amazonaws.com',
    )
    .map(({ properties }) => String(properties['FunctionName']));
  const called = functions.filter(({ physicalId }) =>
    permitted.some((name) => name === physicalId || name.split(':')[6] === physicalId),
  );
  return (called.length > 0 ? called : functions).map(({ logicalId }) => logicalId);
}
