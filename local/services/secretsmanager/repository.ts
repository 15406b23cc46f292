/** Secrets in the store, found by any of the names AWS accepts. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import { markedForDeletion, secretNotFound } from './errors.ts';
import type { Secret } from './secret.ts';

const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Names come from callers: what they make up must not be kept for ever. */
const MOST_READ = 1_000;

export class SecretRepository {
  readonly #secrets: Collection<Secret>;
  readonly #clock: Clock;
  readonly #arnPrefix: string;
  /** As last read, by name: one call asks for its secret several times. Out of date when anything was written since. */
  readonly #read = new Map<string, Secret | undefined>();
  readonly #writes: () => number;
  #readAt = 0;

  constructor(context: Pick<ServiceContext, 'store' | 'clock' | 'partition' | 'region' | 'accountId'>) {
    this.#secrets = context.store.collection<Secret>('secretsmanager', 'secrets');
    this.#writes = () => context.store.writes('secretsmanager');
    this.#clock = context.clock;
    this.#arnPrefix = `arn:${context.partition}:secretsmanager:${context.region}:${context.accountId}:secret:`;
  }

  /** A new ARN for a name: every secret of that name there ever is has another one. */
  newArn(name: string): string {
    const suffix = Array.from({ length: 6 }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]);
    return `${this.#arnPrefix}${name}-${suffix.join('')}`;
  }

  /** What policies are asked about where there is no secret of that name. */
  arnOfMissing(secretId: string): string {
    return secretId.startsWith('arn:') ? secretId : `${this.#arnPrefix}${secretId}`;
  }

  /** By name, ARN, or ARN without the six random characters; those scheduled for deletion too. */
  find(secretId: string): Secret | undefined {
    if (!secretId.startsWith('arn:')) return this.#alive(secretId);
    if (!secretId.startsWith(this.#arnPrefix)) return undefined;
    const rest = secretId.slice(this.#arnPrefix.length);
    const exact = /-[A-Za-z0-9]{6}$/.test(rest) ? this.#alive(rest.slice(0, -7)) : undefined;
    return exact?.arn === secretId ? exact : this.#alive(rest);
  }

  /** Throws ResourceNotFoundException. */
  get(secretId: string): Secret {
    const secret = this.find(secretId);
    if (!secret) throw secretNotFound();
    return secret;
  }

  /** Throws InvalidRequestException too, for one that is scheduled for deletion. */
  getActive(secretId: string): Secret {
    const secret = this.get(secretId);
    if (secret.deletion) throw markedForDeletion();
    return secret;
  }

  put(secret: Secret): Secret {
    this.#secrets.put(secret.name, secret);
    return secret;
  }

  remove(secret: Secret): void {
    this.#secrets.delete(secret.name);
  }

  /** By name. */
  all(): Secret[] {
    return this.#secrets.list().flatMap(({ key }) => this.#alive(key) ?? []);
  }

  /** A secret whose recovery window is over is gone; it is swept when somebody looks. */
  #alive(name: string): Secret | undefined {
    const secret = this.#recall(name);
    if (!secret?.deletion || secret.deletion.dueAt > this.#clock.now()) return secret;
    this.#secrets.delete(name);
    return undefined;
  }

  #recall(name: string): Secret | undefined {
    const writes = this.#writes();
    if (writes !== this.#readAt || this.#read.size >= MOST_READ) {
      this.#read.clear();
      this.#readAt = writes;
    }
    let secret = this.#read.get(name);
    if (secret === undefined && !this.#read.has(name)) {
      secret = this.#secrets.get(name);
      this.#read.set(name, secret);
    }
    return secret;
  }
}
