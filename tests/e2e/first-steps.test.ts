/**
 * The demonstration of docs/first-steps.md, step for step as it stands there: what it takes away is read from the
 * document, what it shows has to be what is said now, and what is pasted is what the log says.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mend } from '../every-line/mend.ts';
import { REPOSITORY, type Running, sampan, startSampan } from './sampan.ts';

const DOCUMENT = readFileSync(join(REPOSITORY, 'docs/first-steps.md'), 'utf8');
const SECTION = /\n## 8\. Take something away[\s\S]*?(?=\n## 9)/.exec(DOCUMENT)?.[0] ?? '';
const blocks = [...SECTION.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text!,
}));
const diffs = blocks.filter(({ language }) => language === 'diff').map(({ text }) => text);
const shown = blocks.filter(({ language }) => language === '').map(({ text }) => text);

const home = mkdtempSync(join(tmpdir(), 'sampan-first-steps-'));
const directory = join(home, 'help-desk');
const template = join(directory, 'template.yaml');
const state = join(home, 'state');

let running: Running;

jest.setTimeout(60_000);

beforeAll(async () => {
  mkdirSync(directory);
  for (const entry of readdirSync(REPOSITORY)) {
    if (!['template.yaml', '.sampan', '.git'].includes(entry))
      symlinkSync(join(REPOSITORY, entry), join(directory, entry));
  }
  const whole = readFileSync(join(REPOSITORY, 'template.yaml'), 'utf8');
  writeFileSync(template, whole);
  await (await startSampan({ cwd: directory, state })).stop();
  writeFileSync(template, withoutBoth(whole));
}, 120_000);

afterAll(async () => {
  await running?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** As the document says: a statement of HealthRole, the endpoint, and what waits for it. */
function withoutBoth(text: string): string {
  const [statement = '', waits = ''] = diffs.map((diff) => diff.replace(/^-/gm, ''));
  const role = text.indexOf('  HealthRole:\n');
  const at = text.indexOf(statement, role);
  expect(at).toBeGreaterThan(role);
  const shorter = text.slice(0, at) + text.slice(at + statement.length);
  expect(shorter).toContain(waits);
  return shorter.replaceAll(waits, '').replace(/^ {2}SecretsManagerEndpoint:\n(?: {4}.*\n)+/m, '');
}

/** What differs from run to run, and from one template to the next. */
function normal(text: string): string {
  return text
    .replace(/template\.yaml:(\d+|…)/g, 'template.yaml:N')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/-[A-Z0-9]{12}\b/g, '-ID')
    .replace(/(secret:\S+?-ID)-[A-Za-z0-9]{6}/g, '$1')
    .replace(/\S*layers\/shared/g, '(layers/shared')
    .replace(/"version":"[^"]*","latencyMs":[\d.]+/, '"version"')
    .replace(/in [\d.]+ m?s/g, 'in T');
}

/** Every line of a block is among what was said, up to where it is cut off with …. */
function expectShown(block: string, said: string): void {
  const there = normal(said);
  for (const line of normal(block).split('\n')) {
    if (line === '' || line === '…' || line.startsWith('$ ')) continue;
    expect(there).toContain(line.replace(/ ?…$/, ''));
  }
}

const blockWith = (text: string): string => shown.find((block) => block.includes(text)) ?? '';
const health = async (): Promise<string> => (await fetch(`${running.apiUrl}/health`)).text();

async function settled(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await what()); tries += 1) {
    if (tries > 300) throw new Error(`nothing came of it:\n${running.stdout()}\n${running.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const said = (): string => `${running.stdout()}\n${running.stderr()}`;

/** The last advice in the first terminal about it, as it stands there. */
function adviceSaid(about: RegExp): string {
  const lines = said().split('\n');
  const rest = lines.slice(lines.findLastIndex((line) => about.test(line)));
  const end = rest.findIndex((line, index) => index > 0 && !line.startsWith('  '));
  return rest.slice(0, end).join('\n');
}

it('check says both before anything runs', async () => {
  const { code, stdout } = await sampan(['check', '--state', state], { cwd: directory });
  expect(code).toBe(1);
  expectShown(blockWith('error  service-unreachable'), stdout);
});

it('the endpoint is missed for as long as the function has time, and the log says why', async () => {
  running = await startSampan({ cwd: directory, state });
  const [answer] = await Promise.all([health(), settled(() => said().includes('HealthFunction → secretsmanager'))]);
  expectShown(blockWith('INTERNAL_ERROR'), answer);
  expectShown(blockWith('HealthFunction → secretsmanager'), said());
});

it('pasting the advice opens the way, and then the permission is missed', async () => {
  paste(adviceSaid(/^HealthFunction → secretsmanager/));
  await settled(() => /updated SecretsManagerEndpoint/.test(said()));
  expectShown(blockWith('DATABASE_UNAVAILABLE'), await health());
  expectShown(
    blockWith(
      'no identity-based policy allows secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:help-desk-DatabaseSecret-6LYERLX78CE3',
    ),
    said(),
  );
});

it('explain shows how that was decided', async () => {
  const args = ['explain', 'HealthFunction', 'secretsmanager:GetSecretValue', 'DatabaseSecret', '--state', state];
  const { code, stdout } = await sampan(args, { cwd: directory });
  expect(code).toBe(1);
  expectShown(blockWith('$ npx sampan explain'), stdout);
});

it('pasting that advice mends it', async () => {
  paste(adviceSaid(/^arn:\S+HealthRole\S+: no identity-based policy allows/));
  await settled(() => /updated HealthRole/.test(said()));
  const block = blockWith('"status":"ok"');
  expectShown(block.split('$ npx sampan check')[0]!, await health());
  const { code, stdout } = await sampan(['check', '--state', state], { cwd: directory });
  expect(code).toBe(0);
  expect(normal(stdout)).toContain(normal('nothing found'));
});

function paste(advice: string): void {
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  writeFileSync(template, mend(readFileSync(template, 'utf8'), advice, read));
}
