/**
 * What a function may run on, and what AWS answers when it cannot be started.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import type { SandboxLevel } from '../../../local/runtime/sandbox/contract.ts';
import { type FunctionProperties, functions, type House, inHouse, openHouse, ROLE_OF_TEMPLATE } from '../house.ts';

/** A runtime in five lines of shell. */
const SHELL = `#!/bin/sh
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while :; do
  event=$(curl -sS -D "\${TMPDIR:-/tmp}/head" "$api/invocation/next")
  id=$(tr -d '\\r' < "\${TMPDIR:-/tmp}/head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  echo "answering $id"
  curl -sS -X POST "$api/invocation/$id/response" -d "{\\"event\\":$event,\\"handler\\":\\"$_HANDLER\\",\\"root\\":\\"$PWD\\",\\"runtime\\":\\"\${AWS_EXECUTION_ENV-none}\\"}" > /dev/null
done
`;

const NODE = `#!/usr/bin/env node
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
(async () => {
  for (;;) {
    const next = await fetch(api + '/invocation/next');
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const event = await next.json();
    if (event.fail) {
      const error = { errorType: 'Mine.Failed', errorMessage: 'as asked', stackTrace: [] };
      await fetch(api + '/invocation/' + id + '/error', { method: 'POST', body: JSON.stringify(error), headers: { 'Lambda-Runtime-Function-Error-Type': 'Mine.Failed' } });
    } else if (event.exit) process.exit(event.exit);
    else await fetch(api + '/invocation/' + id + '/response', { method: 'POST', body: JSON.stringify({ deadline: Number(next.headers.get('lambda-runtime-deadline-ms')) - Date.now(), names: Object.keys(process.env) }) });
  }
})();
`;

const C = `
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char text[65536];
static int call(const char *method, const char *path, const char *body) {
  char host[64]; int port = 80;
  sscanf(getenv("AWS_LAMBDA_RUNTIME_API"), "%63[^:]:%d", host, &port);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(s, (struct sockaddr *)&to, sizeof to)) exit(7);
  dprintf(s, "%s /2018-06-01/runtime/invocation/%s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: %zu\\r\\n\\r\\n%s", method, path, strlen(body), body);
  int length = 0, n;
  while ((n = read(s, text + length, sizeof text - 1 - length)) > 0) length += n;
  text[length] = 0;
  return close(s);
}
int main(void) {
  for (;;) {
    char id[64], path[128];
    call("GET", "next", "");
    char *at = strcasestr(text, "lambda-runtime-aws-request-id: ");
    sscanf(at + 31, "%63[^\\r]", id);
    snprintf(path, sizeof path, "%s/response", id);
    call("POST", path, "{\\"from\\":\\"C\\"}");
  }
}
`;

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A zip with the compiled program as its `bootstrap`; undefined where there is no compiler. */
function compiled(): Uint8Array | undefined {
  if (process.platform !== 'linux' || !has('gcc')) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'sampan-bootstrap-'));
  try {
    writeFileSync(join(directory, 'bootstrap.c'), C);
    execFileSync('gcc', ['-D_GNU_SOURCE', '-O1', '-o', 'bootstrap', 'bootstrap.c'], {
      cwd: directory,
      stdio: 'inherit',
    });
    return zipSync({ bootstrap: readFileSync(join(directory, 'bootstrap')) });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The first bytes of an ELF program for a processor nobody here has. */
function programFor(machine: number): Uint8Array {
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 'latin1');
  head.set([2, 1, 1], 4);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(machine, 18);
  return head;
}

const provided = (code: FunctionProperties['code'], more = {}) => ({
  Runtime: 'provided.al2023',
  Handler: 'any',
  code,
  ...more,
});

const native = compiled();
const WITHOUT_CURL = has('curl') ? undefined : 'there is no curl';
const WITHOUT_GCC = native === undefined ? 'there is no gcc, or this is no Linux' : undefined;

describe.each<SandboxLevel>(['process', 'namespaces'])('provided.al2023 at the %s level', (sandbox) => {
  let house: House | undefined;
  let impossible: string | undefined;

  beforeAll(async () => {
    const contents = functions(
      {
        shell: provided({ bootstrap: SHELL }),
        node: provided({ bootstrap: NODE }),
        layered: provided({ 'nothing.txt': '' }, { Layers: [{ Ref: 'Runtime' }] }),
        missing: provided({ 'nothing.txt': '' }),
        plain: provided({ bootstrap: 'echo hello' }),
        foreign: provided({}, { CodeUri: './foreign.zip' }),
        ...(native && { native: provided({}, { CodeUri: './native.zip' }) }),
      },
      { Runtime: { Type: 'AWS::Serverless::LayerVersion', Properties: { ContentUri: './runtime' } } },
    );
    const files = {
      ...contents.files,
      'runtime/bootstrap': NODE,
      'foreign.zip': zipSync({ bootstrap: programFor(0x16) }),
      ...(native && { 'native.zip': native }),
    };
    try {
      house = await openHouse({ ...contents, files, sandbox });
    } catch (error) {
      if (sandbox === 'process' || (error as Error).name !== 'SandboxError') throw error;
      impossible = (error as Error).message;
    }
  }, 30_000);
  afterAll(() => house?.close());

  const at = (name: string, body: (there: House) => Promise<void>, without?: string) =>
    test(name, async () => {
      if (house && without === undefined) await body(house);
      else console.warn(`not tested, since ${impossible ?? without}`);
    });

  at(
    'a shell script is a runtime',
    async (there) => {
      for (const n of [1, 2]) {
        expect((await there.invoke('shell', { n })).value).toEqual({
          event: { n },
          handler: 'any',
          root: sandbox === 'namespaces' ? '/var/task' : expect.any(String),
          runtime: 'none',
        });
      }
      expect(await there.log('shell', /REPORT[\s\S]*REPORT/)).toMatch(
        /^INIT_START Runtime Version: provided:al2023\.v1\t[^\n]*\nSTART RequestId: (\S+) Version: \$LATEST\nanswering \1\nEND/,
      );
    },
    WITHOUT_CURL,
  );

  at(
    'a compiled program is a runtime',
    async (there) => expect((await there.invoke('native')).value).toEqual({ from: 'C' }),
    WITHOUT_GCC,
  );

  at('it is told the deadline, and nothing of how it is held', async (there) => {
    const { value } = await there.invoke('node');
    expect(value.deadline).toBeGreaterThan(1000);
    expect(value.deadline).toBeLessThanOrEqual(3000);
    expect(value.names).toEqual(expect.arrayContaining(['AWS_LAMBDA_RUNTIME_API', '_HANDLER', 'LAMBDA_TASK_ROOT']));
    expect(value.names.filter((name: string) => /SAMPAN|NODE_/.test(name))).toEqual([]);
  });

  at('its errors are the invocation’s, and the next invocation goes on', async (there) => {
    const failed = await there.invoke('node', { fail: true });
    expect(failed.functionError).toBe('Unhandled');
    expect(failed.value).toMatchObject({ errorType: 'Mine.Failed', errorMessage: 'as asked' });
    const exited = await there.invoke('node', { exit: 3 });
    expect(exited.value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
    });
    expect((await there.invoke('node')).functionError).toBeUndefined();
  });

  at('the bootstrap may be a layer’s', async (there) => {
    expect((await there.invoke('layered')).functionError).toBeUndefined();
  });

  at('without a bootstrap nothing can start', async (there) => {
    expect((await there.invoke('missing')).value).toEqual({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringMatching(
        /^RequestId: \S+ Error: Couldn't find valid bootstrap\(s\): \[\/var\/task\/bootstrap \/opt\/bootstrap\]$/,
      ),
    });
    expect(await there.log('missing', /REPORT/)).toContain('Error Type: Runtime.InvalidEntrypoint');
  });

  at('what cannot be executed is named at start already, with what to mend', async (there) => {
    const findings = there.diagnostics().map(({ resource, message }) => `${resource}: ${message}`);
    expect(findings).toContainEqual(
      expect.stringMatching(
        /^foreign: Runtime\.InvalidEntrypoint: .*\(it is built for Linux on machine 22, and this machine is /,
      ),
    );
    expect(findings).toContainEqual(
      expect.stringMatching(/^plain: .*permission denied \(it is not executable: chmod \+x\)$/),
    );
  });

  at('what cannot be executed is named as the system names it', async (there) => {
    const messages = { plain: 'permission denied', foreign: 'exec format error' };
    for (const [name, message] of Object.entries(messages)) {
      expect((await there.invoke(name)).value).toMatchObject({
        errorType: 'Runtime.InvalidEntrypoint',
        errorMessage: expect.stringMatching(new RegExp(`Error: fork/exec /var/task/bootstrap: ${message}$`)),
      });
    }
  });
});

describe('runtimes that do not run here', () => {
  const house = inHouse(
    functions(
      {
        node: 'exports.handler = async () => 1;',
        python: { Runtime: 'python3.13', Handler: 'app.handler', code: { 'app.py': 'def handler(e, c): return 1' } },
      },
      {
        Image: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'image',
            PackageType: 'Image',
            Code: { ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/image:latest' },
            Role: ROLE_OF_TEMPLATE,
          },
        },
      },
    ),
  );

  test('they are named at start, with their line', () => {
    const refused = house()
      .diagnostics()
      .filter(({ message }) => /does not run here|do not run here/.test(message));
    expect(refused.map(({ resource, property, at }) => [resource, property, at?.line !== undefined]).sort()).toEqual([
      ['Image', 'Properties.PackageType', true],
      ['python', 'Properties.Runtime', true],
    ]);
  });

  test('the rest of the template runs', async () => {
    expect((await house().invoke('node')).value).toBe(1);
  });

  test('the functions exist', async () => {
    const describe = (FunctionName: string) =>
      house().lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(await describe('python')).toMatchObject({ Runtime: 'python3.13', PackageType: 'Zip', State: 'Active' });
    expect(await describe('image')).toMatchObject({ PackageType: 'Image', State: 'Active' });
  });

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
  test('invoking them is refused by name', async () => {
    for (const [name, message] of [
      ['python', /^python3\.13 does not run here/],
      ['image', /^functions made of container images do not run here/],
    ] as const) {
      await expect(house().invoke(name)).rejects.toMatchObject({
        name: 'InvalidRuntimeException',
        message: expect.stringMatching(message),
        $metadata: { httpStatusCode: 502 },
      });
    }
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated */
test('a runtime that AWS no longer creates functions with fails the template, as it would there', async () => {
  const old = functions({ old: { Runtime: 'nodejs20.x', code: 'exports.handler = async () => 1;' } });
  await expect(openHouse(old)).rejects.toThrow(
    /The runtime parameter of nodejs20\.x is no longer supported for creating or updating AWS Lambda functions/,
  );
});

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included */
describe.each<SandboxLevel>(['process', 'namespaces'])(
  'the AWS SDK of the managed runtimes at the %s level',
  (sandbox) => {
    const client = `const arn = (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn;`;
    const names = `{ STSClient, GetCallerIdentityCommand }`;
    let house: House | undefined;
    let impossible: string | undefined;

    beforeAll(async () => {
      const code = {
        required: `exports.handler = async () => { const ${names} = require('@aws-sdk/client-sts'); ${client} return arn; };`,
        imported: {
          'index.mjs': `import ${names} from '@aws-sdk/client-sts'; export const handler = async () => { ${client} return arn; };`,
        },
        unknown: `const nothing = require('@aws-sdk/client-of-nothing'); exports.handler = async () => nothing;`,
      };
      const all = Object.entries(code).map(([name, text]) => [name, { code: text, Timeout: 10 }]);
      try {
        const layered = {
          Layers: [{ Ref: 'Shared' }],
          code: { 'index.mjs': "import { name } from 'shared'; export const handler = async () => name;" },
        };
        const Shared = { Type: 'AWS::Serverless::LayerVersion', Properties: { ContentUri: './shared' } };
        const contents = functions({ ...Object.fromEntries(all), layered }, { Shared });
        const files = {
          ...contents.files,
          'shared/nodejs/node_modules/shared/package.json': '{"type":"module","exports":"./index.js"}',
          'shared/nodejs/node_modules/shared/index.js': "export const name = 'from the layer';",
        };
        house = await openHouse({ ...contents, files, sandbox });
      } catch (error) {
        if (sandbox === 'process' || (error as Error).name !== 'SandboxError') throw error;
        impossible = (error as Error).message;
      }
      // Where no package can be fetched there is nothing to see but the name of what is missing.
      impossible ??= (await house?.invoke('required'))?.value?.errorType;
    }, 120_000);
    afterAll(() => house?.close());

    test.each(['required', 'imported'])('is there for code that does not bundle it: %s', async (name) => {
      if (impossible !== undefined) return console.warn(`not tested: ${impossible}`);
      expect((await house?.invoke(name))?.value).toMatch(/^arn:aws:sts::123456789012:assumed-role\//);
    });

    if (sandbox === 'namespaces') {
      /** "The Node.js runtime for Lambda searches the folders listed in NODE_PATH when loading ES modules", layers' too. */
      test('and so are the modules of a layer for import', async () => {
        if (house === undefined) return console.warn(`not tested: ${impossible}`);
        expect((await house.invoke('layered')).value).toBe('from the layer');
      });
    }

    test('what cannot be had fails as Node says it', async () => {
      if (house === undefined) return console.warn(`not tested: ${impossible}`);
      expect((await house.invoke('unknown')).value).toMatchObject({
        errorType: 'Runtime.ImportModuleError',
        errorMessage: expect.stringMatching(/^Error: Cannot find module '@aws-sdk\/client-of-nothing'/),
      });
    });
  },
);

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback */
describe.each<SandboxLevel>(['process', 'namespaces'])('nodejs22.x at the %s level', (sandbox) => {
  let house: House | undefined;
  let impossible: string | undefined;

  beforeAll(async () => {
    const runtime = { Runtime: 'nodejs22.x' };
    const contents = functions({
      version: { ...runtime, code: 'exports.handler = async () => [process.version, process.env.NODE_PATH];' },
      callback: {
        ...runtime,
        code: 'exports.handler = (event, context, done) => setTimeout(() => done(null, event), 5);',
      },
      newer: 'exports.handler = async () => [process.version];',
    });
    try {
      house = await openHouse({ ...contents, sandbox });
    } catch (error) {
      if (sandbox === 'process' || (error as Error).name !== 'SandboxError') throw error;
      impossible = (error as Error).message;
    }
  }, 120_000);
  afterAll(() => house?.close());

  test('runs on Node 22, beside functions on 24', async () => {
    if (house === undefined) return console.warn(`not tested: ${impossible}`);
    const [version, path] = (await house.invoke('version')).value;
    if (!version.startsWith('v22.')) return console.warn('not tested: Node 22 could not be fetched');
    expect(path).toContain('/nodejs/node22/node_modules:');
    expect((await house.invoke('newer')).value[0]).toMatch(/^v24\./);
  }, 20_000);

  test('takes callback handlers', async () => {
    if (house === undefined) return console.warn(`not tested: ${impossible}`);
    expect((await house.invoke('callback', { n: 1 })).value).toEqual({ n: 1 });
  });
});
