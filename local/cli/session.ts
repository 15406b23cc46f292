/** A project running in a cloud: what `start`, `invoke` and every other command that needs it running have in common. */
import { join } from 'node:path';
import type { EndpointRoute } from '../doors/aws-endpoint/index.ts';
import { canMeasureCpu } from '../runtime/cpu-time.ts';
import type { FaultSpec, ModelSource } from '../services/bedrock/index.ts';
import type { EnvironmentSpec } from '../services/lambda/contract.ts';
import type { FillableProactiveInitialization } from '../services/lambda/index.ts';
import type { Json } from '../template/stack.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { createDownloads } from './downloads.ts';
import { readEnvVars } from './env-vars.ts';
import type { Installation } from './installation.ts';
import type { Progress } from './output/progress.ts';
import { findProject, type Project, type ProjectFlags } from './project.ts';
import { UserError } from './user-error.ts';
import { type Applied, createWorkload, type Workload } from './workload.ts';

export interface CloudFlags extends ProjectFlags {
  readonly awsPort: number;
  readonly host: string;
  readonly envVars?: string;
  readonly debugPort?: number;
  readonly debugFunction?: string;
  readonly sandbox?: 'process' | 'namespaces';
  readonly failFastNetwork: boolean;
  readonly cpuLimit: boolean;
  readonly accountConcurrency?: number;
  /** Seconds. */
  readonly idleTimeout?: number;
  readonly deploymentSpeed?: number;
  readonly bedrock?: ModelSource;
  readonly bedrockFaults?: FaultSpec;
  readonly mariadbd?: string;
}

export interface SessionOptions {
  readonly flags: CloudFlags;
  readonly installation: Installation;
  readonly progress: Progress;
  readonly health: () => Json;
  readonly routes?: (cloud: () => Cloud) => readonly EndpointRoute[];
  /** A further address for services and database, e.g. that of Docker's bridge. */
  readonly alsoListenAt?: string;
  readonly proactiveInitialization?: FillableProactiveInitialization;
}

export interface Session {
  readonly project: Project;
  readonly cloud: Cloud;
  readonly workload: Workload;
  /** Ends everything, in reverse order. */
  close(): Promise<void>;
}

/** Opens the cloud and prepares the project; nothing of it runs before `workload.apply()`. */
export async function openSession({ flags, installation, progress, ...options }: SessionOptions): Promise<Session> {
  const project = findProject(flags, process.cwd());
  if (flags.cpuLimit && !canMeasureCpu()) {
    throw new UserError('--cpu-limit measures processor time in /proc, which only Linux has; leave it out here', 2);
  }
  const overrides = flags.envVars ? readEnvVars(flags.envVars) : undefined;
  const cloud = await openCloud({
    ...installation,
    accountId: project.accountId,
    region: project.region,
    stateDirectory: project.stateDirectory,
    host: flags.host,
    awsPort: flags.awsPort,
    alsoListenAt: options.alsoListenAt,
    // The inspector's port would be out of reach in a network of the environment's own.
    sandbox: flags.debugPort ? 'process' : flags.sandbox,
    failFastNetwork: flags.failFastNetwork,
    cpuLimit: flags.cpuLimit,
    deploymentSpeed: flags.deploymentSpeed,
    lambda: {
      accountConcurrency: flags.accountConcurrency,
      idleMs: flags.idleTimeout === undefined ? undefined : flags.idleTimeout * 1000,
      proactiveInitialization: options.proactiveInitialization,
    },
    inspect: inspectAt(flags),
    environmentOverrides: overrides,
    bedrock: { source: flags.bedrock, faults: flags.bedrockFaults },
    mariadbd: flags.mariadbd,
    onProgress: (text) => progress.note(text),
    downloads: createDownloads({
      nodePath: installation.nodePath,
      program: installation.downloadProgram,
      onProgress: (text) => progress.note(text),
    }),
    health: options.health,
    routes: options.routes,
  });
  const workload = createWorkload(
    {
      project,
      buildDirectory: join(cloud.workDirectory, 'build'),
      nodePath: installation.nodePath,
      esbuildBinary: installation.esbuildBinary,
      runtimes: cloud.runtimes,
      onBuild: (logicalId) => progress.step(`Building ${logicalId} …`),
      onEvent: ({ logicalId, status, type }) => {
        if (type !== 'AWS::CloudFormation::Stack' && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(status)) {
          progress.step(`${status === 'CREATE_IN_PROGRESS' ? 'Making' : 'Changing'} ${logicalId} …`);
        }
      },
    },
    cloud.reconciler,
    cloud.artifacts,
  );
  return {
    project,
    cloud,
    workload,
    async close() {
      workload.close();
      await cloud.close();
    },
  };
}

/** The first environment of the function to debug (or of the first function that runs) waits at the port. */
function inspectAt({
  debugPort,
  debugFunction,
}: CloudFlags): ((spec: EnvironmentSpec) => string | undefined) | undefined {
  if (debugPort === undefined) return undefined;
  let chosen = debugFunction;
  return (spec) => {
    chosen ??= spec.label;
    return chosen === spec.label || chosen === spec.functionName ? `127.0.0.1:${debugPort}` : undefined;
  };
}

/** Whether the stack is there to be used, however the run ended. */
export function isUsable({ report }: Applied): boolean {
  return report.outcome === 'applied' || report.outcome === 'unchanged';
}
