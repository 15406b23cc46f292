/** Puts together what an environment's extensions are made of, from what its launcher knows. */
import type { EnvironmentSpec, InitializationType } from '../../services/lambda/contract.ts';
import type { PreparedSandbox } from '../sandbox/contract.ts';
import type { Extensions } from './contract.ts';
import { EnvironmentExtensions } from './environment-extensions.ts';
import { extensionLog } from './extension-log.ts';
import { extensionVariables } from './extension-variables.ts';
import type { ExternalExtension } from './external-extensions.ts';

export interface ExtensionsOptions {
  readonly spec: EnvironmentSpec;
  readonly initializationType: InitializationType;
  /** `findExternalExtensions`; where there are any, the sandbox is prepared for `programs: 'any'`. */
  readonly external: readonly ExternalExtension[];
  readonly sandbox: PreparedSandbox;
  /** The function's, once they are known. */
  readonly variables: () => Readonly<Record<string, string>>;
  /** As the process sees it; undefined where there is no egress. */
  readonly egressPreload: string | undefined;
  readonly logStream: string;
  readonly runtime: { readonly runtimeVersion: string; readonly runtimeVersionArn: string };
  readonly write: (message: string, at: number) => void;
  /** ms since 1970. */
  readonly now: () => number;
}

export function createExtensions(options: ExtensionsOptions): Extensions {
  const { spec, initializationType, external, sandbox, egressPreload } = options;
  const { functionName, version: functionVersion, handler, memorySizeMb, logFormat } = spec;
  return new EnvironmentExtensions({
    function: { functionName, functionVersion, handler, accountId: spec.functionArn.split(':')[4] ?? '' },
    external,
    sandbox,
    variables: () => {
      const variables = options.variables();
      return extensionVariables({
        variables,
        runtimeApi: sandbox.network?.runtimeApi ?? variables['AWS_LAMBDA_RUNTIME_API'] ?? '',
        egress:
          egressPreload === undefined ? undefined : { preload: egressPreload, socketPath: sandbox.socketPathInside },
      });
    },
    dial: (port) => sandbox.dial(port),
    subject: {
      initializationType,
      functionName,
      functionVersion,
      instanceId: options.logStream,
      memorySizeMb,
      logFormat,
      ...options.runtime,
    },
    lines: extensionLog(logFormat, spec.systemLogLevel),
    write: options.write,
    now: options.now,
  });
}
