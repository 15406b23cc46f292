/**
 * A template deployed in the mind: the kernel, the doors and the providers of the real cloud, in memory, with nothing
 * started, nothing built and nothing kept. What commands that only look ask their questions of.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, createReconciler, type Kernel, type ReconcileReport, type Reconciler } from '../kernel/index.ts';
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { ServiceDefinition } from '../kernel/service.ts';
import { type RestApis, restApis } from '../services/apigateway/index.ts';
import { cloudFormationService } from '../services/cloudformation/index.ts';
import { cloudTrailService } from '../services/cloudtrail/index.ts';
import { cloudWatchService } from '../services/cloudwatch/index.ts';
import { codeDeployService } from '../services/codedeploy/index.ts';
import { cognitoService } from '../services/cognito/index.ts';
import { dynamoDbService } from '../services/dynamodb/index.ts';
import { createNetworkPolicy, ec2Service, type NetworkPolicy } from '../services/ec2/index.ts';
import { eventBridgeService } from '../services/eventbridge/index.ts';
import { type Authorization, createAuthorization, iamService } from '../services/iam/index.ts';
import { kmsService } from '../services/kms/index.ts';
import type { EnvironmentLauncher } from '../services/lambda/contract.ts';
import { lambdaService } from '../services/lambda/index.ts';
import { logsService } from '../services/logs/index.ts';
import { rdsService } from '../services/rds/index.ts';
import { s3Service } from '../services/s3/index.ts';
import { schedulerService } from '../services/scheduler/index.ts';
import { secretsManagerService } from '../services/secretsmanager/index.ts';
import { snsService } from '../services/sns/index.ts';
import { sqsService } from '../services/sqs/index.ts';
import { ssmService } from '../services/ssm/index.ts';
import { stsService } from '../services/sts/index.ts';
import {
  ARTIFACT_BUCKET,
  type Artifact,
  artifactKey,
  type Buildable,
  loadStack,
  readDocument,
  type Stack,
} from '../template/index.ts';
import { transformSam } from '../template/sam/index.ts';
import { addDrawnTypes } from './drawn-types.ts';
import type { Project } from './project.ts';
import { bindingsOf, codeToBuild } from './workload.ts';

export interface DrawnCloud {
  readonly stack: Stack;
  readonly kernel: Kernel;
  readonly reconciler: Reconciler;
  /** The may door, and everything that has a say in a request. */
  readonly authorization: Authorization;
  readonly network: NetworkPolicy;
  readonly apis: RestApis;
  /** Every resource that could not be made is an error of it; what needs one of those is a `not-looked-at` warning. */
  readonly report: ReconcileReport;
  /** Functions and layers whose code is on this machine. */
  readonly code: readonly Buildable[];
  resources(): ResourceDescription[];
  close(): Promise<void>;
}

/**
 * Draws a project's template. Rejects with `TemplateError` when it cannot be read; resources that AWS would refuse are
 * part of the report.
 */
export async function drawCloud(project: Project): Promise<DrawnCloud> {
  const { accountId, region } = project;
  const bindings = bindingsOf(project);
  const document = readDocument(project.templateFile, bindings);
  const code = codeToBuild(document, project);
  const doors: { authorization?: Authorization } = {};
  const kernel = createKernel({
    stateDirectory: 'memory',
    accountId,
    region,
    doors(parts) {
      doors.authorization = createAuthorization({ ...parts, places: () => reconciler.places });
      return { may: doors.authorization.may };
    },
  });
  const reconciler = createReconciler({ kernel });
  const authorization = doors.authorization!;
  try {
    const artifacts = drawnArtifacts(code, kernel.store.directory('code'));
    const stack = loadStack(document, { ...bindings, artifacts, transformSam });
    const apis = restApis();
    addServices(kernel, [...services(authorization, artifacts), apis.definition]);
    const report = await reconciler.apply(stack, { onFailure: 'continue' });
    const resources = () => reconciler.resources(stack.name);
    const network = createNetworkPolicy({ store: kernel.store, region });
    return { stack, kernel, reconciler, authorization, network, apis, report, code, resources, close: kernel.stop };
  } catch (error) {
    await kernel.stop();
    throw error;
  }
}

function addServices({ registry }: Kernel, definitions: readonly ServiceDefinition[]): void {
  for (const definition of definitions) registry.add(definition);
  addDrawnTypes(registry);
}

/**
 * Custom resources are left out: nobody invokes their functions, so they exist in name only, and their attributes are
 * made up. The bucket their answers would go to is there to be asked about.
 */
function services(authorization: Authorization, artifacts: ReadonlyMap<string, Artifact>): ServiceDefinition[] {
  const byKey = new Map([...artifacts.values()].map((artifact) => [artifactKey(artifact), artifact]));
  return [
    ec2Service(),
    s3Service({ foreignBuckets: [cloudFormationService({ endpointUrl: () => 'http://127.0.0.1' }).responseBucket] }),
    snsService({ endpointUrl: () => 'http://127.0.0.1' }),
    ssmService(),
    stsService(),
    iamService({ authorization: () => authorization }),
    eventBridgeService({ schedules: 'described' }),
    cloudTrailService(),
    schedulerService({ schedules: 'described' }),
    kmsService(),
    dynamoDbService(),
    secretsManagerService({ rotation: 'described' }),
    sqsService(),
    logsService(),
    cloudWatchService(),
    cognitoService({ pools: 'described' }),
    codeDeployService(),
    rdsService({ servers: 'described' }),
    lambdaService({
      launcher: NO_ENVIRONMENTS,
      catalogue: { find: (bucket, key) => (bucket === ARTIFACT_BUCKET ? byKey.get(key) : undefined) },
      eventSources: 'described',
    }),
  ];
}

/** Provisioned concurrency asks for environments that nobody will invoke. */
const NO_ENVIRONMENTS: EnvironmentLauncher = {
  launch: async () => ({
    id: 'drawn',
    healthy: true,
    invoke: () => Promise.reject(new Error('a drawn cloud runs nothing')),
    async stop() {},
  }),
  async stop() {},
};

/** One empty file stands for everybody's code. */
function drawnArtifacts(code: readonly Buildable[], directory: string): ReadonlyMap<string, Artifact> {
  writeFileSync(join(directory, 'index.js'), '');
  return new Map(
    code.map(({ logicalId }) => [logicalId, { kind: 'built', logicalId, directory, digest: 'd'.repeat(64) }]),
  );
}
