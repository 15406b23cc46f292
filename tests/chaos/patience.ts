/**
 * Clients that wait while consumers have much to do. Consumers get the processors that the API leaves: clients who never
 * paused would leave none, and on a small machine every message would be tried in vain until it is a dead letter.
 */
import type { Desk } from './desk.ts';
import { queueDepths } from './evidence.ts';

/** Messages that wait to be tried, of all queues together. */
const MOST_WAITING = 200;
const LOOK_EVERY_MS = 1_000;

export interface Patience {
  /** Resolves when another ticket may be opened. */
  wait(): Promise<void>;
  /** How long there were too many, s. */
  seconds(): number;
  end(): void;
}

export function patienceWith(desk: Desk): Patience {
  let isOver = false;
  let mayGoOn = true;
  let waited = 0;
  let waiting: (() => void)[] = [];
  const look = async (): Promise<void> => {
    // While it is down nobody is held up: clients are to meet that, too.
    const queues = await queueDepths(desk).catch(() => []);
    const messages = queues.reduce((sum, { name, visible = 0 }) => sum + (/DeadLetters/.test(name) ? 0 : visible), 0);
    mayGoOn = isOver || messages <= MOST_WAITING;
    if (!mayGoOn) waited += LOOK_EVERY_MS / 1_000;
    else for (const resolve of waiting.splice(0)) resolve();
    if (!isOver) setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  void look();
  return {
    async wait() {
      while (!mayGoOn) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    seconds: () => waited,
    end() {
      isOver = true;
      mayGoOn = true;
      for (const resolve of waiting.splice(0)) resolve();
      waiting = [];
    },
  };
}
