/** ListSecrets and its filters. https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html */
import type { Filter, ListSecretsRequest } from '@aws-sdk/client-secrets-manager';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter } from './errors.ts';
import { describe, labelledVersions } from './lifecycle.ts';
import type { Room } from './operations.ts';
import { page } from './paging.ts';
import type { Secret } from './secret.ts';
import { validate } from './validation.ts';

type Attributes = (secret: Secret) => readonly string[];

const words = (text: string): string[] => text.split(/[\s/_+=.@!-]+/).filter(Boolean);
const lower = (texts: readonly string[]): string[] => texts.map((text) => text.toLowerCase());

/** Each tells whether a value, given as the beginning of something, is found in the secret. */
const FILTERS: Readonly<Record<string, (secret: Secret, value: string) => boolean>> = {
  name: begins((secret) => [secret.name]),
  'tag-key': begins((secret) => secret.tags.map(({ Key }) => Key)),
  'tag-value': begins((secret) => secret.tags.map(({ Value }) => Value)),
  description: (secret, value) =>
    begins(() => lower(wordStarts(secret.description ?? '')))(secret, value.toLowerCase()),
  'primary-region': () => false,
  'owning-service': begins((secret) => (secret.owningService === undefined ? [] : [secret.owningService])),
  all: (secret, value) => {
    const everything = lower([
      ...words(secret.name),
      ...words(secret.description ?? ''),
      ...secret.tags.flatMap(({ Key, Value }) => [...words(Key), ...words(Value)]),
    ]);
    return words(value.toLowerCase()).every((word) => everything.some((text) => text.startsWith(word)));
  },
};

function begins(attributes: Attributes) {
  return (secret: Secret, value: string): boolean => attributes(secret).some((text) => text.startsWith(value));
}

/** `a b c` → `a b c`, `b c`, `c`: a value of several words matches where it begins at a word. */
function wordStarts(text: string): string[] {
  return [...text.matchAll(/(?<=^|\s)\S/g)].map(({ index }) => text.slice(index));
}

/** Filters are joined by AND, values of one by OR; `!` in front of a value says not. */
export function selectSecrets(
  secrets: readonly Secret[],
  options: { filters: readonly Filter[]; includePlannedDeletion?: boolean },
): Secret[] {
  const tests = options.filters.map(filterTest);
  return secrets
    .filter((secret) => options.includePlannedDeletion || !secret.deletion)
    .filter((secret) => tests.every((test) => test(secret)));
}

function filterTest({ Key, Values }: Filter): (secret: Secret) => boolean {
  const matches = Key === undefined || !Object.hasOwn(FILTERS, Key) ? undefined : FILTERS[Key];
  if (!matches) throw invalidParameter(`The filter key ${Key} is not valid.`);
  if (!Values?.length) throw invalidParameter('A filter needs at least one value.');
  const wanted = Values.filter((value) => !value.startsWith('!'));
  const unwanted = Values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  return (secret) =>
    (wanted.length === 0 || wanted.some((value) => matches(secret, value))) &&
    !unwanted.some((value) => matches(secret, value));
}

const SORT_KEYS: Readonly<Record<string, (secret: Secret) => number | string>> = {
  'created-date': (secret) => secret.createdAt,
  'last-changed-date': (secret) => secret.changedAt,
  'last-accessed-date': (secret) => secret.lastAccessedAt ?? 0,
  name: (secret) => secret.name,
};

export function listingOperations({ repository, needs }: Room): Record<string, Operation> {
  const listSecrets: Operation<ListSecretsRequest> = {
    requires: () => [needs.onAll('ListSecrets')],
    handle(input) {
      validate(input);
      const sortKey = SORT_KEYS[input.SortBy ?? 'created-date'];
      if (!sortKey) throw invalidParameter(`SortBy ${input.SortBy} is not valid.`);
      const selected = selectSecrets(repository.all(), {
        filters: input.Filters ?? [],
        includePlannedDeletion: input.IncludePlannedDeletion,
      });
      const direction = input.SortOrder === 'asc' ? 1 : -1;
      selected.sort((a, b) => direction * compare(sortKey(a), sortKey(b)));
      const { items, nextToken } = page(selected, input.MaxResults, input.NextToken);
      return {
        SecretList: items.map((secret) => ({ ...describe(secret), SecretVersionsToStages: labelledVersions(secret) })),
        NextToken: nextToken,
      };
    },
  };
  return { ListSecrets: listSecrets };
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
