/**
 * Nothing lost, nothing doubled: clients open tickets while what the help desk stands on is killed, frozen and changed;
 * when everything is quiet again, every message is accounted for.
 */
import { type Account, type Attempt, accountOf } from './account.ts';
import { chanceOf } from './chance.ts';
import { openTickets } from './clients.ts';
import { type Desk, startDesk } from './desk.ts';
import { evidenceOf, unfinishedOf } from './evidence.ts';
import { patienceWith } from './patience.ts';
import { hurry, type Poison, poisonTheDesk } from './poison.ts';
import { killFunctions, planTroubles, type Say, troublesOnTheWay } from './troubles.ts';
import { callWitness, type HeardMail, heard } from './witness.ts';

export interface ChaosOptions {
  readonly tickets: number;
  readonly clients: number;
  readonly seed: number;
  /** An empty directory for the help desk's state. */
  readonly state: string;
  /** How long it may take until everything is quiet. */
  readonly patienceMs: number;
  /** How long a message stays hidden after an attempt, in place of what the template says. */
  readonly visibilitySeconds?: number;
  /** Whether one message is among them that nobody can handle. */
  readonly withPoison: boolean;
  readonly say: Say;
}

const PROGRESS_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 500;
/** As the template names them. */
const DEAD_LETTERS = /DeadLetters/;

/** @returns the account, with who was killed */
export async function chaos(options: ChaosOptions): Promise<Account> {
  const { tickets, clients, seed, state, patienceMs, visibilitySeconds, withPoison, say } = options;
  const startedAt = performance.now();
  const tell: Say = (text) => say(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${text}`);
  const name = `Chaos ${seed}`;
  const desk = await startDesk(state);
  try {
    if (visibilitySeconds !== undefined) await hurry(desk, visibilitySeconds);
    await callWitness(desk);
    const poison = withPoison ? await poisonTheDesk(desk) : undefined;
    tell(`the help desk is up; ${clients} clients open ${tickets} tickets`);
    const passwordWas = await desk.passwordChangedAt();
    const { attempts, killed, rests, waited } = await openUnderHarm(desk, { tickets, clients, seed, name }, tell);
    tell('every ticket was answered, and no more harm is done');
    const mails: HeardMail[] = [];
    const isQuiet = await quietWithin(patienceMs, { desk, name, passwordWas, poison, mails }, tell);
    tell(isQuiet ? 'everything is quiet' : 'not quiet in time');
    const { lines, differences } = accountOf(tickets, attempts, await evidenceOf(desk, name, mails, poison));
    return {
      lines: [
        ...lines,
        ['function processes killed', [...killed.values()].reduce((sum, count) => sum + count, 0)],
        ...[...killed].toSorted().map(([functionName, count]) => [`  ${functionName}`, count] as const),
        ['  times without a kill: no ticket accepted since', rests()],
        ['seconds clients waited for consumers', waited],
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
): Promise<{ attempts: Attempt[]; waited: number } & Pick<ReturnType<typeof killFunctions>, 'killed' | 'rests'>> {
  // The two draw from chances of their own: how fast the machine is decides how many are killed.
  const troubles = troublesOnTheWay(planTroubles(desk, tickets, chanceOf(seed)), tell);
  const killer = killFunctions(desk, chanceOf(seed + 1));
  const progress = progressOf(tickets, tell);
  const patience = patienceWith(desk);
  try {
    const attempts = await openTickets(desk, {
      tickets,
      clients,
      name,
      async before(ticket) {
        await troubles.before(ticket);
        await patience.wait();
      },
      onAttempt(attempt) {
        progress.onAttempt(attempt);
        if (attempt.outcome === 'accepted') killer.moved();
      },
      onAllAsked() {
        // Of those who ask again there are ever fewer, and of their processes: none would live to answer.
        killer.stop();
        tell('every ticket was asked for; no more processes are killed');
      },
    });
    await troubles.over();
    return { attempts, killed: killer.killed, rests: killer.rests, waited: Math.round(patience.seconds()) };
  } finally {
    killer.stop();
    patience.end();
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

interface Awaited {
  readonly desk: Desk;
  readonly name: string;
  readonly passwordWas: number;
  readonly poison: Poison | undefined;
  /** Gets what is handed over. */
  readonly mails: HeardMail[];
}

/**
 * All told, sorted and taken out of its queues, twice in a row, since a message may be between two of them; and the password
 * has changed: a rotation whose function was killed is tried again by Secrets Manager.
 */
async function quietWithin(
  ms: number,
  { desk, name, passwordWas, poison, mails }: Awaited,
  tell: Say,
): Promise<boolean> {
  const until = performance.now() + ms;
  let toldAt = performance.now();
  for (let inARow = 0; performance.now() < until; await pause(LOOK_EVERY_MS)) {
    const { unsorted, unpublished, queues } = await unfinishedOf(desk, name);
    const isDead = (await poison?.isDead()) ?? true;
    // Nobody takes anything out of those: what lies there is in the account.
    const left = queues.filter((queue) => !DEAD_LETTERS.test(queue.name));
    const dead = queues.filter((queue) => DEAD_LETTERS.test(queue.name) && queue.name !== poison?.deadLetters);
    mails.push(...(await heard(desk)));
    const isDone = unpublished + left.length === 0 && (unsorted === 0 || dead.length > 0);
    const isQuiet = isDone && isDead && (await desk.passwordChangedAt()) > passwordWas;
    inARow = isQuiet ? inARow + 1 : 0;
    if (inARow === 2) return true;
    if (performance.now() < toldAt + PROGRESS_EVERY_MS) continue;
    toldAt = performance.now();
    const inQueues = [...left, ...dead].map((queue) => `, ${queue.messages} in ${queue.name}`).join('');
    tell(`${unsorted} tickets unsorted, ${unpublished} events unpublished${inQueues}`);
  }
  return false;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
