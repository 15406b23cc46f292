/** The package as a stranger gets it: packed, installed in an empty folder, beside a template we have never seen. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import {
  cacheWithNode24,
  call,
  otherNode,
  projectOf,
  REPOSITORY,
  type RunOptions,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  temporaryDirectory,
} from './sampan.ts';

jest.setTimeout(300_000);
afterAll(removeTemporaryDirectories);

const TEMPLATE = `Transform: AWS::Serverless-2016-10-31
Resources:
  GreetFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: nodejs24.x
      Events:
        Greet: { Type: Api, Properties: { Path: '/greet/{name}', Method: get } }
`;

const HANDLER = `exports.handler = async (event) => {
  console.log('greeting', event.pathParameters.name);
  return { statusCode: 200, body: JSON.stringify({ hello: event.pathParameters.name }) };
};
`;

/** A stranger's variables: nothing that npm, Jest or this repository put there. */
function strangersEnvironment(path: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|JEST_|INIT_CWD$|SAMPAN_)/i.test(name));
  // Where the person's npm takes packages from is theirs, not this repository's.
  const own = Object.entries(process.env).filter(([name]) =>
    /^npm_config_(registry|cache|userconfig|https?_proxy)$/i.test(name),
  );
  return { ...(Object.fromEntries([...kept, ...own]) as Record<string, string>), PATH: path };
}

/** The Node a stranger has: not 24 where the machine has another one. */
const node = otherNode ?? process.execPath;
const environment = strangersEnvironment(`${dirname(node)}:${process.env['PATH']}`);

function npm(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    env: environment,
    encoding: 'utf8',
  });
}

const reach = npm(['view', 'picocolors', 'version', '--fetch-retries=0', '--fetch-timeout=5000'], REPOSITORY);
const reason = reach.status === 0 ? '' : ' (skipped: the npm registry cannot be reached)';

(reason ? describe.skip : describe)(`the packed package${reason}`, () => {
  let home: string;
  let installed: string;
  const inHome = (): RunOptions => ({
    cwd: home,
    command: ['npx', 'sampan'],
    env: { SAMPAN_CACHE: cacheWithNode24() },
    environment,
  });

  beforeAll(() => {
    const packed = temporaryDirectory('packed');
    const pack = npm(
      ['pack', '--workspace', 'local', '--pack-destination', packed, '--ignore-scripts=false', '--silent'],
      REPOSITORY,
    );
    expect(pack).toMatchObject({ status: 0, stderr: '' });
    home = projectOf({ 'template.yaml': TEMPLATE, 'src/app.js': HANDLER });
    const tarball = readdirSync(packed).map((name) => join(packed, name))[0] as string;
    const install = npm(['install', '--ignore-scripts=false', '--prefer-offline', tarball], home);
    expect(install).toMatchObject({ status: 0 });
    installed = join(home, 'node_modules', 'sampan');
  });

  test('it has what it needs and no more: no sources, no tests, nothing of the build', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'LICENSE', 'README.md', 'bin/sampan.mjs', 'dist/main.js']),
    );
    expect(files.filter((file) => /\.ts$|\.test\.|fixtures|\.sources$|set-up\.mjs$/.test(file))).toEqual([]);
  });

  test("AWS's runtime client is in it, with its licence, and not a dependency whose install would compile curl", () => {
    const runtime = readdirSync(join(installed, 'dist', 'runtime'));
    expect(runtime).toEqual(
      expect.arrayContaining([
        'aws-lambda-ric.mjs',
        'aws-lambda-ric.LICENSE',
        'aws-lambda-ric.NOTICE',
        'aws-lambda-ric.THIRD-PARTY-LICENSES',
      ]),
    );
    expect(existsSync(join(home, 'node_modules', 'aws-lambda-ric'))).toBe(false);
  });

  test('what the code imports is what the manifest asks for', () => {
    const dist = join(installed, 'dist');
    const code = readdirSync(dist)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(dist, name), 'utf8'));
    const imported = new Set(
      [...code.join('\n').matchAll(/(?:\bfrom|\bimport|\bimport\(|\.resolve\()\s*["']([@a-z][^"'$\s]*)["']/g)]
        .map(([, name]) => /^(@[^/]+\/)?[^/]+/.exec(name as string)?.[0] as string)
        .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name)),
    );
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      dependencies: object;
    };
    expect([...imported].sort()).toEqual(Object.keys(dependencies).sort());
  });

  test('no file names the folder it was made in', () => {
    expect(spawnSync('grep', ['-rlF', REPOSITORY, installed], { encoding: 'utf8' })).toMatchObject({
      status: 1,
      stdout: '',
    });
  });

  test('npx sampan --version, template', async () => {
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string };
    expect(await sampan(['--version'], inHome())).toMatchObject({ code: 0, stdout: `${version}\n` });
    const { code, stdout } = await sampan(['template'], inHome());
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ Resources: { GreetFunction: { Type: 'AWS::Lambda::Function' } } });
  });

  test('sampan check and explain: the pages, tables and policies they need are in it', async () => {
    const command = [join(home, 'node_modules', '.bin', 'sampan')];
    const [checked, page, explained] = await Promise.all([
      sampan(['check'], { ...inHome(), command }),
      sampan(['check', '--explain', 'permission-missing'], { ...inHome(), command }),
      // What the function may do, only AWS's own policy says.
      sampan(['explain', 'GreetFunction', 'logs:PutLogEvents'], { ...inHome(), command }),
    ]);
    const finding = /log-retention +template\.yaml:\d+ +GreetFunction/;
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(finding) });
    expect(page).toMatchObject({ code: 0, stdout: expect.stringContaining('# `permission-missing`') });
    const policy = "AWS's policy AWSLambdaBasicExecutionRole";
    expect(explained).toMatchObject({ code: 0, stdout: expect.stringContaining(policy) });
  });

  test('npx sampan start serves it; Ctrl-C ends it', async () => {
    const running = await startSampan({ ...inHome(), state: join(home, '.sampan'), detached: true });
    expect(await call(`${running.apiUrl}/greet/Ada`)).toMatchObject({ status: 200, body: { hello: 'Ada' } });
    await running.said(/greeting Ada/);
    process.kill(-running.launchedPid, 'SIGINT');
    const { ms } = await running.stop('SIGCONT');
    expect(ms).toBeLessThan(2_500);
  });
});
