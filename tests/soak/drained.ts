import type { Desk } from '../chaos/desk.ts';
import { unfinishedOf } from '../chaos/evidence.ts';
import { pause } from './traffic.ts';

const DRAINED_WITHIN_MS = 900_000;

/** Until every ticket is sorted and every queue is empty, those of dead letters too. Rejects after a quarter of an hour. */
export async function drained(desk: Desk): Promise<void> {
  const until = performance.now() + DRAINED_WITHIN_MS;
  for (;;) {
    const { unsorted, queues } = await unfinishedOf(desk, 'Ticket');
    if (queues.length === 0 && unsorted === 0) return;
    if (performance.now() > until) throw new Error(`not drained in time: ${JSON.stringify(queues)}`);
    await pause(1_000);
  }
}
