/** Those who open tickets, and do not give up: what was not answered with 201 is asked for again, under another subject. */
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Attempt } from './account.ts';
import type { Desk } from './desk.ts';

export interface Load {
  readonly tickets: number;
  readonly clients: number;
  /** Begins every subject. */
  readonly name: string;
  /** Told once, when every ticket was asked for: what is left is asked for again. */
  readonly onAllAsked: () => void;
  /** Told of every attempt. */
  readonly onAttempt: (attempt: Attempt) => void;
  /** Awaited before every ticket, with its number from 0. */
  readonly before: (ticket: number) => Promise<void>;
}

/** Then something is wrong, and the account says so. */
const MOST_TRIES = 300;
/** Clients that wait long leave few processes to be killed, and each of them too often. */
const LONGEST_PAUSE_MS = 500;
/** API Gateway answers after 29 s, whatever happens. */
const PATIENCE_MS = 40_000;
/** Every so many tickets, one that must be refused comes first. */
const REFUSED_EVERY = 10;

/** Resolves with every attempt, once every ticket was accepted or given up. */
export async function openTickets(
  desk: Desk,
  { tickets, clients, name, before, onAttempt, onAllAsked }: Load,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let next = 0;
  let asked = 0;
  const post = async (subject: string, body: object, token = desk.token): Promise<Attempt> => {
    const attempt = await opened(desk, agent, token, subject, body);
    attempts.push(attempt);
    onAttempt(attempt);
    return attempt;
  };
  const client = async () => {
    while (next < tickets) {
      const ticket = next;
      next += 1;
      await before(ticket);
      if (ticket % REFUSED_EVERY === 0) {
        await post(`${name} ${ticket} without a body`, { requesterEmail: 'ada@example.com' });
        await post(`${name} ${ticket} of nobody`, valid(ticket), 'nobody');
      }
      for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
        const { outcome } = await post(`${name} ${ticket}.${attempt}`, valid(ticket));
        if (attempt === 1 && ++asked === tickets) onAllAsked();
        if (outcome === 'accepted') break;
        await pause(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** attempt));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    agent.destroy();
  }
  return attempts;
}

const valid = (ticket: number) => ({
  body: `The server crashed for the ${ticket}th time, this is urgent.`,
  requesterEmail: `customer-${ticket % 50}@example.com`,
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Never rejects. */
function opened(desk: Desk, agent: Agent, token: string, subject: string, body: object): Promise<Attempt> {
  return new Promise((resolve) => {
    const unknown = (error: Error) => resolve({ subject, outcome: 'unknown', answer: error.message });
    const headers = { authorization: token, 'content-type': 'application/json' };
    const sent = request(
      `${desk.apiUrl}/tickets`,
      { method: 'POST', agent, headers, timeout: PATIENCE_MS },
      (response) => {
        readAll(response).then((text) => resolve(attemptOf(subject, response.statusCode ?? 0, text)), unknown);
      },
    );
    sent.on('error', unknown);
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.end(JSON.stringify({ ...body, subject }));
  });
}

function attemptOf(subject: string, status: number, text: string): Attempt {
  if (status === 201) {
    return { subject, outcome: 'accepted', id: (JSON.parse(text) as { id: string }).id, answer: '201' };
  }
  return { subject, outcome: status >= 400 && status < 500 ? 'refused' : 'unknown', answer: String(status) };
}

function readAll(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve(text));
    response.on('error', reject);
  });
}
