import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { importsOf, missingRuntimeImports } from './runtime-imports.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'runtime-imports-'));
  made.push(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

test('finds every way to import, minified or not', () => {
  expect(
    importsOf(`
      const { S3Client } = require('@aws-sdk/client-s3');
      import { a } from "@aws-sdk/client-sqs";
      import"@aws-sdk/client-sns";export*from"@smithy/types";
      const late = await import('@aws-sdk/lib-dynamodb');
      require.resolve("@aws-sdk/client-ssm/package.json");
    `).sort(),
  ).toEqual([
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sns',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-ssm',
    '@aws-sdk/lib-dynamodb',
    '@smithy/types',
  ]);
});

test('examples in comments are no imports', () => {
  expect(
    importsOf(" * import { X } from '@aws-sdk/client-s3';\n// require('@aws-sdk/client-sqs')\n/* from '@aws-sdk/a' */"),
  ).toEqual([]);
});

test('what code or a layer brings is not missing', () => {
  const code = directoryOf({
    'index.mjs':
      "import '@aws-sdk/client-s3'; import '@aws-sdk/client-sqs'; import '@aws-sdk/client-sns'; import 'yaml';",
    'node_modules/@aws-sdk/client-s3/package.json': '{}',
    'node_modules/@aws-sdk/client-s3/index.js': "require('@aws-sdk/core')",
    'node_modules/tools/index.js': "require('@aws-sdk/client-ssm')",
  });
  const layer = directoryOf({
    'nodejs/node24/node_modules/@aws-sdk/client-sqs/package.json': '{}',
    'nodejs/node_modules/mine/index.js': 'require("@aws-sdk/client-sts")',
  });
  expect(missingRuntimeImports(code, [layer], 24)).toEqual([
    '@aws-sdk/client-sns',
    '@aws-sdk/client-ssm',
    '@aws-sdk/client-sts',
  ]);
  expect(missingRuntimeImports(code, [layer], 22)).toContain('@aws-sdk/client-sqs');
});
