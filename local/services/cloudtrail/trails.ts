/** Trails as the store has them, and what those that log let through. */
import type { Collection, ServiceContext } from '../../kernel/index.ts';

/**
 * Management events that a trail logs.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
 */
export interface Selector {
  readonly logs: 'All' | 'ReadOnly' | 'WriteOnly';
  /** e.g. `kms.amazonaws.com` */
  readonly exceptSources: readonly string[];
}

export interface Trail {
  readonly name: string;
  readonly arn: string;
  readonly isLogging: boolean;
  /** Of any of which an event is one; empty: it logs other things alone. */
  readonly management: readonly Selector[];
  /** Events of services that are in no Region, of which IAM is one here. */
  readonly hasGlobalServices: boolean;
}

/** What a trail decides by. */
export interface Logged {
  readonly readOnly: boolean;
  /** e.g. `s3.amazonaws.com` */
  readonly eventSource: string;
}

export interface Trails {
  find(name: string): Trail | undefined;
  put(trail: Trail): void;
  delete(name: string): void;
  /** Whether one that logs takes it. */
  take(logged: Logged): boolean;
}

const GLOBAL = new Set(['iam.amazonaws.com']);
/** Where services are that are in no Region. */
const HOME_OF_GLOBAL = 'us-east-1';

/** @param onChange told at once, and after every change, whether any logs management events */
export function openTrails({ store, region }: ServiceContext, onChange: (isAnyLogging: boolean) => void): Trails {
  const kept: Collection<Trail> = store.collection('cloudtrail', 'trails');
  let logging: readonly Trail[] = [];

  function look(): void {
    logging = kept.list().flatMap(({ value }) => (value.isLogging && value.management.length > 0 ? [value] : []));
    onChange(logging.length > 0);
  }
  look();

  const takes = ({ management, hasGlobalServices }: Trail, { readOnly, eventSource }: Logged): boolean => {
    if (GLOBAL.has(eventSource) && !(hasGlobalServices && region === HOME_OF_GLOBAL)) return false;
    const unwanted = readOnly ? 'WriteOnly' : 'ReadOnly';
    return management.some(({ logs, exceptSources }) => logs !== unwanted && !exceptSources.includes(eventSource));
  };

  return {
    find: (name) => kept.get(name),
    put(trail) {
      kept.put(trail.name, trail);
      store.onCommit(look);
    },
    delete(name) {
      kept.delete(name);
      store.onCommit(look);
    },
    take: (logged) => logging.some((trail) => takes(trail, logged)),
  };
}
