/** Requests at a pace of their own, however long each takes, and how long each took. */
import { Agent, request } from 'node:http';
import type { Desk } from '../chaos/desk.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** From sending it to the last byte. */
  readonly ms: number;
}

/** For counting answers of one kind. */
export const saidBy = ({ status, body }: Answer): string =>
  `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? body.slice(0, 100)}`;

export interface Traffic {
  /** Status 0 where there was no answer. */
  send(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer>;
  close(): void;
}

export function trafficTo(desk: Desk): Traffic {
  const agent = new Agent({ keepAlive: true });
  return {
    send: (method, path, body) =>
      new Promise((resolve) => {
        const startedAt = performance.now();
        const done = (status: number, text: string) =>
          resolve({ status, body: text, ms: performance.now() - startedAt });
        const headers = { authorization: desk.token, ...(body && { 'content-type': 'application/json' }) };
        const sent = request(`${desk.apiUrl}${path}`, { method, agent, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => done(response.statusCode ?? 0, text));
          response.on('error', (error) => done(0, error.message));
        });
        sent.on('error', (error) => done(0, error.message));
        sent.end(body && JSON.stringify(body));
      }),
    close: () => agent.destroy(),
  };
}

/**
 * Calls `send` so often a second until `isOver`; resolves when all of them are answered.
 * @param rampSeconds so long it takes until it is that often, evenly more: nobody's users all come in one second, and a
 *   function with reserved concurrency has no environments yet then, on AWS neither
 */
export async function atPace(
  perSecond: number,
  isOver: () => boolean,
  send: () => Promise<unknown>,
  rampSeconds = 0,
): Promise<void> {
  const startedAt = performance.now();
  const pending = new Set<Promise<unknown>>();
  const dueAfter = (seconds: number) =>
    seconds < rampSeconds ? (perSecond * seconds ** 2) / (2 * rampSeconds) : perSecond * (seconds - rampSeconds / 2);
  for (let sent = 0; !isOver(); await pause(5)) {
    for (const due = dueAfter((performance.now() - startedAt) / 1_000); sent < due; sent += 1) {
      const answer = send();
      pending.add(answer);
      answer.finally(() => pending.delete(answer));
    }
  }
  await Promise.all(pending);
}

export const newTicket = (number: number) => ({
  subject: `Ticket ${number}`,
  body: 'The server crashed, this is urgent.',
  requesterEmail: `customer-${number % 50}@example.com`,
});

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
