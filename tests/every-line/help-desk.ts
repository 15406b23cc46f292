/**
 * The help desk in a cloud of its own, as `sampan start` puts both together, whose template can be changed line by line:
 * its code is built once, and what an edit changes is reconciled as an update of the stack.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from '../../local/build/index.ts';
import { cacheDirectory } from '../../local/cli/cache-directory.ts';
import { type Cloud, openCloud } from '../../local/cli/cloud.ts';
import { createDownloads } from '../../local/cli/downloads.ts';
import { openRestDoor } from '../../local/doors/rest/server.ts';
import type { ReconcileReport } from '../../local/kernel/index.ts';
import { assembleRuntime } from '../../local/runtime/testing/launch.ts';
import {
  type Artifact,
  artifactKey,
  buildables,
  loadStack,
  parseDocument,
  readDocument,
  type Stack,
} from '../../local/template/index.ts';

export const ROOT = process.cwd();
export const IDENTITY = { stackName: 'help-desk', region: 'us-east-1', accountId: '123456789012' };

export interface HelpDesk {
  readonly cloud: Cloud;
  readonly apiUrl: string;
  /** Makes what exists agree with this text of the template. */
  apply(text: string): Promise<ReconcileReport>;
  /** Everything logged since the last call, by whomever, a line each. */
  logged(): string[];
  close(): Promise<void>;
}

export interface HelpDeskOptions {
  readonly failFastNetwork: boolean;
  readonly parameterOverrides?: Readonly<Record<string, string>>;
}

export async function openHelpDesk({ failFastNetwork, parameterOverrides = {} }: HelpDeskOptions): Promise<HelpDesk> {
  const home = await mkdtemp(join(tmpdir(), 'sampan-every-line-'));
  const cloud = await openCloud({
    ...IDENTITY,
    stateDirectory: 'memory',
    host: '127.0.0.1',
    awsPort: 0,
    nodePath: process.execPath,
    runtimeDirectory: await assembleRuntime(join(home, 'runtime'), true),
    cacheDirectory: cacheDirectory(),
    failFastNetwork,
    onProgress: () => {},
    downloads: createDownloads({
      nodePath: process.execPath,
      program: join(ROOT, 'local/bin/download.mjs'),
      onProgress: () => {},
    }),
    health: () => ({ status: 'ready' }),
  });
  const { artifacts } = await buildAll(
    buildables(readDocument(join(ROOT, 'template.yaml')), { ...IDENTITY, parameterOverrides }),
    {
      outputDirectory: join(cloud.workDirectory, 'build'),
      projectDirectory: ROOT,
      nodePath: process.execPath,
      esbuildBinary: () => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`),
    },
  );
  for (const artifact of artifacts.values()) cloud.artifacts.set(artifactKey(artifact), artifact);
  const door = await openRestDoor({
    host: '127.0.0.1',
    port: 0,
    handle: cloud.apis.handle,
    onBug(error) {
      throw error;
    },
  });
  let lines: string[] = [];
  cloud.kernel.telemetry.onLog((_source, { message }) => void lines.push(message));

  return {
    cloud,
    apiUrl: `http://127.0.0.1:${door.port}`,
    apply: async (text) => cloud.reconciler.apply(stackOf(text, artifacts, parameterOverrides)),
    logged() {
      const said = lines;
      lines = [];
      return said;
    },
    async close() {
      await door.close();
      await cloud.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Files that the template includes. */
export const readIncluded = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

function stackOf(
  text: string,
  artifacts: ReadonlyMap<string, Artifact>,
  parameterOverrides: Readonly<Record<string, string>>,
): Stack {
  const document = parseDocument(text, 'template.yaml', { ...IDENTITY, read: readIncluded });
  return loadStack(document, { ...IDENTITY, parameterOverrides, artifacts });
}
