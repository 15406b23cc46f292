import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { checkProject } from '../../local/cli/check.ts';
import { findProject } from '../../local/cli/project.ts';

// The code is read anew, on a machine that may be busy with other tests.
jest.setTimeout(60_000);

function esbuildBinary(): string {
  const esbuild = createRequire(join(process.cwd(), 'local/package.json')).resolve('esbuild/package.json');
  const platform = `@esbuild/${process.platform}-${process.arch}`;
  return join(dirname(createRequire(esbuild).resolve(`${platform}/package.json`)), 'bin', 'esbuild');
}

async function check(...parameterOverrides: string[]) {
  const project = findProject({ template: 'template.yaml', parameterOverrides, state: 'memory' }, process.cwd());
  const { findings } = await checkProject(project, { esbuildBinary });
  return findings.map(({ code, resource, message, waived }) => ({ code, resource, message, waived }));
}

it.each([
  ['as it is', []],
  ['with a NAT gateway', ['Egress=nat']],
  ['with reserved concurrency and endpoints in two zones', ['ReservedConcurrency=on', 'EndpointZones=2']],
])('sampan check finds nothing without a reason: the template %s', async (_how, overrides) => {
  const found = await check(...overrides);
  // What has to be waived with the defaults need not be found with other parameters.
  const isOfDefaults = (code: string) => code === 'waiver-unused' && overrides.length > 0;
  expect(found.filter(({ code, waived }) => waived === undefined && !isOfDefaults(code))).toEqual([]);
});
