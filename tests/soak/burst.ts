/** The shape of load: how long the API takes while nothing happens, while very many tickets come, and while queues drain. */
import { GetFunctionConcurrencyCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import type { Desk } from '../chaos/desk.ts';
import { connectionsOf } from '../chaos/evidence.ts';
import { drained } from './drained.ts';
import { quantile } from './flat.ts';
import { type Answer, atPace, newTicket, pause, saidBy, trafficTo } from './traffic.ts';

/** Reads a second beside all else, whose times count. */
const PROBES = 20;
const IDLE_MS = 10_000;

export interface Phase {
  readonly name: 'idle' | 'burst' | 'drain';
  readonly seconds: number;
  readonly probes: number;
  readonly failed: number;
  /** ms */
  readonly p50: number;
  readonly p99: number;
}

export interface Burst {
  readonly phases: readonly Phase[];
  readonly accepted: number;
  /** Of reads and of tickets, by what was said in place of what they asked for. */
  readonly failures: ReadonlyMap<string, number>;
  /** Processes of each function at most, and how many may run at once, where that is reserved. */
  readonly concurrency: ReadonlyMap<string, { most: number; reserved?: number }>;
  /** Of the database. */
  readonly connections: { readonly used: number; readonly allowed: number };
}

/**
 * @param rate tickets a second. They come at that pace however long each takes: as fast as a machine can take them, it
 *   would be the posts that the reads wait for, and not what the posts leave to do
 */
export async function burst(desk: Desk, tickets: number, rate: number): Promise<Burst> {
  const traffic = trafficTo(desk);
  const concurrency = await reservedOf(desk);
  const failures = new Map<string, number>();
  const failed = (what: string, answer: Answer): void => {
    const said = `${what} ${saidBy(answer)}`;
    failures.set(said, (failures.get(said) ?? 0) + 1);
  };
  const watching = setInterval(() => {
    const counts = new Map<string, number>();
    for (const { functionName } of desk.functionProcesses()) {
      counts.set(functionName, (counts.get(functionName) ?? 0) + 1);
    }
    for (const [name, count] of counts) {
      const known = concurrency.get(name);
      concurrency.set(name, { ...known, most: Math.max(known?.most ?? 0, count) });
    }
  }, 500);
  try {
    const first = await traffic.send('POST', '/tickets', newTicket(0));
    if (first.status !== 201) throw new Error(`the first ticket was answered ${first.status} ${first.body}`);
    const path = `/tickets/${(JSON.parse(first.body) as { id: string }).id}`;
    const phase = async (name: Phase['name'], work: () => Promise<unknown>): Promise<Phase> => {
      const startedAt = performance.now();
      const answers: Answer[] = [];
      let isOver = false;
      const probing = atPace(
        PROBES,
        () => isOver,
        async () => {
          const answer = await traffic.send('GET', path);
          answers.push(answer);
          if (answer.status !== 200) failed(`${name}: read`, answer);
        },
      );
      await work().finally(() => {
        isOver = true;
      });
      await probing;
      const times = answers.map(({ ms }) => ms);
      return {
        name,
        seconds: (performance.now() - startedAt) / 1_000,
        probes: answers.length,
        failed: answers.filter(({ status }) => status !== 200).length,
        p50: quantile(times, 0.5),
        p99: quantile(times, 0.99),
      };
    };
    // Environments are there, and code is compiled, before anything is compared.
    await phase('idle', () => pause(IDLE_MS / 2));
    const idle = await phase('idle', () => pause(IDLE_MS));
    let next = 0;
    let accepted = 0;
    const post = async () => {
      if (next >= tickets) return;
      next += 1;
      const answer = await traffic.send('POST', '/tickets', newTicket(next));
      if (answer.status === 201) accepted += 1;
      else failed('ticket', answer);
    };
    const busy = await phase('burst', () => atPace(rate, () => next >= tickets, post));
    const drain = await phase('drain', () => drained(desk));
    return { phases: [idle, busy, drain], accepted, failures, concurrency, connections: await connectionsOf(desk) };
  } finally {
    clearInterval(watching);
    traffic.close();
  }
}

async function reservedOf(desk: Desk): Promise<Map<string, { most: number; reserved?: number }>> {
  const client = new LambdaClient(desk.client);
  const found = new Map<string, { most: number; reserved?: number }>();
  try {
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      for (const { FunctionName = '' } of Functions) {
        const { ReservedConcurrentExecutions: reserved } = await client.send(
          new GetFunctionConcurrencyCommand({ FunctionName }),
        );
        found.set(FunctionName, { most: 0, ...(reserved !== undefined && { reserved }) });
      }
    }
    return found;
  } finally {
    client.destroy();
  }
}
