/** The tables of the read model, which one function writes and another reads: what lies where in them. */
import type { TicketView } from '../domain/ticket-view.ts';

/** An item of the table of views, as its stream tells of it. */
export interface TicketViewItem extends TicketView {
  /** Counts how often the view was written. */
  readonly revision: number;
  /** Of tickets that are not resolved alone: the index of them has no others. */
  readonly unresolved?: 'yes';
}

// In the table of counts `part` is the partition key, `item` the sort key.
export const DAYS_PART = 'days';
export const TOTALS_KEY = { part: 'totals', item: 'totals' } as const;

export const dayKey = (day: string) => ({ part: DAYS_PART, item: day });

/** What was counted of a ticket: each in a partition of its own, that writes spread. */
export const countedKey = (ticketId: string) => ({ part: `ticket ${ticketId}`, item: 'counted' });
