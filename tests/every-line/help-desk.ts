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
  artifactKey,
  buildables,
  type Json,
  type JsonObject,
  loadStack,
  parseDocument,
  readDocument,
} from '../../local/template/index.ts';

export const ROOT = process.cwd();
export const IDENTITY = { stackName: 'help-desk', region: 'us-east-1', accountId: '123456789012' };

export interface HelpDesk {
  readonly cloud: Cloud;
  readonly apiUrl: string;
  /**
   * Makes what exists agree with this text of the template, and leaves what it comes to when something is refused.
   * @param renewed functions that get new execution environments, custom resources whose function is called again, log
   *   groups that are made anew, event source mappings that are updated; by logical id, those of mappings as SAM makes them
   */
  apply(text: string, renewed?: readonly string[]): Promise<ReconcileReport>;
  /** An agent's ID token, of the user pool as it is now. */
  token(): Promise<string>;
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
  /** By user pool and client. */
  const tokens = new Map<string, Promise<string>>();
  function token(): Promise<string> {
    const { UserPool, UserPoolClient } = cloud.physicalIds();
    const key = `${UserPool} ${UserPoolClient}`;
    const known = tokens.get(key) ?? tokenOf(cloud);
    tokens.set(key, known);
    return known;
  }
  const generations = new Map<string, number>();
  let lines: string[] = [];
  cloud.kernel.telemetry.onLog((_source, { message }) => void lines.push(message));

  return {
    cloud,
    apiUrl: `http://127.0.0.1:${door.port}`,
    async apply(text, renewed = []) {
      for (const logicalId of renewed) generations.set(logicalId, (generations.get(logicalId) ?? 0) + 1);
      const document = parseDocument(text, 'template.yaml', { ...IDENTITY, read: readIncluded });
      const resources = document.tree['Resources'] as unknown as Resources;
      still(resources);
      for (const [logicalId, generation] of generations) renew(resources, logicalId, generation);
      if (generations.size > 0) hurry(resources);
      const stack = loadStack(document, { ...IDENTITY, parameterOverrides, artifacts });
      return cloud.reconciler.apply(stack, { onFailure: 'continue' });
    },
    token,
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

const AGENT = { Username: 'grace@example.com', Password: 'Correct-horse-7-battery' };

async function tokenOf({ kernel, physicalIds }: Cloud): Promise<string> {
  const { UserPool: UserPoolId = '', UserPoolClient: ClientId = '' } = physicalIds();
  const ask = (operation: string, input: JsonObject) =>
    kernel.dispatch({ caller: { kind: 'client' }, service: 'cognito-idp', operation, input });
  const { Username, Password } = AGENT;
  const UserAttributes = [
    { Name: 'email', Value: Username },
    { Name: 'email_verified', Value: 'true' },
  ];
  await ask('AdminCreateUser', { UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }).catch((error) => {
    if (error.code !== 'UsernameExistsException') throw error;
  });
  await ask('AdminSetUserPassword', { UserPoolId, Username, Password, Permanent: true });
  await ask('AdminAddUserToGroup', { UserPoolId, Username, GroupName: 'agent' });
  const AuthParameters = { USERNAME: Username, PASSWORD: Password };
  const signedIn = await ask('InitiateAuth', { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
  return (signedIn as { AuthenticationResult: { IdToken: string } }).AuthenticationResult.IdToken;
}

/** Files that the template includes. */
export const readIncluded = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Resource {
  readonly Type: string;
  readonly Properties: JsonObject;
}

type Resources = Readonly<Record<string, Resource | undefined>>;

/** Events of functions by which something comes by itself. */
const SOURCES: ReadonlySet<Json | undefined> = new Set(['SQS', 'DynamoDB', 'Schedule']);

/**
 * Nothing is done by itself: consumers are handed their work by whoever asks for it, and a minute that passes starts
 * nobody. Lambda asks the role of a mapping that is switched off all the same.
 */
function still(resources: Resources): void {
  for (const resource of Object.values(resources)) {
    if (resource?.Type !== 'AWS::Serverless::Function') continue;
    for (const event of Object.values((resource.Properties['Events'] ?? {}) as unknown as Record<string, Resource>)) {
      if (SOURCES.has(event.Type)) event.Properties['Enabled'] = false;
    }
  }
}

/** Changes something that nobody looks at, and that makes the resource anew. */
function renew(resources: Resources, logicalId: string, generation: number): void {
  const [, ofFunction = '', event = ''] = /^(\w+Function)(\w+)$/.exec(logicalId) ?? [];
  const mapping = (resources[ofFunction]?.Properties['Events'] as Resources | undefined)?.[event];
  if (mapping) {
    if (mapping.Type === 'DynamoDB') mapping.Properties['MaximumRecordAgeInSeconds'] = 3_600 + generation;
    else mapping.Properties['ScalingConfig'] = { MaximumConcurrency: 5 + generation };
    return;
  }
  const resource = resources[logicalId];
  if (!resource) return;
  const { Type, Properties } = resource;
  if (Type === 'AWS::Logs::LogGroup') Properties['LogGroupName'] = `/help-desk/${logicalId}/${generation}`;
  else if (Type === 'AWS::Serverless::Function') {
    const { Variables = {} } = (Properties['Environment'] ?? {}) as { Variables?: JsonObject };
    Properties['Environment'] = { Variables: { ...Variables, GENERATION: String(generation) } };
  } else Properties['Generation'] = generation;
}

/**
 * The migration keeps ten of its seconds for its answer, and waits for the database as long as it has others; the
 * assistant asks its model again as long as it has more than three and a half.
 */
function hurry({ MigrateDatabaseFunction, AssistantFunction }: Resources): void {
  if (MigrateDatabaseFunction) MigrateDatabaseFunction.Properties['Timeout'] = 13;
  if (AssistantFunction) AssistantFunction.Properties['Timeout'] = 6;
}

/** Conditions of the template that hold with the parameters that tests leave as they are. */
export const holds = (condition: string): boolean => condition === 'HasTrail';
