/**
 * Prices, as data: on demand, without free tiers and volume discounts, in USD. AWS changes them; each says of which day it
 * is, on which of AWS's pages it stands, and whether somebody compared the two.
 */
export interface Price {
  readonly usd: number;
  /** What one of it costs that, e.g. `GB`, `hour`, `million requests`. */
  readonly per: string;
  readonly region: typeof PRICED_REGION;
  /** The day it was written down. */
  readonly asOf: string;
  /** Where AWS says it. */
  readonly page: string;
  /** False: it was written down from general knowledge, and nobody compared it with the page. */
  readonly isCompared: boolean;
}

/** The one Region whose prices are here. Others differ by up to a quarter, some more. */
export const PRICED_REGION = 'us-east-1';

const AS_OF = '2026-11-21';
/** Those of the worked figures, and Cognito's, as its page of 2026-09-20 is quoted publicly. */
const COMPARED =
  /^(?:lambda\.(?:requests|duration)|api\.rest$|nat\.|endpoint\.|secret|logs\.|sqs\.|events\.|states\.|cognito\.)/;

const page = (name: string): string => `https://aws.amazon.com/${name}/pricing/`;

function of(
  onPage: string,
  entries: Readonly<Record<string, readonly [usd: number, per: string]>>,
): Record<string, Price> {
  return Object.fromEntries(
    Object.entries(entries).map(([id, [usd, per]]) => [
      id,
      { usd, per, region: PRICED_REGION, asOf: AS_OF, page: onPage, isCompared: COMPARED.test(id) },
    ]),
  );
}

const PRICES: Readonly<Record<string, Price>> = {
  ...of(page('lambda'), {
    'lambda.requests': [0.2, 'million requests'],
    'lambda.duration.x86_64': [0.0000166667, 'GB-second'],
    'lambda.duration.arm64': [0.0000133334, 'GB-second'],
    'lambda.provisioned.x86_64': [0.0000041667, 'GB-second'],
    'lambda.provisioned.arm64': [0.0000033334, 'GB-second'],
  }),
  ...of(page('api-gateway'), {
    'api.rest': [3.5, 'million requests'],
    'api.http': [1, 'million requests'],
  }),
  ...of(page('vpc'), {
    'nat.hour': [0.045, 'hour'],
    'nat.data': [0.045, 'GB'],
    'address.hour': [0.005, 'hour'],
  }),
  ...of(page('privatelink'), {
    'endpoint.hour': [0.01, 'hour and zone'],
    'endpoint.data': [0.01, 'GB'],
  }),
  ...of(page('secrets-manager'), {
    secret: [0.4, 'secret'],
    'secret.calls': [5, 'million calls'],
  }),
  ...of(page('kms'), { 'kms.key': [1, 'key'] }),
  ...of(page('cloudwatch'), {
    'logs.ingested': [0.5, 'GB'],
    'logs.stored': [0.03, 'GB'],
    'metric.custom': [0.3, 'metric'],
    alarm: [0.1, 'metric of an alarm'],
    'alarm.high-resolution': [0.3, 'metric of an alarm'],
    'alarm.composite': [0.5, 'composite alarm'],
    dashboard: [3, 'dashboard'],
  }),
  ...of(page('xray'), { 'xray.traces': [5, 'million traces'] }),
  ...of(page('s3'), { 's3.stored': [0.023, 'GB'] }),
  ...of(page('cognito'), {
    'cognito.lite': [0.0055, 'active user'],
    'cognito.essentials': [0.015, 'active user'],
    'cognito.plus': [0.02, 'active user'],
  }),
  ...of(page('sqs'), { 'sqs.requests': [0.4, 'million requests'] }),
  ...of(page('sns'), { 'sns.requests': [0.5, 'million requests'] }),
  ...of(page('dynamodb'), {
    'dynamodb.writes': [0.625, 'million writes'],
    'dynamodb.read-capacity': [0.00013, 'unit and hour'],
    'dynamodb.write-capacity': [0.00065, 'unit and hour'],
  }),
  ...of(page('step-functions'), { 'states.transitions': [25, 'million transitions'] }),
  ...of(page('rds'), {
    'rds.proxy': [0.015, 'vCPU-hour'],
    'rds.gp2': [0.115, 'GB'],
    'rds.gp3': [0.115, 'GB'],
    'rds.io1': [0.125, 'GB'],
    'rds.db.t3.micro': [0.017, 'hour'],
    'rds.db.t3.small': [0.034, 'hour'],
    'rds.db.t3.medium': [0.068, 'hour'],
    'rds.db.t4g.micro': [0.016, 'hour'],
    'rds.db.t4g.small': [0.032, 'hour'],
    'rds.db.t4g.medium': [0.065, 'hour'],
    'rds.db.t4g.large': [0.129, 'hour'],
    'rds.db.m6g.large': [0.152, 'hour'],
    'rds.db.m7g.large': [0.168, 'hour'],
    'rds.db.r6g.large': [0.215, 'hour'],
    'rds.db.r7g.large': [0.239, 'hour'],
  }),
};

/** Undefined for what has no price here. */
export function priceOf(id: string): Price | undefined {
  return Object.hasOwn(PRICES, id) ? PRICES[id] : undefined;
}

/** Of one that must be there: the table is ours. */
export function knownPrice(id: string): Price {
  const price = priceOf(id);
  if (!price) throw new Error(`there is no price ${id}`);
  return price;
}
