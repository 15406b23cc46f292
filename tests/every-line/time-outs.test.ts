/**
 * What nobody answers hangs until somebody's time is up, as on AWS: the caller hears of it late and in AWS's words, the
 * log says at once what is wrong, and by what it is mended.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { published } from './database.ts';
import { type HelpDesk, openHelpDesk, ROOT } from './help-desk.ts';
import { makeTicket } from './journeys.ts';
import { type Line, linesThatMatter } from './lines.ts';
import { adviceIn } from './mend.ts';

/** Seconds. The function's own patience is longer: with its secret twice a second, with its database two. */
const TIMEOUT = 1;
/** How long a function tries to connect to the bus. */
const BUS_TIMEOUT_MS = 1_000;
const TEMPLATE = hurried(readFileSync(join(ROOT, 'template.yaml'), 'utf8'));
const LINES = linesThatMatter(TEMPLATE, () => false);

let desk: HelpDesk;

beforeAll(async () => {
  desk = await openHelpDesk({ failFastNetwork: false, parameterOverrides: { DatabaseProtection: 'false' } });
  const { outcome } = await desk.apply(TEMPLATE);
  expect(outcome).toBe('applied');
}, 120_000);

afterAll(() => desk?.close());

/** The template with little time for its health check. */
function hurried(text: string): string {
  const changed = text.replace(/(\n {2}HealthFunction:\n[\s\S]*?\n {6}Timeout: )\d+/, `$1${TIMEOUT}`);
  expect(changed).not.toBe(text);
  return changed;
}

const lineOf = (logicalId: string, value?: string): Line =>
  LINES.find((line) => line.logicalId === logicalId && (value === undefined || line.value.includes(value)))!;

it.each([
  ['an endpoint', lineOf('SecretsManagerEndpoint'), /HealthFunction → secretsmanager/],
  ["an endpoint's private names", lineOf('SecretsManagerEndpoint', 'PrivateDns'), /HealthFunction → secretsmanager/],
  ['a rule for what comes in', lineOf('EndpointsFromFunctions'), /HealthFunction → secretsmanager/],
  ['a rule for what leaves', lineOf('FunctionsSecurityGroup', 'the proxy'), /HealthFunction → help-desk-proxy/],
])(
  'without %s the request takes all of its time, and the log knows why at once',
  async (_what, line, says) => {
    await desk.apply(line.without, ['HealthFunction']);
    desk.logged();
    const answered = fetch(`${desk.apiUrl}/health`);
    const startedAt = performance.now();
    const reason = await heard((message) => says.test(message));
    const toldAfter = performance.now() - startedAt;
    const response = await answered;
    const answeredAfter = performance.now() - startedAt;
    expect([response.status, await response.text()]).toEqual([
      502,
      expect.stringContaining('"message":"Internal server error"'),
    ]);
    expect(answeredAfter - toldAfter).toBeGreaterThan((TIMEOUT * 1000) / 4);
    expect(adviceIn(reason)).not.toEqual([]);
    await heard((message) => message.includes(`Task timed out after ${TIMEOUT}.00 seconds`));
  },
  30_000,
);

it('without the endpoint of events a ticket is opened all the same, later, and the log knows why at once', async () => {
  await desk.apply(lineOf('EventsEndpoint').without, ['TicketsFunction']);
  desk.logged();
  const opened = makeTicket(desk);
  const reason = await heard((message) => message.startsWith('TicketsFunction → events'));
  const toldAt = performance.now();
  const id = await opened;
  expect(performance.now() - toldAt).toBeGreaterThan(BUS_TIMEOUT_MS / 2);
  expect(adviceIn(reason)).not.toEqual([]);
  // It is the relay's now.
  await expect(published(desk, id)).rejects.toThrow('TicketOpened is left in the outbox');
}, 30_000);

/** The first such message of those that were not asked for yet. */
async function heard(isIt: (message: string) => boolean): Promise<string> {
  for (;;) {
    const found = desk.logged().find(isIt);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
