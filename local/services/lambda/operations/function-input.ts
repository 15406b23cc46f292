/** From the members of an API input to CloudFormation's properties of the same function. Pure. */
import type { Json, JsonObject } from '../../../template/stack.ts';

/** What CreateFunction and UpdateFunctionConfiguration have in common, as the SDK names it. */
export interface FunctionInput {
  readonly FunctionName: string;
  readonly Role?: string;
  readonly Runtime?: string;
  readonly Handler?: string;
  readonly Description?: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly VpcConfig?: { readonly SubnetIds?: readonly string[]; readonly SecurityGroupIds?: readonly string[] };
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly KMSKeyArn?: string;
  readonly TracingConfig?: { readonly Mode?: string };
  readonly Layers?: readonly string[];
  readonly FileSystemConfigs?: readonly object[];
  readonly ImageConfig?: object;
  readonly EphemeralStorage?: { readonly Size: number };
  readonly SnapStart?: { readonly ApplyOn?: string };
  readonly LoggingConfig?: {
    readonly LogFormat?: string;
    readonly ApplicationLogLevel?: string;
    readonly SystemLogLevel?: string;
    readonly LogGroup?: string;
  };
  readonly CapacityProviderConfig?: object;
  readonly DurableConfig?: object;
}

/** Members with the same name and form on both sides. */
const SAME = [
  'Role',
  'Runtime',
  'Handler',
  'Description',
  'Timeout',
  'MemorySize',
  'VpcConfig',
  'DeadLetterConfig',
  'Environment',
  'TracingConfig',
  'Layers',
  'EphemeralStorage',
  'LoggingConfig',
] as const satisfies readonly (keyof FunctionInput)[];

/** Only what the input says. */
export function propertiesOfInput(input: FunctionInput): JsonObject {
  const properties: Record<string, Json> = {};
  for (const name of SAME) {
    const value = input[name];
    if (value !== undefined && value !== null) properties[name] = value as Json;
  }
  if (input.KMSKeyArn != null) properties['KmsKeyArn'] = input.KMSKeyArn;
  return properties;
}

export function tagsProperty(tags: Readonly<Record<string, string>>): Json {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** `changes` over what is there. Of the logging configuration the members that are not named stay. */
export function changedProperties(before: JsonObject, changes: JsonObject): JsonObject {
  const after = { ...before, ...changes };
  const logging = changes['LoggingConfig'] as JsonObject | undefined;
  if (logging) after['LoggingConfig'] = changedLogging(before['LoggingConfig'] as JsonObject, logging);
  return after;
}

function changedLogging(before: JsonObject, changes: JsonObject): JsonObject {
  if (changes['LogFormat'] !== 'Text') return { ...before, ...changes };
  // Plain text has no levels: those of the JSON before are gone, those in the input are the provider's to refuse.
  const { ApplicationLogLevel: _application, SystemLogLevel: _system, ...rest } = before;
  return { ...rest, ...changes };
}
