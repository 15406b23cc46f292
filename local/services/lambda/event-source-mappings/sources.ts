/** What a mapping can read from, and what is refused because nobody emulates it. Pure. */
import type { Place } from '../names.ts';

export type Source =
  | { readonly kind: 'queue'; readonly fifo: boolean }
  | { readonly kind: 'stream' }
  /** AWS reads from it, and here there is none: of another account or Region, or of a service that is not emulated. */
  | { readonly kind: 'elsewhere'; readonly why: string };

const NOT_EMULATED: Readonly<Record<string, string>> = {
  kinesis: 'Kinesis is not emulated',
  kafka: 'Amazon MSK is not emulated',
  mq: 'Amazon MQ is not emulated',
  rds: 'DocumentDB is not emulated',
  'docdb-elastic': 'DocumentDB is not emulated',
};

/** @param arn absent for Kafka that somebody runs himself */
export function sourceOf(arn: string | undefined, place: Place): Source {
  if (arn === undefined) return elsewhere('Kafka is not emulated');
  if (!arn.startsWith('arn:')) return elsewhere(`${arn} is not the ARN of a source`);
  const [, , service = '', region, accountId, ...rest] = arn.split(':');
  const why = NOT_EMULATED[service];
  if (why !== undefined) return elsewhere(why);
  if (service !== 'sqs' && service !== 'dynamodb') return elsewhere(`${service} is not emulated as an event source`);
  if (accountId !== place.accountId) return elsewhere(`account ${accountId} is not here`);
  if (region !== place.region) return elsewhere(`Region ${region} is not here`);
  return service === 'sqs' ? { kind: 'queue', fifo: rest.join(':').endsWith('.fifo') } : { kind: 'stream' };
}

/** Where a queue is addressed by an ARN of it. */
export function queueUrlOf(arn: string): string {
  const [, , , region, accountId, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
}

const elsewhere = (why: string): Source => ({ kind: 'elsewhere', why });
