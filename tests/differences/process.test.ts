/** What the process of a function meets that it would not meet on AWS. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DownloadError, type Downloads } from '../../local/cli/downloads.ts';
import { functions, type House, inHouse, openHouse } from '../conformance/house.ts';

/** Answers what the event's `text` evaluates to. */
const EVALUATES = `const fs = require('node:fs'), os = require('node:os'), cp = require('node:child_process');
exports.handler = async ({ text }) => (0, eval)(text)({ fs, os, cp });`;

const CONTENTS = functions(
  {
    any: { code: EVALUATES, Timeout: 10, MemorySize: 128, Layers: [{ Ref: 'Shared' }] },
    imports: {
      code: { 'index.mjs': `export const handler = async () => (await import('shared')).name;` },
      Layers: [{ Ref: 'Shared' }],
    },
  },
  { Shared: { Type: 'AWS::Serverless::LayerVersion', Properties: { ContentUri: './shared' } } },
);
const FILES = {
  ...CONTENTS.files,
  'shared/nodejs/node_modules/shared/package.json': '{"type":"module","exports":"./index.js"}',
  'shared/nodejs/node_modules/shared/index.js': "export const name = 'from the layer';",
};

let server: Server;
let port = 0;
beforeAll(async () => {
  server = createServer((_, response) => response.end('the machine')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

/** What `body` gives inside the function; it is told what the function may use. */
async function inside(house: House, body: string): Promise<unknown> {
  const { value, functionError } = await house.invoke('any', { text: `async ({ fs, os, cp }) => ${body}` });
  if (functionError) throw new Error(JSON.stringify(value));
  return value;
}

const curl = (url: string) => `cp.spawnSync('curl', ['-s', '--max-time', '2', ${url}], { encoding: 'utf8' }).stdout`;

describe('at the process level', () => {
  const house = inHouse({ ...CONTENTS, files: FILES, sandbox: 'process' });

  test('P1: a program that is not Node is not held, which the log says', async () => {
    expect(await inside(house(), curl(`'http://127.0.0.1:${port}/'`))).toBe('the machine');
    await house().log('/sampan', /curl, started by environment \S+, is not held/);
  });

  test('P2: a hard-coded /tmp is the machine’s, and no size is held', async () => {
    const directory = mkdtempSync('/tmp/sampan-difference-');
    try {
      const file = join(directory, 'file');
      expect(await inside(house(), `{ fs.writeFileSync(${JSON.stringify(file)}, 'x'); return os.tmpdir(); }`)).not.toBe(
        '/tmp',
      );
      expect(existsSync(file)).toBe(true);
      // AWS: ENOSPC after 512 MB. A file with a hole has the size and takes no space.
      const grow = `{ const file = os.tmpdir() + '/large'; fs.writeFileSync(file, ''); const { type, bsize } = fs.statfsSync(os.tmpdir()); fs.rmSync(file); return bsize * fs.statfsSync(os.tmpdir()).blocks; }`;
      expect(await inside(house(), grow)).toBeGreaterThan(513 * 2 ** 20);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('P3: code and layers can be written to, layers are not at /opt, and all your files are there', async () => {
    const write = `{ fs.writeFileSync(process.env.LAMBDA_TASK_ROOT + '/new', ''); fs.rmSync(process.env.LAMBDA_TASK_ROOT + '/new'); return true; }`;
    expect(await inside(house(), write)).toBe(true);
    expect(await inside(house(), `fs.existsSync('/opt/nodejs/node_modules/shared')`)).toBe(false);
    expect(await inside(house(), `fs.existsSync(${JSON.stringify(process.cwd())})`)).toBe(true);
  });

  test('P4: loopback is the machine’s', async () => {
    const listen = `new Promise((resolve) => { const s = require('node:net').createServer((c) => c.end('x')).listen(0, '127.0.0.1', () => resolve(s.address().port)); })`;
    const opened = Number(
      await inside(house(), listen.replace("require('node:net')", "process.getBuiltinModule('node:net')")),
    );
    const { connect } = await import('node:net');
    await new Promise((resolve, reject) =>
      connect(opened, '127.0.0.1', () => resolve(undefined))
        .on('error', reject)
        .on('data', () => {}),
    );
  });

  test('P11: import does not find the modules of layers', async () => {
    expect((await house().invoke('imports')).value).toMatchObject({
      errorMessage: expect.stringContaining("'shared'"),
    });
    expect(await inside(house(), `process.env.NODE_PATH.includes('nodejs/node_modules')`)).toBe(true);
  });
});

describe('at the best level there is', () => {
  const house = inHouse({ ...CONTENTS, files: FILES });

  test('P5: at the namespaces level a program that is not Node reaches no other host', async () => {
    if (house().cloud.sandbox.level !== 'namespaces') return console.warn('not tested: there are no user namespaces');
    expect(await inside(house(), curl(`process.env.AWS_ENDPOINT_URL + '/_sampan/health'`))).toBe('');
    expect(await inside(house(), `(await fetch(process.env.AWS_ENDPOINT_URL + '/_sampan/health')).status`)).toBe(200);
  });

  test('P6: the system is this machine’s', async () => {
    expect(await inside(house(), 'os.release()')).toBe(release());
  });

  test('P8: a function has whole processors, whatever its memory', async () => {
    const spin = `{ const from = performance.now(), used = process.cpuUsage(); while (performance.now() - from < 300); const { user, system } = process.cpuUsage(used); return (user + system) / 300000; }`;
    // AWS: 7 % at 128 MB.
    expect(await inside(house(), spin)).toBeGreaterThan(0.15);
  });

  test('P12: Node is started without --expose-gc, and has gc all the same', async () => {
    expect(await inside(house(), `[process.execArgv.includes('--expose-gc'), typeof gc]`)).toEqual([false, 'function']);
  });

  test('P15: what Node compiled is kept, and a function can tell', async () => {
    const kept = `process.getBuiltinModule('node:module').getCompileCacheDir() ?? null`;
    expect(await inside(house(), kept)).toEqual(expect.any(String));
  });
});

describe('what a managed runtime brings', () => {
  const asked: string[][] = [];
  const nothing: Downloads = {
    node: () => Promise.reject(new DownloadError('there is no network')),
    packages: (_, names) => {
      asked.push([...names]);
      return Promise.reject(new DownloadError('there is no network'));
    },
  };
  const cacheDirectory = mkdtempSync(join(tmpdir(), 'sampan-nothing-'));
  let house: House;
  beforeAll(async () => {
    const contents = functions({
      old: { code: 'exports.handler = async () => process.versions.node;', Runtime: 'nodejs22.x' },
      sdk: `exports.handler = async () => require('@aws-sdk/client-sqs');`,
    });
    house = await openHouse({ ...contents, downloads: nothing, cacheDirectory });
  });
  afterAll(async () => {
    await house.close();
    rmSync(cacheDirectory, { recursive: true });
  });

  test('P9: nodejs22.x runs on Node 24 where Node 22 cannot be had', async () => {
    expect((await house.invoke('old')).value).toBe(process.versions.node);
    await house.log('/sampan', /nodejs22\.x runs on Node\.js 24\.\S+: there is no network/);
  });

  test('P10: of the SDK, only what code names is there, in whatever version is the newest', async () => {
    expect((await house.invoke('sdk')).value).toMatchObject({
      errorMessage: expect.stringContaining('@aws-sdk/client-sqs'),
    });
    // AWS: all of it, in the version of the runtime.
    expect(asked).toEqual([['@aws-sdk/client-sqs']]);
  });
});
