/** A stream in memory: of several shards, some the children of others, each closed from the beginning or never. */
import type { From, Shard, SourceRecord, StreamSource } from './stream-source.ts';

export interface MemoryShard extends Shard {
  readonly records: readonly SourceRecord[];
}

export const recordOf = (key: string, sequence: number, arrivedAt: number): SourceRecord => {
  const event = { key, sequence: String(sequence) };
  return { sequence: String(sequence), key, arrivedAt, event, filterable: event };
};

export function memorySource(shards: readonly MemoryShard[], pageSize = 3): StreamSource {
  const shardOf = (iterator: string) => shards.find(({ id }) => id === iterator.split('|')[0])!;
  return {
    retentionMs: 86_400_000,
    shards: async () => shards,
    iterator: async (shardId, from: From) => {
      const { records } = shards.find(({ id }) => id === shardId)!;
      switch (from.kind) {
        case 'TRIM_HORIZON':
          return `${shardId}|0`;
        case 'LATEST':
          return `${shardId}|${records.length}`;
        case 'AT_TIMESTAMP':
          return `${shardId}|${records.filter(({ arrivedAt }) => arrivedAt < from.at).length}`;
        case 'AFTER_SEQUENCE_NUMBER':
          return `${shardId}|${records.findIndex(({ sequence }) => sequence === from.sequence) + 1}`;
      }
    },
    async read(iterator) {
      const { id, records, closed } = shardOf(iterator);
      const at = Number(iterator.split('|')[1]);
      const page = records.slice(at, at + pageSize);
      const isAtEnd = closed && at + page.length === records.length;
      return { records: page, ...(!isAtEnd && { next: `${id}|${at + page.length}` }) };
    },
    wait: (iterator, signal) =>
      new Promise((resolve) => {
        const { records, closed } = shardOf(iterator);
        if (closed || Number(iterator.split('|')[1]) < records.length) resolve(iterator);
        else signal.addEventListener('abort', () => resolve(iterator), { once: true });
      }),
    batchInfo: (shardId, { first, last, size }) => ({
      batch: { shardId, from: first.sequence, to: last.sequence, size },
    }),
  };
}
