/** Views of tickets in their table: one item each. */
import type { Table } from '@app/shared/tables';
import type { TicketViewItem } from '../../database/read-model.ts';
import { isUnresolved, type TicketView } from '../../domain/ticket-view.ts';

export interface TicketViews {
  /** `revision` counts how often the view was written: 0 where there is none. */
  find(ticketId: string): Promise<{ view: TicketView | undefined; revision: number }>;
  /** False: it is not the revision that was found any more, and nothing was written. */
  store(view: TicketView, found: number): Promise<boolean>;
}

export function ticketViews(table: Pick<Table, 'get' | 'put'>): TicketViews {
  return {
    async find(ticketId) {
      const item = (await table.get({ ticketId })) as TicketViewItem | undefined;
      if (!item) return { view: undefined, revision: 0 };
      const { revision, unresolved: _, ...view } = item;
      return { view, revision };
    },

    store(view, found) {
      const item: TicketViewItem = {
        ...view,
        revision: found + 1,
        ...(isUnresolved(view) && { unresolved: 'yes' as const }),
      };
      return table.put({ ...item }, { attribute: 'revision', value: found === 0 ? undefined : found });
    },
  };
}
