/** What goes wrong meanwhile, and when: after so many tickets, the same for the same seed. */
import type { Chance } from './chance.ts';
import type { Desk } from './desk.ts';

export type Say = (text: string) => void;

export interface Trouble {
  readonly name: string;
  /** Begins before this ticket is sent. */
  readonly beforeTicket: number;
  /** Resolves when it is over; tickets go on meanwhile. */
  run(): Promise<void>;
}

const KILL_EVERY_MS = 200;
const FROZEN_MS = 3_000;

/** In order. */
export function planTroubles(desk: Desk, tickets: number, chance: Chance): Trouble[] {
  const kinds: readonly (readonly [name: string, share: number, run: () => Promise<void>])[] = [
    ['the database is killed', 0.15, () => restartDatabase(desk)],
    [`the database is frozen for ${FROZEN_MS / 1_000} s`, 0.35, () => freezeDatabase(desk)],
    ["the functions' password changes", 0.5, () => desk.askForNewPassword()],
    ['the database is killed again', 0.65, () => restartDatabase(desk)],
    ['sampan is killed, and started again', 0.8, () => desk.crashAndStart()],
  ];
  return kinds.map(([name, share, run]) => {
    const beforeTicket = Math.floor(tickets * share) + chance.below(Math.max(1, Math.floor(tickets / 10)));
    return { name, beforeTicket, run };
  });
}

/** Tickets behind a trouble wait until it begins, so that every run has all of them, whatever the machine's speed. */
export function troublesOnTheWay(troubles: readonly Trouble[], say: Say) {
  const begun = new Set<Trouble>();
  const under: Promise<void>[] = [];
  // One after the other: a database that is down cannot be frozen.
  let last = Promise.resolve();
  const begin = (trouble: Trouble): void => {
    begun.add(trouble);
    last = last.then(async () => {
      say(trouble.name);
      await trouble.run();
    });
    // Told of by `over`, once somebody asks.
    last.catch(() => {});
    under.push(last);
  };
  return {
    async before(ticket: number): Promise<void> {
      for (const trouble of troubles) if (trouble.beforeTicket <= ticket && !begun.has(trouble)) begin(trouble);
    },
    /** Rejects with what one of them was not able to do. */
    over: async (): Promise<void> => void (await Promise.all(under)),
  };
}

/**
 * Every so often kill -9 for one process of a function, of all there are, whatever it does just then: start, handle, or
 * wait frozen. Where processes take longer to start than they live, none would ever handle anything: so nobody is killed
 * until a ticket was accepted since the last kill, and it is counted how often the killer rested.
 */
export function killFunctions(desk: Desk, chance: Chance) {
  const killed = new Map<string, number>();
  let hasMoved = true;
  let rests = 0;
  const timer = setInterval(() => {
    if (!hasMoved) {
      rests += 1;
      return;
    }
    const victim = chance.pick(desk.functionProcesses());
    if (victim === undefined || !kill(victim.pid, 'SIGKILL')) return;
    hasMoved = false;
    killed.set(victim.functionName, (killed.get(victim.functionName) ?? 0) + 1);
  }, KILL_EVERY_MS);
  return {
    /** How many, by function. */
    killed: killed as ReadonlyMap<string, number>,
    rests: () => rests,
    /** A ticket was accepted. */
    moved(): void {
      hasMoved = true;
    },
    stop: () => clearInterval(timer),
  };
}

/** Sampan starts it again. Resolves when it is there. */
async function restartDatabase(desk: Desk): Promise<void> {
  const before = await database(desk);
  kill(before, 'SIGKILL');
  for (let now = before; now === before; now = await database(desk)) await pause(50);
}

async function freezeDatabase(desk: Desk): Promise<void> {
  const pid = await database(desk);
  kill(pid, 'SIGSTOP');
  await pause(FROZEN_MS);
  kill(pid, 'SIGCONT');
}

async function database(desk: Desk): Promise<number> {
  for (;;) {
    const process = desk.databaseProcess();
    if (process) return process.pid;
    await pause(50);
  }
}

/** Whether it was there. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
