import { json } from '@app/shared/http';
import type { Routes } from '../../api/serve.ts';
import { NotPermitted } from '../../domain/problems.ts';
import { statsOf } from '../../domain/ticket-stats.ts';
import type { StatsRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: StatsRepository;
  /** ms since 1970 */
  readonly now: () => number;
}

export function statsRoutes({ repository, now }: Dependencies): Routes {
  return {
    'GET /stats': async (_event, { role }) => {
      // They tell of everybody's tickets.
      if (role !== 'agent') throw new NotPermitted('Only agents see the statistics');
      const asOf = now();
      return json(200, statsOf(await repository.read(asOf), asOf), { 'Cache-Control': 'no-store' });
    },
  };
}
