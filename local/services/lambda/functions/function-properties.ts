/**
 * The properties of AWS::Lambda::Function, checked as AWS checks them. Everything that is wrong is found at once, each
 * finding at its line. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
import type { ResourceRequest } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { isLayerOfOtherAccount, type Place } from '../names.ts';
import type { CodeProperty } from '../packages/locate-code.ts';
import { type PropertyReader, readProperties } from '../property-reader.ts';
import type { FunctionVersion } from '../records.ts';
import { IMAGE, runtimeOf } from './runtimes.ts';
import { tagsComplaint } from './tags.ts';
import { readWholeFunction, type WholeFunction } from './whole-function.ts';

/** What the template says of a function; what is left out has AWS's default. */
export type FunctionSettings = Omit<
  FunctionVersion,
  'functionName' | 'label' | 'version' | 'code' | 'lastModified' | 'revisionId' | 'logging'
> & {
  readonly functionName: string | undefined;
  readonly code: CodeProperty;
  readonly logging: Omit<FunctionVersion['logging'], 'logGroup'> & { readonly logGroup: string | undefined };
  readonly whole: WholeFunction;
  readonly tags: Readonly<Record<string, string>>;
};

/** Set by Lambda itself. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED_VARIABLES = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

/** All variables together, as the JSON text of a map, in bytes. AWS's message shows that this is what it measures. */
const ENVIRONMENT_BYTES = 4096;

/** Throws TemplateError with every finding. */
export function readFunctionProperties(request: ResourceRequest): FunctionSettings {
  return readProperties(request, (read) => ({
    functionName: read.text('FunctionName', { pattern: /^[\w-]{1,64}$/ }),
    description: read.text('Description', { pattern: /^.{0,256}$/s }) ?? '',
    runtime: readRuntime(read),
    handler: readHandler(read),
    role: read.requiredText('Role', { pattern: /^arn:(?:aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[\w+=,.@/-]+$/ }),
    memorySize: read.integer('MemorySize', { minimum: 128, maximum: 10_240 }) ?? 128,
    timeout: read.integer('Timeout', { minimum: 1, maximum: 900 }) ?? 3,
    ephemeralStorage:
      read.within('EphemeralStorage', (at) => at.integer('Size', { minimum: 512, maximum: 10_240 })) ?? 512,
    environment: readEnvironment(read),
    layers: readLayers(read),
    code: readCode(read),
    architectures: read.texts('Architectures') ?? ['x86_64'],
    logging: readLogging(read),
    tracing: read.within('TracingConfig', (at) => at.oneOf('Mode', ['Active', 'PassThrough'])) ?? 'PassThrough',
    vpc: readVpc(read),
    deadLetterArn: read.within('DeadLetterConfig', (at) => at.text('TargetArn')) || undefined,
    kmsKeyArn: read.text('KmsKeyArn') || undefined,
    whole: readWholeFunction(read),
    tags: readTags(read),
  }));
}

/** A runtime that only AWS has is no error here: the function exists, and invoking it says why it cannot run. */
function readRuntime(read: PropertyReader): string {
  if (isImage(read)) return IMAGE;
  const name = read.requiredText('Runtime');
  const runtime = runtimeOf(name);
  if (name !== '' && (runtime.kind === 'blocked' || runtime.kind === 'unknown'))
    read.refuse(['Runtime'], runtime.message);
  return name;
}

/** Of a container image the image itself says what is started. */
function readHandler(read: PropertyReader): string {
  return isImage(read) ? '' : read.requiredText('Handler', { pattern: /^\S{1,128}$/ });
}

function isImage(read: PropertyReader): boolean {
  return read.text('PackageType') === 'Image';
}

function readEnvironment(read: PropertyReader): Record<string, string> {
  const variables = read.within('Environment', (at) => at.textMap('Variables')) ?? {};
  const names = Object.keys(variables);
  const at = (name: string) => ['Environment', 'Variables', name];
  for (const name of names) {
    if (RESERVED_VARIABLES.has(name)) {
      read.refuse(
        at(name),
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${name}`,
      );
    } else if (!/^[a-zA-Z]\w+$/.test(name)) {
      read.refuse(
        at(name),
        `the name ${JSON.stringify(name)} must start with a letter and have at least two of letters, digits and _`,
      );
    }
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES) {
    read.refuse(
      ['Environment', 'Variables'],
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
  return variables;
}

function readLayers(read: PropertyReader): readonly string[] {
  const layers = read.texts('Layers') ?? [];
  if (layers.length > 5) read.refuse(['Layers'], 'Cannot reference more than 5 layers.');
  return layers;
}

function readTags(read: PropertyReader): Record<string, string> {
  const list = read.each('Tags', (at): [string, string] => [at.requiredText('Key'), at.text('Value') ?? '']);
  const tags = Object.fromEntries(list);
  const complaint = tagsComplaint(tags);
  if (complaint !== undefined) read.refuse(['Tags'], complaint);
  return tags;
}

function readCode(read: PropertyReader): CodeProperty {
  return (
    read.within('Code', (at): CodeProperty => {
      const source = at.text('ZipFile');
      if (source !== undefined) {
        if (source.length > 4_194_304) at.refuse(['ZipFile'], 'inline code may have at most 4,194,304 characters');
        return { kind: 'source', text: source };
      }
      const image = at.text('ImageUri');
      if (image !== undefined) return { kind: 'image', uri: image };
      const version = at.text('S3ObjectVersion');
      return {
        kind: 'object',
        bucket: at.requiredText('S3Bucket'),
        key: at.requiredText('S3Key'),
        ...(version !== undefined && { version }),
      };
    }) ?? read.missing('Code', { kind: 'source', text: '' })
  );
}

const APPLICATION_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
const SYSTEM_LEVELS = ['DEBUG', 'INFO', 'WARN'] as const;

function readLogging(read: PropertyReader): FunctionSettings['logging'] {
  const logging = read.within('LoggingConfig', (at) => ({
    logGroup: at.text('LogGroup', { pattern: /^[\w./#-]{1,512}$/ }),
    logFormat: at.oneOf('LogFormat', ['Text', 'JSON']) ?? ('Text' as const),
    applicationLogLevel: at.oneOf('ApplicationLogLevel', APPLICATION_LEVELS),
    systemLogLevel: at.oneOf('SystemLogLevel', SYSTEM_LEVELS),
  }));
  if (logging?.logFormat === 'Text' && (logging.applicationLogLevel ?? logging.systemLogLevel) !== undefined) {
    read.refuse(
      ['LoggingConfig'],
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
    );
  }
  return logging ?? { logGroup: undefined, logFormat: 'Text' };
}

function readVpc(read: PropertyReader): FunctionVersion['vpc'] {
  const vpc = read.within('VpcConfig', (at) => ({
    subnetIds: at.texts('SubnetIds') ?? [],
    securityGroupIds: at.texts('SecurityGroupIds') ?? [],
  }));
  if (vpc === undefined || (vpc.subnetIds.length === 0 && vpc.securityGroupIds.length === 0)) return undefined;
  if (vpc.subnetIds.length === 0 || vpc.securityGroupIds.length === 0) {
    read.refuse(['VpcConfig'], 'SubnetIds and SecurityIds must coexist or be both empty list.');
  }
  return vpc;
}

function refusalOf(name: string): string | undefined {
  const runtime = runtimeOf(name);
  return runtime.kind === 'elsewhere'
    ? `${runtime.message}; the function exists, and invoking it is refused`
    : undefined;
}

/** Properties AWS would act on and this machine does not. */
export function unsupportedFunctionProperties(
  properties: JsonObject,
): readonly { path: readonly (string | number)[]; message: string }[] {
  const differences: Readonly<Record<string, (value: unknown) => string | undefined>> = {
    Runtime: (value) => refusalOf(String(value)),
    PackageType: (value) => (value === 'Image' ? refusalOf(IMAGE) : undefined),
    Architectures: (value) => {
      const wanted = Array.isArray(value) ? value[0] : undefined;
      const here = process.arch === 'arm64' ? 'arm64' : 'x86_64';
      return wanted !== undefined && wanted !== here ? `runs on this machine's ${here}, not ${wanted}` : undefined;
    },
    Environment: (value) =>
      (value as { Variables?: Record<string, unknown> } | null)?.Variables?.['AWS_LAMBDA_EXEC_WRAPPER'] === undefined
        ? undefined
        : 'AWS_LAMBDA_EXEC_WRAPPER is not acted on: the runtime starts without the wrapper',
    FileSystemConfigs: () => 'EFS file systems are not mounted',
    SnapStart: (value) =>
      (value as { ApplyOn?: string } | null)?.ApplyOn === 'PublishedVersions'
        ? 'SnapStart does not exist for Node.js'
        : undefined,
    KmsKeyArn: () => undefined,
    CodeSigningConfigArn: () => 'signatures are not checked',
    RuntimeManagementConfig: () => 'there is one build of each runtime here',
    ImageConfig: () => undefined,
    CapacityProviderConfig: () => 'managed instances are not emulated: the function runs as an ordinary one',
    DurableConfig: () => 'durable execution is not emulated',
    TenancyConfig: () => 'tenants share environments here',
  };
  const known = new Set([
    ...Object.keys(differences),
    ...['Code', 'DeadLetterConfig', 'Description', 'EphemeralStorage', 'FunctionName', 'Handler'],
    ...['Layers', 'LoggingConfig', 'MemorySize', 'RecursiveLoop', 'ReservedConcurrentExecutions', 'Role'],
    ...['Tags', 'Timeout', 'TracingConfig', 'VpcConfig'],
  ]);
  return Object.entries(properties).flatMap(([name, value]) => {
    const message = known.has(name) ? differences[name]?.(value) : 'is not acted on here';
    return message === undefined ? [] : [{ path: [name], message }];
  });
}

/** Layers of other accounts, such as AWS's own extensions: nobody here can fetch them. */
export function layersElsewhere(
  { Layers }: JsonObject,
  place: Pick<Place, 'accountId'>,
): readonly { path: readonly (string | number)[]; message: string }[] {
  return (Array.isArray(Layers) ? Layers : []).flatMap((arn, index) =>
    typeof arn === 'string' && isLayerOfOtherAccount(arn, place)
      ? [
          {
            path: ['Layers', index],
            message: `layer ${arn} is of another account and not here: the function runs without its modules and extensions, unless your project has the modules`,
          },
        ]
      : [],
  );
}
