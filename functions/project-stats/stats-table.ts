/** What lies where in the table of counts: `part` is its partition key, `item` its sort key. */
export const DAYS_PART = 'days';
export const TOTALS_KEY = { part: 'totals', item: 'totals' } as const;

export const dayKey = (day: string) => ({ part: DAYS_PART, item: day });

/** What was counted of a ticket: each in a partition of its own, that writes spread. */
export const countedKey = (ticketId: string) => ({ part: `ticket ${ticketId}`, item: 'counted' });
