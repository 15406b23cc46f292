/**
 * The environment variables of an extension: the function's, credentials included, without those that are about its
 * runtime's process.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-configure
 */
const OF_THE_RUNTIME = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  'SAMPAN_ENVIRONMENT_SOCKET',
];

export interface ExtensionVariables {
  /** The function's. */
  readonly variables: Readonly<Record<string, string>>;
  /** `host:port`, which any program can connect to. */
  readonly runtimeApi: string;
  /** What leads an extension that is a Node program to everything else: the preload, and where it asks. */
  readonly egress?: { readonly preload: string; readonly socketPath: string };
}

export function extensionVariables({ variables, runtimeApi, egress }: ExtensionVariables): Record<string, string> {
  const kept = Object.entries(variables).filter(([name]) => !name.startsWith('_') && !OF_THE_RUNTIME.includes(name));
  const made: Record<string, string> = { ...Object.fromEntries(kept), AWS_LAMBDA_RUNTIME_API: runtimeApi };
  if (egress === undefined) return made;
  const preload = `--require=${JSON.stringify(egress.preload)}`;
  return {
    ...made,
    NODE_OPTIONS: made['NODE_OPTIONS'] ? `${made['NODE_OPTIONS']} ${preload}` : preload,
    SAMPAN_EGRESS_SOCKET: egress.socketPath,
  };
}
