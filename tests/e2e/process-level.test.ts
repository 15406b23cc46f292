/** The sandbox level that every machine has, with its state where users have it: inside the project. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, startSampan, TICKET } from './sampan.ts';
import { signIn } from './signed-in.ts';

jest.setTimeout(120_000);

test("the help desk runs at the process level, its layer found before the project's own node_modules", async () => {
  mkdirSync(join(REPOSITORY, '.sampan'), { recursive: true });
  const state = mkdtempSync(join(REPOSITORY, '.sampan', 'process-level-'));
  const running = await startSampan({ state, args: ['--sandbox', 'process'] });
  try {
    await running.said(/Sandbox +process/);
    const agent = await signIn(running);
    expect((await agent.call('/tickets', 'POST', TICKET)).status).toBe(201);
  } finally {
    await running.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
