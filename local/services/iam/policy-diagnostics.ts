/** What is said of policies at start: odd actions and condition keys, and policies of AWS that are not known here. */
import type { Unsupported } from '../../kernel/provider.ts';
import type { Json, JsonObject } from '../../kernel/service.ts';
import {
  AWS_MANAGED_AS_OF,
  awsManagedArnOfSameName,
  awsManagedNames,
  awsManagedPolicy,
  isAwsManaged,
} from '../../policy/iam/aws-managed/index.ts';
import { documentFindings } from '../../policy/iam/findings.ts';
import { didYouMean } from '../../template/names.ts';

/** Of a role, user or group: its own policies, its trust, and the managed ones it names. */
export async function bearerDiagnostics(properties: JsonObject): Promise<Unsupported[]> {
  const inline = listIn(properties.Policies).map((policy, index) => {
    const document = isObject(policy) ? policy.PolicyDocument : undefined;
    return documentFindings(document, 'identity', ['Policies', index, 'PolicyDocument']);
  });
  const trust = documentFindings(properties.AssumeRolePolicyDocument, 'trust', ['AssumeRolePolicyDocument']);
  const found = await Promise.all([trust, ...inline]);
  const named = listIn(properties.ManagedPolicyArns).map((arn, index) => ({ arn, path: ['ManagedPolicyArns', index] }));
  const managed = [...named, { arn: properties.PermissionsBoundary, path: ['PermissionsBoundary'] }];
  return [...found.flat(), ...managed.flatMap(({ arn, path }) => unknownManaged(arn, path))];
}

/** The list has its age: what is missing in it may be newer. What is surely wrong, the provider refuses. */
function unknownManaged(arn: Json | undefined, path: Unsupported['path']): Unsupported[] {
  if (typeof arn !== 'string' || !isAwsManaged(arn) || awsManagedPolicy(arn) || isMisplaced(arn)) return [];
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const near = didYouMean(name, awsManagedNames());
  const message = `AWS had no policy ${name} on ${AWS_MANAGED_AS_OF}: whatever it allows, it allows nothing here`;
  return [{ path, message: near ? `${message}; ${near}` : message }];
}

/** A policy of AWS under a path that is not its own, such as one without its `service-role/`. Names are unique. */
export const isMisplaced = (arn: string): boolean =>
  isAwsManaged(arn) && !awsManagedPolicy(arn) && awsManagedArnOfSameName(arn) !== undefined;

const listIn = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
