/** The sandbox level that every machine has, with its state where users have it: inside the project. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Listener, LOOPBACK, listenersOf } from './listeners.ts';
import { processTree, REPOSITORY, startSampan, TICKET } from './sampan.ts';
import { signIn } from './signed-in.ts';

jest.setTimeout(120_000);

/** From where a function sends datagrams is its own choice: at this level it has the machine's network. */
const isSender = ({ protocol, command }: Listener) => protocol.startsWith('udp') && command.includes('aws-lambda-ric');

/** Whom other machines could reach. */
const exposed = (listeners: readonly Listener[]) =>
  listeners.filter((one) => !LOOPBACK.test(one.address) && !isSender(one));

test("the help desk runs at the process level, its layer found before the project's own node_modules, and listens on loopback only", async () => {
  mkdirSync(join(REPOSITORY, '.sampan'), { recursive: true });
  const state = mkdtempSync(join(REPOSITORY, '.sampan', 'process-level-'));
  const running = await startSampan({ state, args: ['--sandbox', 'process'] });
  try {
    await running.said(/Sandbox +process/);
    const agent = await signIn(running);
    expect((await agent.call('/tickets', 'POST', TICKET)).status).toBe(201);
    if (process.platform !== 'linux') return;
    const listeners = listenersOf(processTree(running.pid));
    expect(exposed(listeners)).toEqual([]);
    // They are all there: the two doors, the database and what stands before it, and X-Ray's daemon.
    const ports = listeners.map(({ port }) => port);
    for (const url of [running.apiUrl, running.awsUrl]) expect(ports).toContain(Number(new URL(url).port));
    expect(listeners.filter(({ command }) => /maria|mysqld/.test(command))).not.toEqual([]);
    expect(listeners.filter((one) => one.protocol === 'udp' && !isSender(one))).not.toEqual([]);
    // And one that is not on loopback would be seen.
    expect(exposed([{ ...(listeners[0] as Listener), address: '00000000' }])).toHaveLength(1);
  } finally {
    await running.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
