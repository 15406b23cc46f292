/** Counts as the read model has them, a moment behind the tickets. */
import type { Table } from '@app/shared/tables';
import { DAYS_PART, TOTALS_KEY } from '../../database/read-model.ts';
import { type Counted, lastDays } from '../../domain/ticket-stats.ts';

export interface StatsRepository {
  /** @param now ms since 1970: the last days before then are read */
  read(now: number): Promise<Counted>;
}

export interface Tables {
  readonly stats: Pick<Table, 'query'>;
  readonly views: Pick<Table, 'query'>;
  /** Of unresolved tickets, by age. */
  readonly viewsIndex: string;
}

export function statsRepository({ stats, views, viewsIndex: index }: Tables): StatsRepository {
  return {
    async read(now) {
      const shown = lastDays(now);
      const between = ['item', shown[0]!, shown.at(-1)!] as const;
      const [[totals], days, [first]] = await Promise.all([
        stats.query({ partition: ['part', TOTALS_KEY.part] }),
        stats.query({ partition: ['part', DAYS_PART], between }),
        views.query({ index, partition: ['unresolved', 'yes'], limit: 1 }),
      ]);
      return {
        totals: (totals ?? {}) as Counted['totals'],
        days: Object.fromEntries(days.map((day) => [day['item'], day])) as unknown as Counted['days'],
        oldest: first && { ticketId: String(first['ticketId']), createdAt: String(first['createdAt']) },
      };
    },
  };
}
