import type { PropertyReader } from '../../kernel/property-reader.ts';
import type { ResourceRequest } from '../../kernel/provider.ts';
import type { Json } from '../../kernel/service.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { type DocumentKind, MalformedPolicy, type PolicyDocument, readPolicy } from '../../policy/iam/document.ts';
import { didYouMean } from '../../template/names.ts';

/** CloudFormation refuses names it does not know for a type; so do we, with the nearest one it does. */
export function refuseUnknown(reader: PropertyReader, known: readonly string[]): void {
  for (const name of Object.keys(reader.properties)) {
    if (known.includes(name)) continue;
    const hint = didYouMean(name, known);
    reader.refuse([name], `extraneous key [${name}] is not permitted${hint ? `; ${hint}` : ''}`);
  }
}

interface Limits {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
}

export function limitedText(reader: PropertyReader, name: string, limits: Limits): string | undefined {
  const value = reader.text(name);
  if (value === undefined) return undefined;
  const { min = 1, max, pattern } = limits;
  if (value.length < min || value.length > max) reader.refuse([name], `${name} must have ${min} to ${max} characters`);
  if (pattern && !pattern.test(value)) {
    reader.refuse([name], `${name} has characters that are not allowed (${pattern.source})`);
  }
  return value;
}

/** The name its author gave or, cut to fit, the generated one: its end, which makes it unique, stays. */
export function nameOr(reader: PropertyReader, name: string, generated: string, max: number): string {
  const given = limitedText(reader, name, { max, pattern: NAME });
  if (given !== undefined) return given;
  if (generated.length <= max) return generated;
  const end = generated.slice(generated.lastIndexOf('-'));
  return generated.slice(0, max - end.length) + end;
}

const NAME = /^[\w+=,.@-]+$/;

export function pathOf(reader: PropertyReader): string {
  return limitedText(reader, 'Path', { max: 512, pattern: /^\/$|^\/[\x21-\x7e]+\/$/ }) ?? '/';
}

/** A document of the wrong form is refused, with the line inside it, and read as one without statements. */
export function policyAt(reader: PropertyReader, name: string, kind: DocumentKind): PolicyDocument {
  const value: Json | undefined = reader.properties[name];
  try {
    if (value !== undefined) return readPolicy(value, kind);
    reader.refuse([], `required key [${name}] not found`);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    reader.refuse([name, ...error.path], error.message);
  }
  return { Version: '2012-10-17', Statement: [] };
}

/** `Policies: [{ PolicyName, PolicyDocument }]` of roles, users and groups, by name. */
export function inlinePolicies(reader: PropertyReader): Record<string, PolicyDocument> {
  const entries = reader.objects('Policies', (policy) => {
    return [policy.requiredText('PolicyName'), policyAt(policy, 'PolicyDocument', 'identity')] as const;
  });
  return Object.fromEntries(entries);
}

/** Where the documents of `Policies` stand, by name. */
export function inlinePolicyPlaces({ stackName, logicalId, properties }: ResourceRequest) {
  const policies = (properties.Policies ?? []) as readonly { PolicyName?: Json }[];
  const places: Record<string, TemplatePlace> = {};
  policies.forEach(({ PolicyName }, index) => {
    places[String(PolicyName)] = { stackName, logicalId, path: ['Policies', index, 'PolicyDocument'] };
  });
  return places;
}
