/** Which resources a call can be about: by constants in the code, by variables of the function, or by its role alone. */
import { isAboutNoResource } from '../policy/iam/reference.ts';
import type { SdkCall } from './calls/contract.ts';
import type { Facts, FunctionFacts } from './contract.ts';

/** Of a call on an object, the bucket's ARN: the key is rarely a constant. */
export type CallResources =
  /** It is this one. */
  | { readonly kind: 'known'; readonly arn: string; readonly why: string }
  /** The function is told of these, and reads the variables; which call is for which, only shows while it runs. */
  | { readonly kind: 'told'; readonly arns: readonly { readonly arn: string; readonly why: string }[] }
  | { readonly kind: 'any' };

export async function resourcesOf(
  facts: Facts,
  caller: FunctionFacts,
  call: SdkCall,
  action: string,
): Promise<CallResources> {
  if (await isAboutNoResource(action)) return { kind: 'known', arn: '*', why: 'it is about no resource' };
  const named = call.resource?.value;
  const member = call.resource?.member ?? '';
  if (named?.kind === 'constant') return known(facts, action, named.text, `${member} is "${named.text}"`);
  if (named?.kind === 'variable') {
    const value = caller.variables[named.name];
    if (value !== undefined) return known(facts, action, value, `${member} is the variable ${named.name}`);
  }
  const told = Object.entries(caller.variables).flatMap(([name, value]) => {
    if (caller.code.kind !== 'read' || !caller.code.variables.includes(name)) return [];
    const why = `its variable ${name} names it`;
    if (action.startsWith('bedrock:')) return modelArns(facts, value).map((arn) => ({ arn, why }));
    const arn = arnInStack(facts, action, value);
    return arn === undefined ? [] : [{ arn, why }];
  });
  return told.length > 0 ? { kind: 'told', arns: told } : { kind: 'any' };
}

function known(facts: Facts, action: string, text: string, why: string): CallResources {
  const arn = text.startsWith('arn:') ? text : (arnInStack(facts, action, text) ?? arnByName(facts, action, text));
  return arn === undefined ? { kind: 'any' } : { kind: 'known', arn, why };
}

/** Where inference profiles send calls to, as their ids begin. */
const PROFILE = /^(?:global|us|us-gov|eu|apac|jp|au|ca)\.(?=[a-z0-9-]+\.)/;
const MODEL_ID = /^[a-z0-9-]+\.[a-z0-9-]+(?:[.:-][a-z0-9-]+)*$/;
/** Other names with a dot in them are no models. */
const PROVIDER =
  /^(?:ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|nvidia|openai|qwen|stability|twelvelabs|writer)\./;

/**
 * What a call by the id of a model or an inference profile needs: through a profile both.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
function modelArns({ stack }: Facts, id: string): string[] {
  const { partition, region, accountId } = stack.pseudo;
  const model = id.replace(PROFILE, '');
  if (!MODEL_ID.test(model) || !PROVIDER.test(model)) return [];
  const ofModel = `arn:${partition}:bedrock:${region}::foundation-model/${model}`;
  return model === id
    ? [ofModel]
    : [`arn:${partition}:bedrock:${region}:${accountId}:inference-profile/${id}`, ofModel];
}

/** The ARN that a value is, or that the stack's resource of this name or URL has, when it is of the action's service. */
export function arnInStack({ resources }: Facts, action: string, value: string): string | undefined {
  const service = arnService(action);
  const fits = (arn: unknown): arn is string => typeof arn === 'string' && arn.split(':')[2] === service;
  if (value.startsWith('arn:')) return fits(value) ? value : undefined;
  for (const { physicalId, attributes } of resources.values()) {
    if (value !== physicalId && value !== attributes['QueueName']) continue;
    const arn = [attributes['Arn'], attributes['TopicArn']].find(fits);
    if (arn !== undefined) return arn;
  }
  return undefined;
}

function arnService(action: string): string {
  return action.slice(0, action.indexOf(':'));
}

/** For names that stand in the code: what they are called in ARNs. */
const BY_NAME: Readonly<Record<string, (name: string) => string>> = {
  dynamodb: (name) => `table/${name}`,
  events: (name) => `event-bus/${name}`,
  kinesis: (name) => `stream/${name}`,
  lambda: (name) => `function:${name}`,
  sns: (name) => name,
  sqs: (name) => name.slice(name.lastIndexOf('/') + 1),
  ssm: (name) => `parameter/${name.replace(/^\//, '')}`,
};

function arnByName({ stack }: Facts, action: string, name: string): string | undefined {
  const service = arnService(action);
  const { partition, region, accountId } = stack.pseudo;
  if (service === 's3') return `arn:${partition}:s3:::${name}`;
  const resource = BY_NAME[service]?.(name);
  return resource === undefined ? undefined : `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}
