/**
 * The local cloud, put together from top to bottom: kernel, doors, execution environments, services. The only place
 * where the rooms meet. What to run in it is `workload.ts`'s matter.
 */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type AwsEndpoint, type EndpointRoute, startAwsEndpoint } from '../doors/aws-endpoint/index.ts';
import { createFunctionUrlDoor } from '../doors/function-url/index.ts';
import { createExecuteApiAuthenticator } from '../doors/rest/authenticate.ts';
import { createCertificateAuthority } from '../kernel/certificates.ts';
import {
  type Clock,
  createKernel,
  createReconciler,
  type Kernel,
  OWN_LOG,
  type Reconciler,
  startXRayDaemon,
} from '../kernel/index.ts';
import { openCompiledCode } from '../runtime/compiled-code.ts';
import { createEgress, createEgressPolicy, type EgressRules } from '../runtime/egress/index.ts';
import { createLauncher, type ManagedRuntime, RUNTIME_API, type Transport } from '../runtime/launcher.ts';
import type { SandboxLevel } from '../runtime/sandbox/contract.ts';
import { createSandbox } from '../runtime/sandbox/index.ts';
import { type RestApis, restApis } from '../services/apigateway/index.ts';
import { type BedrockOptions, bedrockService } from '../services/bedrock/index.ts';
import { cloudFormationService } from '../services/cloudformation/index.ts';
import { cloudTrailService } from '../services/cloudtrail/index.ts';
import { cloudWatchService } from '../services/cloudwatch/index.ts';
import { codeDeployService } from '../services/codedeploy/index.ts';
import { cognitoService, discoveryRoutes } from '../services/cognito/index.ts';
import { dynamoDbService } from '../services/dynamodb/index.ts';
import { ec2Service } from '../services/ec2/index.ts';
import { eventBridgeService } from '../services/eventbridge/index.ts';
import { type Authorization, createAuthorization, iamService } from '../services/iam/index.ts';
import { kmsService } from '../services/kms/index.ts';
import type { EnvironmentSpec } from '../services/lambda/contract.ts';
import {
  codeDownloads,
  createDeliveries,
  createFunctionUrlBook,
  type FunctionUrlBook,
  type LambdaOptions,
  lambdaService,
} from '../services/lambda/index.ts';
import { logsService } from '../services/logs/index.ts';
import { rdsService } from '../services/rds/index.ts';
import { s3Service } from '../services/s3/index.ts';
import { schedulerService } from '../services/scheduler/index.ts';
import { secretsManagerService } from '../services/secretsmanager/index.ts';
import { linkRoutes, snsService } from '../services/sns/index.ts';
import { sqsService } from '../services/sqs/index.ts';
import { ssmService } from '../services/ssm/index.ts';
import { stsService } from '../services/sts/index.ts';
import { xrayService } from '../services/xray/index.ts';
import { ARTIFACT_BUCKET, type Artifact } from '../template/index.ts';
import type { Json } from '../template/stack.ts';
import type { Downloads } from './downloads.ts';
import { type EnvironmentOverrides, withEnvVars } from './env-vars.ts';
import { followLogLabels } from './log-labels.ts';
import { createManagedRuntimes, type ManagedRuntimes } from './managed-runtimes.ts';
import { createNetworkDoors, linesOf, type NetworkDoors } from './network-doors.ts';

export interface CloudOptions {
  readonly accountId: string;
  readonly region: string;
  readonly stateDirectory: string | 'memory';
  readonly host: string;
  /** 0 takes a free one. */
  readonly awsPort: number;
  /** A further address for services and database, e.g. that of Docker's bridge. */
  readonly alsoListenAt?: string;
  /** Node's binary for the functions, and the folder of the files that run inside them. */
  readonly nodePath: string;
  readonly runtimeDirectory: string;
  readonly cacheDirectory: string;
  /** How what the managed runtimes bring is fetched; without it nothing is. */
  readonly downloads?: Downloads;
  /** Default: the strongest that works here. */
  readonly sandbox?: SandboxLevel;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  /** How AWS's Node client speaks to its environment; see `LauncherOptions`. */
  readonly transport?: Transport;
  /** How long an init phase may take, ms; default: Lambda's ten seconds. */
  readonly initTimeoutMs?: number;
  readonly lambda?: Pick<
    LambdaOptions,
    'accountConcurrency' | 'idleMs' | 'maxEnvironments' | 'proactiveInitialization'
  >;
  /** How many times faster than on AWS deployments shift traffic; default 1. */
  readonly deploymentSpeed?: number;
  readonly failFastNetwork: boolean;
  /** Functions get the share of a processor that their memory size has on AWS. */
  readonly cpuLimit?: boolean;
  /** Where a debugger is to wait, by function. */
  readonly inspect?: (spec: EnvironmentSpec) => string | undefined;
  /** As `--env-vars` has them. */
  readonly environmentOverrides?: EnvironmentOverrides;
  /** Who answers Bedrock's calls, and what goes wrong with them; default: the stand-in, nothing. */
  readonly bedrock?: BedrockOptions;
  /** The database server to run. */
  readonly mariadbd?: string;
  readonly onProgress: (text: string) => void;
  readonly health: () => Json;
  readonly routes?: (cloud: () => Cloud) => readonly EndpointRoute[];
}

export interface Cloud {
  readonly kernel: Kernel;
  readonly reconciler: Reconciler;
  readonly endpoint: AwsEndpoint;
  readonly apis: RestApis;
  readonly functionUrls: FunctionUrlBook;
  readonly sandbox: { readonly level: SandboxLevel; readonly reason?: string };
  readonly runtimes?: ManagedRuntimes;
  /** PEM of the local certificate authority. */
  readonly caPem: string;
  /** For what can be made again: the state directory, or a temporary one in memory mode. */
  readonly workDirectory: string;
  /** What S3 keys of built code stand for; the workload fills it. */
  readonly artifacts: Map<string, Artifact>;
  /** Whose log group it is, for people. */
  labelOf(logGroup: string): string;
  /** Of every resource of every stack, by logical id. */
  physicalIds(): Record<string, string>;
  close(): Promise<void>;
}

/** Rejects with StoreError, PortInUse, SandboxError; what was opened by then is closed again. */
export async function openCloud(options: CloudOptions): Promise<Cloud> {
  const { accountId, region, stateDirectory, host } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { failFastNetwork, clock } = options;
    let authorization: Authorization | undefined;
    let network: NetworkDoors | undefined;
    const kernel = createKernel({
      stateDirectory,
      accountId,
      region,
      failFastNetwork,
      clock,
      doors: (parts) => {
        authorization = createAuthorization({ ...parts, places: () => reconciler.places });
        network = createNetworkDoors(parts, () => reconciler);
        return { reach: network.reach, may: authorization.may };
      },
    });
    closers.push(kernel.stop);
    const workDirectory = stateDirectory === 'memory' ? kernel.store.directory('work') : stateDirectory;
    const reconciler = createReconciler({ kernel });
    const artifacts = new Map<string, Artifact>();
    const apis = restApis({ authenticate: createExecuteApiAuthenticator(kernel) });
    const functionUrls = createFunctionUrlBook();
    const deliveries = createDeliveries(kernel);
    const runtimes = options.downloads && createManagedRuntimes(options.cacheDirectory, options.downloads);
    const [authority, sandbox, xray] = await Promise.all([
      createCertificateAuthority(join(workDirectory, 'certificates')),
      createSandbox({
        ...options,
        stateDirectory: workDirectory,
        prefer: options.sandbox,
        onSealed: (program) =>
          say(
            kernel,
            `${program} is not a Node program: it reaches loopback, the Runtime API and, by AWS_ENDPOINT_URL, the AWS services; other hosts, AWS's own host names and the X-Ray daemon it does not reach`,
          ),
        runtimeModules: runtimes && [runtimes.modulesDirectory],
      }),
      startXRayDaemon({ host: '127.0.0.1', port: 0, segment: deliveries.daemonSegment }),
    ]);
    closers.push(xray.close, sandbox.close);
    if (runtimes) linkModules(workDirectory, runtimes.modulesDirectory);
    await sandbox.sweep();
    let cloud: Cloud | undefined;
    const cloudFormation = cloudFormationService({ endpointUrl: () => endpoint.url });
    const downloads = codeDownloads({ endpointUrl: () => endpoint.url });
    const functionUrlDoor = createFunctionUrlDoor({
      ...kernel,
      urls: functionUrls,
      port: () => endpoint.port,
      onBug: (error) => say(kernel, bugReport(error)),
    });
    const endpoint = await startAwsEndpoint({
      ...kernel,
      host,
      port: options.awsPort,
      health: options.health,
      certificates: authority,
      alsoListenAt: options.alsoListenAt,
      routes: [
        functionUrlDoor,
        ...cloudFormation.routes,
        ...downloads.routes,
        ...discoveryRoutes(kernel.dispatch),
        ...linkRoutes(kernel.dispatch),
        ...(options.routes?.(() => cloud as Cloud) ?? []),
      ],
    });
    closers.push(endpoint.stop);
    const egress = createEgress({
      level: sandbox.level,
      rules: egressRules(kernel, network as NetworkDoors, endpoint, xray.address, failFastNetwork),
      door: endpoint,
      caPem: authority.caPem,
      onEscape: (environmentId, program) =>
        say(
          kernel,
          `${program}, started by environment ${environmentId}, is not held: only namespaces hold what is not Node`,
        ),
    });
    closers.push(async () => egress.close());
    const launcher = createLauncher({
      sandbox,
      egress: egress.serve,
      clock: kernel.clock,
      telemetry: kernel.telemetry,
      identities: kernel.identities,
      deliver: deliveries.log,
      region,
      endpointUrl: `http://127.0.0.1:${endpoint.port}`,
      xrayDaemonAddress: xray.address,
      transport: options.transport,
      initTimeoutMs: options.initTimeoutMs,
      inspect: options.inspect,
      cpuLimit: options.cpuLimit,
      compiledCode: openCompiledCode(join(workDirectory, 'compiled')),
      managedRuntime: runtimes && ((spec) => bringTo(spec, runtimes, kernel)),
    });
    closers.push(launcher.stop);
    // Before the environments: what is under way then is not a function's failure, and is tried again at the next start.
    closers.push(() => kernel.outbox.stop());
    const { environmentOverrides } = options;
    for (const definition of [
      cloudFormation,
      s3Service({ foreignBuckets: [cloudFormation.responseBucket] }),
      ec2Service({ lineOf: linesOf(() => reconciler) }),
      stsService(),
      iamService({ authorization: () => authorization as Authorization }),
      kmsService(),
      dynamoDbService(),
      secretsManagerService(),
      ssmService(),
      snsService({ endpointUrl: () => `http://127.0.0.1:${endpoint.port}` }),
      eventBridgeService(),
      cloudTrailService(),
      schedulerService(),
      sqsService({ endpointUrl: () => `http://127.0.0.1:${endpoint.port}` }),
      bedrockService(options.bedrock),
      logsService(),
      cloudWatchService(),
      xrayService(),
      codeDeployService({ speed: options.deploymentSpeed }),
      cognitoService(),
      rdsService({
        certificates: authority,
        cacheDirectory: options.cacheDirectory,
        serverPath: options.mariadbd,
        bindAddresses: options.alsoListenAt ? ['127.0.0.1', options.alsoListenAt] : undefined,
        onProgress: (progress) => options.onProgress(progress.message),
        names: { expressionOf: (arn) => reconciler.places.expressionOf(arn), lineOf: linesOf(() => reconciler) },
      }),
      lambdaService({
        ...options.lambda,
        deliveries,
        downloads,
        launcher: environmentOverrides ? withEnvVars(launcher, environmentOverrides) : launcher,
        catalogue: { find: (bucket, key) => (bucket === ARTIFACT_BUCKET ? artifacts.get(key) : undefined) },
        functionUrls,
      }),
      apis.definition,
    ]) {
      kernel.registry.add(definition);
    }
    cloud = {
      kernel,
      reconciler,
      endpoint,
      apis,
      functionUrls,
      sandbox,
      runtimes,
      caPem: authority.caPem,
      workDirectory,
      artifacts,
      labelOf: followLogLabels(kernel),
      physicalIds: () =>
        Object.fromEntries(
          reconciler
            .stacks()
            .flatMap(({ name }) => reconciler.resources(name))
            .map(({ logicalId, physicalId }) => [logicalId, physicalId]),
        ),
      close,
    };
    return cloud;
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * At the process level code lies below the working directory, where `import` (which knows no NODE_PATH) then finds the
 * SDK before it comes to the project's own packages.
 */
function linkModules(workDirectory: string, modulesDirectory: string): void {
  const link = join(workDirectory, 'node_modules');
  rmSync(link, { force: true });
  symlinkSync(modulesDirectory, link);
}

/** For functions that no template has prepared, and layers that only their ARN tells. */
async function bringTo(spec: EnvironmentSpec, runtimes: ManagedRuntimes, kernel: Kernel): Promise<ManagedRuntime> {
  const { nodePath, troubles } = await runtimes.bring(spec);
  for (const trouble of troubles) say(kernel, `${spec.label}: ${trouble}`);
  return { nodePath };
}

function egressRules(
  kernel: Kernel,
  network: NetworkDoors,
  endpoint: AwsEndpoint,
  xrayAddress: string,
  failFast: boolean,
): EgressRules {
  const [host = '127.0.0.1', port = '2000'] = xrayAddress.split(':');
  return createEgressPolicy({
    addresses: kernel.addresses,
    awsEndpoint: { host: '127.0.0.1', port: endpoint.port },
    runtimeApi: RUNTIME_API,
    xrayDaemon: { host, port: Number(port) },
    failFast,
    canReach: network.canReach,
    canLookUp: network.canLookUp,
    onRefusal: ({ environmentId, hostname, port: to }, { reason }) =>
      say(kernel, `${network.nameOf(environmentId)} cannot reach ${hostname}:${to}: ${reason}`),
    onDoubt: (_question, reason) => say(kernel, reason),
    onConnection({ environmentId, hostname, port: to }, reached) {
      const functionArn = network.functionArnOf(environmentId);
      if (functionArn !== undefined) kernel.usage.connection({ functionArn, hostname, port: to, reached });
    },
  });
}

function say({ telemetry, clock }: Kernel, message: string): void {
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
}

function bugReport(error: unknown): string {
  return `this is a mistake of sampan, please report it\n${error instanceof Error ? error.stack : String(error)}`;
}
