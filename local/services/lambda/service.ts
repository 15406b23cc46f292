/**
 * AWS Lambda. A function has versions; a version has execution environments, started by the launcher it is given; an
 * environment runs one invocation at a time. `execution.ts` is the way of one invocation, `environment-pool.ts`
 * decides which environment takes it.
 */
import { availableParallelism, totalmem } from 'node:os';
import type { Service, ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { ArtifactCatalogue } from '../../template/artifact.ts';
import { DELIVERY_FAILED } from './asynchronous-invocation/deliver.ts';
import { createEventQueue } from './asynchronous-invocation/event-queue.ts';
import { invokeAsyncOperation } from './asynchronous-invocation/invoke-async.ts';
import { createConcurrencyLimits } from './concurrency/concurrency.ts';
import { createProvisioning } from './concurrency/provisioning.ts';
import type { EnvironmentLauncher } from './contract.ts';
import { EnvironmentPool } from './environments/environment-pool.ts';
import type { FillableProactiveInitialization } from './environments/proactive-initialization.ts';
import { createSpareCpu } from './environments/spare-cpu.ts';
import { createMappings, type Mappings } from './event-source-mappings/mappings.ts';
import { createPollerRoom } from './event-source-mappings/poller-room.ts';
import { startQueuePoller } from './event-source-mappings/queues/queue-poller.ts';
import { startStreamPoller } from './event-source-mappings/streams/index.ts';
import { type FillableUrlBook, INVOKE_FUNCTION_URL, invokeFunctionUrlOperation } from './function-urls.ts';
import { Functions } from './functions/functions.ts';
import { exists } from './functions/qualified.ts';
import { createExecution } from './invocation/execution.ts';
import { createFunctionMetrics } from './invocation/function-metrics.ts';
import { invokeOperation } from './invocation/invoke.ts';
import { invokeWithResponseStreamOperation } from './invocation/invoke-with-response-stream.ts';
import { createTracer } from './invocation/trace.ts';
import { parseFunctionName } from './names.ts';
import { managingOperations } from './operations/index.ts';
import { createThroughProvider } from './operations/through-provider.ts';
import { zipOf } from './packages/code.ts';
import { createCodeStore } from './packages/code-store.ts';
import { createCodeSweeper } from './packages/code-sweeper.ts';
import { type CodeDownloads, codeDownloads } from './packages/downloads.ts';
import { lambdaProviders, RESOURCE_TYPES } from './providers/index.ts';
import { openRecords } from './records.ts';
import { lambdaFacts } from './resource-facts.ts';
import { admitting } from './roles/admission.ts';
import { createDeliveries, type Deliveries } from './roles/deliveries.ts';
import { createAskRole } from './roles/execution-role.ts';
import { createVariableKeys } from './roles/variable-keys.ts';
import type { LambdaRoom } from './room.ts';

export interface LambdaOptions {
  readonly launcher: EnvironmentLauncher;
  /** Finds what `build/` made. */
  readonly catalogue: ArtifactCatalogue;
  /**
   * Environments of one function version. Default: twice the cores, and while they leave the cores idle up to sixteen
   * times the cores, or what fits into half of the memory.
   */
  readonly maxEnvironments?: number;
  /** An idle environment is stopped after this long, ms on the clock; default ten minutes. */
  readonly idleMs?: number;
  /** Environments ahead of the first request, once it begins; without it there are none. */
  readonly proactiveInitialization?: FillableProactiveInitialization;
  /** Concurrent executions of the account; default 1000. */
  readonly accountConcurrency?: number;
  /** Makes URLs of code; its routes are the AWS endpoint's. */
  readonly downloads?: CodeDownloads;
  /** The launcher's: logs and traces of its environments go the same way. */
  readonly deliveries?: Deliveries;
  /** Filled for the door that serves function URLs. */
  readonly functionUrls?: FillableUrlBook;
  /** `described`: queues and streams that functions are mapped to are never read. */
  readonly eventSources?: 'read' | 'described';
}

export function lambdaService(options: LambdaOptions): ServiceDefinition {
  return {
    name: 'lambda',
    resourceTypes: RESOURCE_TYPES,
    goesOn: (store) =>
      ['event-source-mappings', 'queued-events'].some(
        (name) => store.collection('lambda', name).list({ limit: 1 }).length > 0,
      ),
    load: async (context) => loadLambda(context, options),
  };
}

/** An idle Node environment's share of the memory, about. */
const ENVIRONMENT_BYTES = 64 * 2 ** 20;

function mostEnvironments(cores: number): number {
  return Math.max(cores * 2, Math.min(cores * 16, Math.floor(totalmem() / 2 / ENVIRONMENT_BYTES)));
}

function loadLambda(context: ServiceContext, options: LambdaOptions): Service {
  const { accountId, region, partition, store, clock, telemetry } = context;
  const { launcher, catalogue } = options;
  const place = { accountId, region, partition };
  const records = openRecords(store);
  options.functionUrls?.fill(records);
  const concurrency = createConcurrencyLimits({
    account: options.accountConcurrency,
    limitsRequests: options.accountConcurrency !== undefined,
    now: () => clock.now(),
  });
  const cores = availableParallelism();
  const limits = {
    immediate: cores,
    maximum: options.maxEnvironments ?? cores * 2,
    ceiling: options.maxEnvironments ?? mostEnvironments(cores),
    idleMs: options.idleMs ?? 600_000,
  };
  const whereabouts = new Map<string, EnvironmentPool>();
  const machine = { hasSpareCpu: createSpareCpu(), whereabouts };
  const metrics = createFunctionMetrics(telemetry, clock);
  const askRole = createAskRole(context.dispatch);
  const variableKeys = createVariableKeys(context, place, records);
  const deliveries = options.deliveries ?? createDeliveries(context);
  const admitted = admitting(launcher, { telemetry, clock, askRole, variableKeys, deliveries });
  const code = createCodeStore(store.directory('lambda-code'));
  const functions: Functions = new Functions({
    place,
    records,
    catalogue,
    code,
    onChange: () => {
      sweeper.soon();
      provisioning.soon();
      mappings.functionsChanged();
      proactive?.functionsChanged();
    },
    concurrency,
    metrics,
    createPool: (spec) => new EnvironmentPool(spec, admitted, clock, limits, machine),
  });
  const proactive = options.proactiveInitialization?.fill({ records, functions, clock });
  const sweeper = createCodeSweeper({ records, code, functions });
  sweeper.soon();
  const provisioning = createProvisioning({
    records,
    concurrency,
    metrics,
    poolOf: (functionName, version) => functions.pool(functionName, version),
    most: limits.ceiling,
    report: (message) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]),
  });
  context.outbox.join(provisioning.companion);
  const tracer = createTracer(
    () => clock.now(),
    () => telemetry.sampling.decide(),
  );
  const execution = createExecution({
    concurrency,
    whereabouts,
    allowsRecursion: (functionName) => records.functions.get(functionName)?.recursiveLoop === 'Allow',
    tracer,
    clock,
    deliveries,
  });
  const downloads = options.downloads ?? codeDownloads({ endpointUrl: () => 'http://127.0.0.1:4566' });
  downloads.serve(place, (digest) => zipOf(digest, { place, records, catalogue, code }));
  const events = createEventQueue({ context, place, records, functions, execution, metrics });
  const rooms = { context, place, records, functions, concurrency, execution, metrics };
  const mappings: Mappings = createMappings({
    mappings: records.eventSourceMappings,
    checkpoints: store.collection('lambda', 'mapping-checkpoints'),
    hasFunction: ({ functionArn }) => {
      const { name, qualifier } = parseFunctionName(functionArn);
      return exists({ records }, name, qualifier);
    },
    roomOf: (mapping, said) => createPollerRoom(rooms, mapping, said),
    startQueuePoller,
    startStreamPoller,
  });
  if (options.eventSources !== 'described') context.outbox.join(mappings.companion);
  const room: LambdaRoom = {
    place,
    records,
    functions,
    concurrency,
    mappings,
    catalogue,
    code,
    downloads,
    clock,
    dispatch: context.dispatch,
    telemetry,
    askRole,
    variableKeys,
  };
  const providers = lambdaProviders(room);
  const through = createThroughProvider(providers);
  return {
    operations: {
      Invoke: invokeOperation({ functions, execution, events }),
      InvokeAsync: invokeAsyncOperation({ functions, events }),
      InvokeWithResponseStream: invokeWithResponseStreamOperation({ functions, execution }),
      [DELIVERY_FAILED]: events.deliveryFailed,
      [INVOKE_FUNCTION_URL]: invokeFunctionUrlOperation({ functions, execution }),
      ...managingOperations({ ...room, through }),
    },
    providers,
    resourceFacts: lambdaFacts(records, store),
    async wire() {
      const schemas = (await import('@aws-sdk/client-lambda')) as unknown as Readonly<Record<string, unknown>>;
      return { protocol: 'rest-json', schemas };
    },
    async stop() {
      proactive?.stop();
      // Busy environments end with the launcher; nobody waits for their answer any more.
      await launcher.stop();
      await functions.stop();
      await sweeper.stop();
      metrics.flush();
    },
  };
}
