/** What is paid for what happens. Pure. */
import type { CostedResource, FunctionLoad, Line, Load } from './contract.ts';
import { architectureOf, memoryGb } from './fixed.ts';
import { line } from './line.ts';
import { type Price, priceOf } from './prices.ts';

export interface UseOptions {
  /** MB; in place of what the template gives every function. */
  readonly memoryMb?: number;
}

/** X-Ray's default rule traces one request a second and 5 % of the rest; the first is left out of so coarse a sum. */
const TRACED_SHARE = 0.05;

export function useCost(resources: readonly CostedResource[], load: Load, options: UseOptions = {}): Line[] {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const ids = (some: readonly CostedResource[]) => some.map(({ logicalId }) => logicalId);
  const functions = ofType('AWS::Lambda::Function');
  const lines: Line[] = [];
  const add = (about: readonly string[], what: string, quantity: number, price: string | Price) => {
    if (quantity > 0) lines.push(line('use', about, what, quantity, price));
  };

  const rest = ofType('AWS::ApiGateway::RestApi');
  const http = ofType('AWS::ApiGatewayV2::Api');
  if (rest.length > 0) add(ids(rest), 'REST API requests', load.requests, 'api.rest');
  else if (http.length > 0) add(ids(http), 'HTTP API requests', load.requests, 'api.http');

  for (const called of load.functions) {
    const target = functions.find(({ logicalId }) => logicalId === called.logicalId);
    if (target) lines.push(...functionCost(target, called, options));
  }
  const traced = load.functions.filter(({ logicalId }) =>
    functions.some((one) => one.logicalId === logicalId && isTraced(one)),
  );
  const traces = Math.min(load.requests, invocationsOf(traced)) * TRACED_SHARE;
  add(
    traced.map(({ logicalId }) => logicalId),
    'X-Ray traces, 5 % of requests',
    traces,
    'xray.traces',
  );

  const groups = ofType('AWS::Logs::LogGroup');
  add(ids(groups), 'logs taken in', load.logsGb, 'logs.ingested');
  const storedGb = load.logsGb * Math.max(0, ...groups.map(monthsKept)) * COMPRESSED;
  if (groups.length > 0) add(ids(groups), 'logs kept, compressed to 15 %', storedGb, 'logs.stored');

  const coldStarts = load.functions.reduce((sum, { invocations, coldShare }) => sum + invocations * coldShare, 0);
  const secrets = ofType('AWS::SecretsManager::Secret');
  if (secrets.length > 0) add(ids(secrets), 'secret reads, one a cold start', coldStarts, 'secret.calls');

  const endpoints = ofType('AWS::EC2::VPCEndpoint').filter(
    ({ properties }) => properties['VpcEndpointType'] === 'Interface',
  );
  const gateways = ofType('AWS::EC2::NatGateway');
  if (endpoints.length > 0) add(ids(endpoints), 'data through endpoints', load.dataGb, 'endpoint.data');
  else if (gateways.length > 0) add(ids(gateways), 'data through NAT', load.dataGb, 'nat.data');

  const buckets = ofType('AWS::S3::Bucket');
  if (buckets.length > 0) add(ids(buckets), 'objects kept', load.objectsGb, 's3.stored');
  for (const pool of ofType('AWS::Cognito::UserPool')) {
    const tier = String(pool.properties['UserPoolTier'] ?? 'ESSENTIALS').toLowerCase();
    const price = priceOf(`cognito.${tier}`);
    if (price) add([pool.logicalId], `active users, ${tier}`, load.activeUsers, price);
  }
  return lines;
}

/** https://aws.amazon.com/cloudwatch/pricing/: archived logs are billed compressed, to about 0.15 of what came in. */
const COMPRESSED = 0.15;

/** Kept without end, they are counted as a year's. */
function monthsKept({ properties }: CostedResource): number {
  const days = properties['RetentionInDays'];
  return days === undefined ? 12 : Number(days) / 30;
}

const isTraced = ({ properties }: CostedResource): boolean =>
  (properties['TracingConfig'] as { Mode?: unknown } | undefined)?.Mode === 'Active';

const invocationsOf = (functions: readonly FunctionLoad[]): number =>
  functions.reduce((sum, { invocations }) => sum + invocations, 0);

/** Requests and GB-seconds, with what init takes of cold starts. */
export function functionCost(target: CostedResource, load: FunctionLoad, { memoryMb }: UseOptions = {}): Line[] {
  const { logicalId } = target;
  const { invocations, durationMs, coldShare, initMs } = load;
  if (invocations === 0) return [];
  const architecture = architectureOf(target);
  const gb = memoryMb === undefined ? memoryGb(target) : memoryMb / 1024;
  const gbSeconds = (invocations * gb * (durationMs + coldShare * initMs)) / 1000;
  const what = `${Math.round(gb * 1024)} MB ${architecture} for ${round(durationMs)} ms, ${round(coldShare * 100)} % cold × ${round(initMs)} ms`;
  return [
    line('use', [logicalId], 'invocations', invocations, 'lambda.requests'),
    line('use', [logicalId], what, gbSeconds, `lambda.duration.${architecture}`),
  ];
}

const round = (number: number): number => Math.round(number * 100) / 100;
