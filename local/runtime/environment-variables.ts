/**
 * The environment variables of a function's process: what Lambda sets, what the function sets, and nothing else.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import { dirname } from 'node:path';
import type { Credentials } from '../kernel/identity.ts';
import type { EnvironmentSpec, InitializationType } from '../services/lambda/contract.ts';
import { SOCKET_VARIABLE } from './environment-socket.ts';
import type { PreparedSandbox } from './sandbox/contract.ts';

/** Read by `client/compile-cache.cjs`. */
const COMPILED_CODE_VARIABLE = 'SAMPAN_COMPILED_CODE';

export interface VariableSources {
  readonly spec: EnvironmentSpec;
  readonly sandbox: Pick<
    PreparedSandbox,
    'taskRoot' | 'optRoot' | 'runtimeDirectory' | 'socketPathInside' | 'nodePath' | 'compiledCode'
  >;
  readonly region: string;
  readonly logStream: string;
  readonly initializationType: InitializationType;
  readonly credentials: Pick<Credentials, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;
  /** Every AWS service is found here. A function's own non-empty `AWS_ENDPOINT_URL` wins. */
  readonly endpointUrl: string;
  /** `host:port`, UDP. */
  readonly xrayDaemonAddress: string;
  /** `host:port` of the Runtime API. */
  readonly runtimeApi: string;
  /** Directories of modules every function finds, such as the runtime's AWS SDK. */
  readonly runtimeModules: readonly string[];
}

export function environmentVariables(sources: VariableSources): Record<string, string> {
  const { spec, sandbox, credentials } = sources;
  const { AWS_ENDPOINT_URL: ownEndpoint, ...own } = spec.environment;
  const [daemonHost = '', daemonPort = ''] = sources.xrayDaemonAddress.split(':');
  const ofNode = isNodeRuntime(spec.runtime);
  return {
    ...replaceable(sources),
    ...own,
    AWS_ENDPOINT_URL: ownEndpoint || sources.endpointUrl,
    _HANDLER: spec.handler,
    AWS_REGION: sources.region,
    AWS_DEFAULT_REGION: sources.region,
    ...(ofNode && { AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}` }),
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_INITIALIZATION_TYPE: sources.initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: sources.logStream,
    ...(spec.logFormat === 'JSON' && {
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_LAMBDA_LOG_LEVEL: spec.applicationLogLevel ?? 'INFO',
    }),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_LAMBDA_RUNTIME_API: sources.runtimeApi,
    LAMBDA_TASK_ROOT: sandbox.taskRoot,
    LAMBDA_RUNTIME_DIR: sandbox.runtimeDirectory,
    AWS_XRAY_DAEMON_ADDRESS: sources.xrayDaemonAddress,
    _AWS_XRAY_DAEMON_ADDRESS: daemonHost,
    _AWS_XRAY_DAEMON_PORT: daemonPort,
    // Taken out again by our preloads before the function's first line.
    ...(ofNode && { [SOCKET_VARIABLE]: sandbox.socketPathInside }),
    ...(ofNode && sandbox.compiledCode && { [COMPILED_CODE_VARIABLE]: sandbox.compiledCode }),
  };
}

/** Else the function brings its own runtime, and gets only what every runtime gets. */
export function isNodeRuntime(runtime: string): boolean {
  return runtime.startsWith('nodejs');
}

/** Set by Lambda, but a function's own value wins. `TZ` is reserved in name only: Lambda documents setting it. */
function replaceable({ spec, sandbox, runtimeModules }: VariableSources): Record<string, string> {
  const { taskRoot, optRoot, runtimeDirectory } = sandbox;
  const major = /^nodejs(\d+)\.x$/.exec(spec.runtime)?.[1] ?? '';
  return {
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    PATH: [dirname(sandbox.nodePath), '/usr/local/bin', '/usr/bin/', '/bin', `${optRoot}/bin`].join(':'),
    LD_LIBRARY_PATH: [
      '/var/lang/lib',
      '/lib64',
      '/usr/lib64',
      runtimeDirectory,
      `${runtimeDirectory}/lib`,
      taskRoot,
      `${taskRoot}/lib`,
      `${optRoot}/lib`,
    ].join(':'),
    ...(isNodeRuntime(spec.runtime) && {
      NODE_PATH: [
        `${optRoot}/nodejs/node${major}/node_modules`,
        `${optRoot}/nodejs/node_modules`,
        `${runtimeDirectory}/node_modules`,
        ...runtimeModules,
        runtimeDirectory,
        taskRoot,
      ].join(':'),
    }),
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
  };
}
