/**
 * On AWS the database's passwords are in Secrets Manager, encrypted, and in the memory of who asked for them. Here the
 * store stands for Secrets Manager: one SQLite file that only its owner can read. A role's session credentials are, as
 * in Lambda, variables of its own environment; nobody else has them.
 */
import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  call,
  eventually,
  processTree,
  REPOSITORY,
  type Running,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  TICKET,
  temporaryDirectory,
} from './sampan.ts';
import { type SignedIn, signIn, userPoolOf } from './signed-in.ts';

jest.setTimeout(300_000);

/** The one place that is meant to hold them. */
const STORE = /\/sampan\.db(-wal|-shm)?$/;

/** Collections of the store whose purpose it is to keep some of them: the secrets, the keys that were issued, the database's own accounts. */
const KEEPERS = ['kernel/credentials', 'rds/instances', 'secretsmanager/secrets'];

const onLinux = process.platform === 'linux' ? test : test.skip;

type Text = readonly [name: string, text: string];

/** What must not be found: by a name that may be printed. */
type Needles = ReadonlyMap<string, string>;

/** The needles that were found, and where; never their values. */
function found(needles: Needles, texts: readonly Text[]): string[] {
  return texts.flatMap(([name, text]) =>
    [...needles].filter(([, needle]) => text.includes(needle)).map(([what]) => `${what} in ${name}`),
  );
}

/** The help desk in a folder of its own, so that its `.sampan` is nobody else's. */
function helpDesk(): string {
  const directory = temporaryDirectory('help-desk');
  for (const name of readdirSync(REPOSITORY)) {
    if (!name.startsWith('.')) symlinkSync(join(REPOSITORY, name), join(directory, name));
  }
  return directory;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** With its name; nothing of a file that has gone meanwhile, such as that of a process that has ended. */
function textsOf(file: string): Text[] {
  try {
    return [[file, readFileSync(file, 'latin1')]];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const project = helpDesk();
const state = join(project, '.sampan');
const client = () => ({
  endpoint: running.awsUrl,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

let running: Running;
/** Passwords that were replaced. */
let former: Needles = new Map();

async function passwordsOf(): Promise<Needles> {
  const secrets = new SecretsManagerClient(client());
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  const values = await Promise.all(
    SecretList.map(({ ARN }) => secrets.send(new GetSecretValueCommand({ SecretId: ARN }))),
  );
  secrets.destroy();
  return new Map(
    values.map(({ Name, SecretString = '{}' }): [string, string] => {
      if (!SecretString.startsWith('{')) return [`the secret ${Name}`, SecretString];
      const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
      return [`the password of ${username}`, password];
    }),
  );
}

/** The functions' password changes; resolves when the new one is the one. What it was before is still worth hiding. */
async function rotate(): Promise<Needles> {
  const before = await passwordsOf();
  const secrets = new SecretsManagerClient(client());
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  const SecretId = SecretList.find(({ RotationLambdaARN }) => RotationLambdaARN !== undefined)?.ARN;
  const stages = async () => (await secrets.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};
  // The deploy has tried the function out, on a version of its own.
  const isFree = async () =>
    !Object.values(await stages())
      .flat()
      .includes('AWSPENDING');
  await eventually(isFree, 60_000, running.stderr);
  const { VersionId = '' } = await secrets.send(new RotateSecretCommand({ SecretId }));
  const isCurrent = async () => (await stages())[VersionId]?.includes('AWSCURRENT') === true;
  await eventually(isCurrent, 60_000, running.stderr);
  secrets.destroy();
  const after = new Set((await passwordsOf()).values());
  const former = [...before].filter(([, password]) => !after.has(password));
  expect(former).toHaveLength(1);
  return new Map(former.map(([what, password]) => [`${what} before it was rotated`, password]));
}

/** Variables by process of the tree. */
function environments(): { pid: number; environ: string }[] {
  return processTree(running.pid).flatMap(({ pid }) => {
    try {
      return [{ pid, environ: readFileSync(`/proc/${pid}/environ`, 'latin1') }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

/** The session credentials of every environment there is, read where Lambda puts them. */
function sessionCredentials(): Needles {
  const needles = new Map<string, string>();
  for (const { environ } of environments()) {
    const variables = new Map(environ.split('\0').map((line) => line.split(/=(.*)/s) as [string, string]));
    const name = variables.get('AWS_LAMBDA_FUNCTION_NAME');
    if (name === undefined || !variables.get('AWS_ACCESS_KEY_ID')?.startsWith('ASIA')) continue;
    const stream = variables.get('AWS_LAMBDA_LOG_STREAM_NAME');
    for (const kind of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      needles.set(`${kind} of ${name} ${stream}`, variables.get(kind) as string);
    }
  }
  return needles;
}

/** Every key that was ever issued in this store, also those of environments that have ended. */
function issued(): Needles {
  const needles = new Map<string, string>();
  for (const { key, json } of documents('kernel/credentials')) {
    const { credentials } = JSON.parse(json) as { credentials: Record<string, string> };
    for (const kind of ['secretAccessKey', 'sessionToken'])
      needles.set(`${kind} of ${key}`, credentials[kind] as string);
  }
  return needles;
}

function documents(collection = '%'): { collection: string; key: string; json: string }[] {
  const database = new DatabaseSync(join(state, 'sampan.db'), { readOnly: true });
  try {
    const rows = database
      .prepare('SELECT collection, key, json FROM documents WHERE collection LIKE ?')
      .all(collection);
    return rows as unknown as { collection: string; key: string; json: string }[];
  } finally {
    database.close();
  }
}

/** A secret of a person's own, and calls with keys that are wrong, taken from elsewhere or out of date. */
async function provoke(): Promise<void> {
  const secrets = new SecretsManagerClient(client());
  await secrets.send(new CreateSecretCommand({ Name: 'own', SecretString: OWN_SECRET }));
  secrets.destroy();
  const { value } = [...sessionCredentials()]
    .map(([what, value]) => ({ what, value }))
    .find(({ what }) => what.startsWith('AWS_SESSION_TOKEN')) ?? { value: '' };
  for (const credentials of [
    { accessKeyId: 'test', secretAccessKey: 'a wrong secret access key' },
    { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'x', sessionToken: value },
  ]) {
    const sts = new STSClient({ ...client(), credentials, maxAttempts: 1 });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow();
    sts.destroy();
  }
}

const OWN_SECRET = 'what nobody else shall ever read 7f3a';

async function logged(): Promise<Text[]> {
  const logs = new CloudWatchLogsClient(client());
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  const texts: Text[] = [];
  for (const { logGroupName = '' } of logGroups) {
    for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName })) {
      texts.push([logGroupName, events.map(({ message }) => message).join('\n')]);
    }
  }
  logs.destroy();
  return texts;
}

/** What opens a door to whoever holds it: passwords of users, tokens, signatures of URLs that were handed out. */
const handedOut = new Map<string, string>();

/** A file that is put and fetched by the URLs the help desk gives, as browsers do. */
async function attach(agent: SignedIn, id: string): Promise<void> {
  const file = { fileName: 'note.txt', contentType: 'text/plain', size: 5 };
  const announced = await agent.call(`/tickets/${id}/attachments`, 'POST', file);
  expect(announced.status).toBe(201);
  const { id: attachmentId, upload } = announced.body as {
    id: string;
    upload: { method: string; url: string; headers: Record<string, string> };
  };
  const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: 'hello' });
  expect(put.status).toBe(200);
  const told = await agent.call(`/tickets/${id}/attachments/${attachmentId}`, 'GET', undefined, {
    accept: 'application/json',
  });
  const { url } = told.body as { url: string };
  expect(await (await fetch(url)).text()).toBe('hello');
  // One that is refused is told of in a log.
  expect((await fetch(`${url}&more`)).status).toBe(403);
  for (const [what, signed] of [
    ['the signature of an upload', upload.url],
    ['the signature of a download', url],
  ] as const) {
    handedOut.set(what, new URL(signed).searchParams.get('X-Amz-Signature') as string);
  }
}

/** Somebody whose password and refresh token are used, and used wrongly. */
async function signInByHand(): Promise<void> {
  const pool = await userPoolOf(running);
  const email = 'eve@example.com';
  const password = await pool.make(email, ['customer']);
  const ask = (AuthFlow: 'USER_PASSWORD_AUTH' | 'REFRESH_TOKEN_AUTH', AuthParameters: Record<string, string>) =>
    pool.cognito.send(new InitiateAuthCommand({ ClientId: pool.clientId, AuthFlow, AuthParameters }));
  const { AuthenticationResult } = await ask('USER_PASSWORD_AUTH', { USERNAME: email, PASSWORD: password });
  const { RefreshToken = '' } = AuthenticationResult ?? {};
  await ask('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: RefreshToken });
  await expect(ask('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: `${RefreshToken}x` })).rejects.toThrow();
  handedOut.set('the password of eve', password).set('the refresh token of eve', RefreshToken);
  pool.close();
}

async function journey(): Promise<void> {
  const agent = await signIn(running);
  for (const [kind, token] of Object.entries({ ID: agent.token, access: agent.accessToken })) {
    handedOut.set(`the ${kind} token of the agent`, token.split('.')[2] as string);
  }
  await signInByHand();
  const opened = await agent.call('/tickets', 'POST', TICKET);
  expect(opened.status).toBe(201);
  const { id } = opened.body as { id: string };
  expect((await agent.call('/tickets', 'POST', '{')).status).toBe(400);
  expect((await agent.call(`/tickets/${id}`)).status).toBe(200);
  await attach(agent, id);
  expect((await agent.call(`/tickets/${id}/draft`, 'POST')).status).toBe(200);
  expect((await call(`${running.apiUrl}/health`)).status).toBe(200);
  // A function error, whose stack and context are logged.
  expect((await sampan(['invoke', 'TicketsFunction', '--state', state], { cwd: project })).code).toBe(1);
}

afterAll(async () => {
  await running.stop();
  removeTemporaryDirectories();
});

describe.each([
  ['after a first evening', []],
  ['started again for sam local', ['--services-only']],
])('%s', (_name, args) => {
  let passwords: Needles;
  let credentials: Needles;

  beforeAll(async () => {
    if (running) await running.stop();
    running = await startSampan({ cwd: project, state, args });
    if (args.length === 0) {
      await journey();
      former = await rotate();
      await provoke();
    }
    if (args.length > 0) await sampan(['invoke', 'HealthFunction', '--state', state], { cwd: project });
    passwords = new Map([...(await passwordsOf()), ...former]);
    credentials = new Map([...sessionCredentials(), ...issued()]);
  });

  test('there is something to look for, too long to be found by chance', () => {
    // Two of the database, three that webhooks are signed with, one of a person, and one that was.
    expect([...passwords.keys()]).toHaveLength(7);
    expect(issued().size).toBeGreaterThanOrEqual(2);
    expect([...passwords.keys()]).toContain('the password of help_desk');
    for (const password of passwords.values()) expect(password.length).toBeGreaterThanOrEqual(20);
  });

  onLinux('no process has a password in its variables or its command line', () => {
    const processes = processTree(running.pid);
    expect(processes.length).toBeGreaterThan(3);
    expect(
      found(
        passwords,
        processes.map(({ pid, command }) => [`command line of ${pid}`, command] as const),
      ),
    ).toEqual([]);
    const variables = environments().map(({ pid, environ }) => [`variables of ${pid}`, environ] as const);
    expect(variables.length).toBeGreaterThan(3);
    expect(found(passwords, variables)).toEqual([]);
  });

  onLinux('session credentials are variables of their own environment alone', () => {
    expect(sessionCredentials().size).toBeGreaterThanOrEqual(2);
    for (const [what, needle] of sessionCredentials()) {
      const stream = what.split(' ').at(-1) as string;
      const strangers = environments().filter(({ environ }) => environ.includes(needle) && !environ.includes(stream));
      expect(strangers.map(({ pid }) => `${what} in ${pid}`)).toEqual([]);
    }
  });

  test('no file has any of them but the store, which only its owner can read', () => {
    const files = filesBelow(state);
    const named = new Map([...passwords, ...credentials]);
    const holders = files.filter((file) => found(named, textsOf(file)).length > 0);
    expect(holders.filter((file) => !STORE.test(file))).toEqual([]);
    // It is where they are: the search works.
    expect(holders).not.toEqual([]);
    for (const file of files.filter((name) => STORE.test(name))) {
      expect([file, (statSync(file).mode & 0o777).toString(8)]).toEqual([file, '600']);
    }
    expect((statSync(state).mode & 0o077).toString(8)).toBe('0');
  });

  test('in the store, only the collections that are for them have any', () => {
    const named = new Map([...passwords, ...credentials]);
    const holders = documents().filter(({ json }) => found(named, [['', json]]).length > 0);
    const others = holders.filter(({ collection }) => !KEEPERS.includes(collection));
    expect(others.map(({ collection, key }) => `${collection} ${key}`)).toEqual([]);
    expect(new Set(holders.map(({ collection }) => collection))).toContain('secretsmanager/secrets');
  });

  test('nothing that was handed out to a user is written anywhere', async () => {
    expect(handedOut.size).toBe(6);
    for (const needle of handedOut.values()) expect(needle.length).toBeGreaterThanOrEqual(20);
    const files = filesBelow(state).flatMap(textsOf);
    const printed: Text[] = [
      ['stdout', running.stdout()],
      ['stderr', running.stderr()],
    ];
    expect(found(handedOut, [...files, ...(await logged()), ...printed])).toEqual([]);
  });

  test('what other commands and sam local read has none of them', () => {
    const announced: Text = ['running.json', readFileSync(join(state, 'running.json'), 'utf8')];
    expect(announced[1]).toContain('awsUrl');
    const variables =
      args.length > 0 ? [['sam-local.json', readFileSync(join(state, 'sam-local.json'), 'utf8')] as const] : [];
    for (const [, text] of variables) expect(text).toContain('DATABASE_SECRET_ARN');
    expect(found(new Map([...passwords, ...credentials]), [announced, ...variables])).toEqual([]);
  });

  test('no log group, and nothing that was printed, has any of them', async () => {
    const texts = await logged();
    expect(texts.map(([name]) => name)).toContain('/aws/lambda/help-desk-tickets');
    expect(texts.some(([, text]) => text.includes('platform.report'))).toBe(true);
    const printed: Text[] = [
      ['stdout', running.stdout()],
      ['stderr', running.stderr()],
    ];
    expect(found(new Map([...passwords, ...credentials]), [...texts, ...printed])).toEqual([]);
  });
});
