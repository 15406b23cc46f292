/**
 * Nothing lost, nothing doubled: clients open tickets while what the help desk stands on is killed, frozen and changed;
 * when everything is quiet again, every message is accounted for.
 */
import { type Account, type Attempt, accountOf } from './account.ts';
import { chanceOf } from './chance.ts';
import { openTickets } from './clients.ts';
import { type Desk, startDesk } from './desk.ts';
import { evidenceOf } from './evidence.ts';
import { killFunctions, planTroubles, type Say, troublesOnTheWay } from './troubles.ts';

export interface ChaosOptions {
  readonly tickets: number;
  readonly clients: number;
  readonly seed: number;
  /** An empty directory for the help desk's state. */
  readonly state: string;
  /** How long it may take until everything is quiet. */
  readonly patienceMs: number;
  readonly say: Say;
}

const PROGRESS_EVERY_MS = 10_000;

/** @returns the account, with how long it took until it was quiet */
export async function chaos({ tickets, clients, seed, state, patienceMs, say }: ChaosOptions): Promise<Account> {
  const startedAt = performance.now();
  const tell: Say = (text) => say(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${text}`);
  const name = `Chaos ${seed}`;
  const desk = await startDesk(state);
  try {
    tell(`the help desk is up; ${clients} clients open ${tickets} tickets`);
    const passwordWas = await desk.passwordChangedAt();
    const { attempts, killed } = await openUnderHarm(desk, { tickets, clients, seed, name }, tell);
    tell('every ticket was answered, and no more harm is done');
    const isQuiet = await quietWithin(patienceMs, desk, name, passwordWas);
    tell(isQuiet ? 'everything is quiet' : 'not quiet in time');
    const { lines, differences } = accountOf(tickets, attempts, await evidenceOf(desk, name));
    return {
      lines: [
        ...lines,
        ['function processes killed', [...killed.values()].reduce((sum, count) => sum + count, 0)],
        ...[...killed].toSorted().map(([functionName, count]) => [`  ${functionName}`, count] as const),
      ],
      differences: [
        ...(isQuiet ? [] : [`not quiet within ${patienceMs / 1_000} s`]),
        ...((await desk.passwordChangedAt()) > passwordWas ? [] : ["the functions' password has not changed"]),
        ...differences,
      ],
    };
  } finally {
    await desk.stop();
  }
}

async function openUnderHarm(
  desk: Desk,
  { tickets, clients, seed, name }: { tickets: number; clients: number; seed: number; name: string },
  tell: Say,
): Promise<{ attempts: Attempt[]; killed: ReadonlyMap<string, number> }> {
  // The two draw from chances of their own: how fast the machine is decides how many are killed.
  const troubles = troublesOnTheWay(planTroubles(desk, tickets, chanceOf(seed)), tell);
  const killer = killFunctions(desk, chanceOf(seed + 1));
  const progress = progressOf(tickets, tell);
  try {
    const attempts = await openTickets(desk, {
      tickets,
      clients,
      name,
      before: troubles.before,
      onAttempt: progress.onAttempt,
      onAllAsked() {
        // Of those who ask again there are ever fewer, and of their processes: none would live to answer.
        killer.stop();
        tell('every ticket was asked for; no more processes are killed');
      },
    });
    await troubles.over();
    return { attempts, killed: killer.killed };
  } finally {
    killer.stop();
    progress.end();
  }
}

function progressOf(tickets: number, tell: Say) {
  let accepted = 0;
  let others = 0;
  const timer = setInterval(
    () => tell(`${accepted} of ${tickets} accepted, ${others} other answers`),
    PROGRESS_EVERY_MS,
  );
  return {
    onAttempt({ outcome }: Attempt): void {
      if (outcome === 'accepted') accepted += 1;
      else others += 1;
    },
    end: () => clearInterval(timer),
  };
}

/**
 * All told, sorted and taken out of its queues, twice in a row, since a message may be between two of them; and the password
 * has changed: a rotation whose function was killed is tried again by Secrets Manager.
 */
async function quietWithin(ms: number, desk: Desk, name: string, passwordWas: number): Promise<boolean> {
  const until = performance.now() + ms;
  for (let inARow = 0; performance.now() < until; await pause(500)) {
    const { tickets, events, queues } = await evidenceOf(desk, name);
    const isQuiet =
      tickets.every(({ isSorted }) => isSorted) &&
      events.every(({ isPublished }) => isPublished) &&
      queues.every(({ messages }) => messages === 0) &&
      (await desk.passwordChangedAt()) > passwordWas;
    inARow = isQuiet ? inARow + 1 : 0;
    if (inARow === 2) return true;
  }
  return false;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
