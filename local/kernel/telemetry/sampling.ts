/**
 * Which requests are traced. https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
 */
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { matchesWildcard } from '../wildcard.ts';

export interface SamplingRule {
  readonly name: string;
  /** 1 to 9999, the lowest is asked first; the default rule's is 10000. */
  readonly priority: number;
  /** Of 0 to 1: of what the reservoir does not take. */
  readonly fixedRate: number;
  /** Requests a second that are traced in any case. */
  readonly reservoirSize: number;
  /** What follows may contain `*` and `?`. */
  readonly serviceName: string;
  readonly serviceType: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly resourceArn: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** What is known of a request before anything is done for it. */
export interface SamplingRequest {
  readonly serviceName: string;
  /** e.g. `AWS::ApiGateway::Stage` */
  readonly serviceType: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly resourceArn: string;
}

export interface Sampling {
  /** In the order in which they are asked; the default rule last. */
  rules(): readonly SamplingRule[];
  /** Made or replaced, by name. */
  put(rule: SamplingRule): void;
  /** False when there is none. The default rule stays. */
  delete(name: string): boolean;
  /** By the first rule that fits; without a request, as Lambda samples on its own account, by the default rule. */
  decide(request?: SamplingRequest): boolean;
  /** What each rule saw since the last `takeStatistics`. */
  takeStatistics(): readonly { readonly rule: string; readonly requests: number; readonly sampled: number }[];
}

export const DEFAULT_RULE = 'Default';

/**
 * AWS's default rule traces one request a second and five percent of the others. Somebody at a laptop wants to see the
 * request that they made, and a page makes several at once: only load is thinned out.
 */
const DEFAULT_RESERVOIR = 10;
const DEFAULT_RATE = 0.05;

interface Running {
  readonly rule: SamplingRule;
  readonly fits: (request: SamplingRequest) => boolean;
  second: number;
  taken: number;
  requests: number;
  sampled: number;
}

export function createSampling({ store, clock }: { store: Store; clock: Clock }): Sampling {
  const kept = store.collection<SamplingRule>('telemetry', 'sampling-rules');
  let running: Running[] | undefined;

  const load = (): Running[] => {
    const rules = kept.list().map(({ value }) => value);
    if (!rules.some(({ name }) => name === DEFAULT_RULE)) rules.push(defaultRule());
    rules.sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
    running = rules.map((rule) => ({ rule, fits: fitting(rule), second: 0, taken: 0, requests: 0, sampled: 0 }));
    return running;
  };

  const draw = (one: Running): boolean => {
    one.requests++;
    const second = Math.floor(clock.now() / 1000);
    if (second !== one.second) {
      one.second = second;
      one.taken = 0;
    }
    const isSampled = one.taken < one.rule.reservoirSize || Math.random() < one.rule.fixedRate;
    one.taken++;
    if (isSampled) one.sampled++;
    return isSampled;
  };

  return {
    rules: () => (running ?? load()).map(({ rule }) => rule),
    put(rule) {
      kept.put(rule.name, rule);
      running = undefined;
    },
    delete(name) {
      const isDeleted = name !== DEFAULT_RULE && kept.delete(name);
      if (isDeleted) running = undefined;
      return isDeleted;
    },
    decide(request) {
      const all = running ?? load();
      const last = all[all.length - 1] as Running;
      if (request === undefined || all.length === 1) return draw(last);
      return draw(all.find(({ fits }) => fits(request)) ?? last);
    },
    takeStatistics() {
      const all = running ?? load();
      return all.map((one) => {
        const { requests, sampled } = one;
        one.requests = 0;
        one.sampled = 0;
        return { rule: one.rule.name, requests, sampled };
      });
    },
  };
}

function defaultRule(): SamplingRule {
  return {
    name: DEFAULT_RULE,
    priority: 10_000,
    fixedRate: DEFAULT_RATE,
    reservoirSize: DEFAULT_RESERVOIR,
    serviceName: '*',
    serviceType: '*',
    host: '*',
    method: '*',
    path: '*',
    resourceArn: '*',
    attributes: {},
    createdAt: 0,
    modifiedAt: 0,
  };
}

const MEMBERS = ['serviceName', 'serviceType', 'host', 'method', 'path', 'resourceArn'] as const;

/** Attributes are the SDK's own matter: no service of AWS has any to be asked for. */
function fitting(rule: SamplingRule): (request: SamplingRequest) => boolean {
  if (Object.keys(rule.attributes).length > 0) return () => false;
  const tests = MEMBERS.filter((member) => rule[member] !== '*').map((member) => {
    const pattern = wildcard(rule[member]);
    return (request: SamplingRequest) => pattern.test(request[member]);
  });
  return (request) => tests.every((test) => test(request));
}

/** `*` for any characters, `?` for one, whatever the case. */
function wildcard(text: string): { test(value: string): boolean } {
  const pattern = text.toLowerCase();
  return { test: (value) => matchesWildcard(pattern, value.toLowerCase(), true) };
}
