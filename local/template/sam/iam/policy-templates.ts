/**
 * SAM policy templates (`S3ReadPolicy`, `SQSPollerPolicy` …): named statements with parameters.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
 */
import type { Json, JsonObject, SourceMap } from '../../stack.ts';
import { InvalidResource } from '../errors.ts';
import { ifArguments, isIf, isNoValue } from '../intrinsics.ts';
import { printed } from '../python/print.ts';
import { isList, isMap, type Maybe } from '../python/values.ts';
import { policyEntries } from './kinds.ts';
import data from './policy-templates.json' with { type: 'json' };

interface PolicyTemplate {
  readonly Parameters: JsonObject;
  readonly Definition: JsonObject;
}

const templates = data.Templates as unknown as Readonly<Record<string, PolicyTemplate>>;

const isPolicyTemplate = (name: string): boolean => Object.hasOwn(templates, name);

/** The resource's `Policies` with every policy template replaced by its statements; undefined when it has none. */
export function withoutPolicyTemplates(logicalId: string, policies: Maybe, source: SourceMap): Json[] | undefined {
  const entries = policyEntries(policies, isPolicyTemplate);
  if (entries.length === 0) return undefined;
  const statements = entries.map(({ kind, policy }) => {
    if (kind !== 'template') return policy;
    const items = isIf(policy) ? ifArguments(policy) : undefined;
    const made = items
      ? { 'Fn::If': [items[0], expandUnlessNone(logicalId, items[1]), expandUnlessNone(logicalId, items[2])] }
      : expand(logicalId, policy as JsonObject);
    source.carry(policy as JsonObject, made);
    return made;
  });
  if (isList(policies)) source.carry(policies, statements);
  return statements;
}

const expandUnlessNone = (logicalId: string, policy: Json): Json =>
  isNoValue(policy) ? policy : expand(logicalId, policy as JsonObject);

function expand(logicalId: string, policy: JsonObject): JsonObject {
  const [[name, values]] = Object.entries(policy) as [[string, Json]];
  const template = templates[name]!;
  if (!isMap(values)) {
    throw new InvalidResource(
      logicalId,
      `Must specify valid parameter values for policy template '${name}'`,
      'Policies',
    );
  }
  const missing = Object.keys(template.Parameters).filter((parameter) => !Object.hasOwn(values, parameter));
  if (missing.length > 0) {
    throw new InvalidResource(
      logicalId,
      `Following required parameters of template '${name}' don't have values: ${printed(missing)}`,
      'Policies',
    );
  }
  return fill(template.Definition, template, values) as JsonObject;
}

function fill(value: Json, template: PolicyTemplate, values: JsonObject): Json {
  if (isList(value)) return value.map((item) => fill(item, template, values));
  if (!isMap(value)) return value;
  const referred = value['Ref'];
  if (typeof referred === 'string' && Object.hasOwn(template.Parameters, referred)) {
    return structuredClone(values[referred]!);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, template, values)]));
}
