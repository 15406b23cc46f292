/** What AssumeRole says of a session besides whose role it is: what narrows it, its tags, and who is behind it. */
import { deflateRawSync } from 'node:zlib';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Principal } from '../../kernel/caller.ts';
import type { RoleSession } from '../../kernel/identity.ts';
import { MalformedPolicy, readPolicy } from '../../policy/iam/index.ts';
import { type Constraint, violations } from '../../protocols/index.ts';

export interface SessionInput {
  readonly Policy?: string;
  readonly PolicyArns?: readonly { readonly arn?: string }[];
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  readonly TransitiveTagKeys?: readonly string[];
  readonly SourceIdentity?: string;
}

export type SessionSettings = Pick<RoleSession, 'sessionPolicies' | 'tags' | 'transitiveTagKeys' | 'sourceIdentity'>;

const CONSTRAINTS: readonly Constraint[] = [
  { member: 'Policy', length: [1, 2_048] },
  { member: 'SourceIdentity', length: [2, 64], pattern: '[\\w+=,.@-]*' },
];

const MOST_POLICIES = 10;
const MOST_TAGS = 50;
/** Policies and tags travel in the session token, packed. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const PACKED_BYTES = 2_048;

/**
 * What the caller asked for and what comes along from the caller's own session.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
 * Throws AwsError: ValidationError, MalformedPolicyDocument, InvalidParameterValue, AccessDenied.
 */
export function sessionSettings(input: SessionInput, caller: Principal): SessionSettings {
  const problem = violations({ ...input }, CONSTRAINTS);
  if (problem !== undefined) throw new AwsError('ValidationError', problem);
  const inherited = inheritedTags(caller);
  const asked = askedTags(input, inherited);
  const tags = { ...inherited, ...asked };
  const transitiveTagKeys = [...Object.keys(inherited), ...(input.TransitiveTagKeys ?? [])];
  const policies = sessionPolicies(input);
  const sourceIdentity = sourceIdentityOf(input, caller);
  return {
    ...(policies && { sessionPolicies: policies }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(transitiveTagKeys.length > 0 && { transitiveTagKeys }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  };
}

/** Tags of the caller's session that go along whether the caller says so or not. */
export function inheritedTags(caller: Principal): Record<string, string> {
  if (caller.kind !== 'role-session') return {};
  const { tags = {}, transitiveTagKeys = [] } = caller;
  return Object.fromEntries(Object.entries(tags).filter(([key]) => has(transitiveTagKeys, key)));
}

/**
 * How full the session token is, per cent; undefined where nothing was asked for. AWS does not say how it packs: this is
 * an estimate by a common compression. Throws PackedPolicyTooLarge.
 */
export function packedPolicySize({ Policy, PolicyArns = [], Tags = [] }: SessionInput): number | undefined {
  if (Policy === undefined && PolicyArns.length === 0 && Tags.length === 0) return undefined;
  const bytes = deflateRawSync(JSON.stringify([Policy ?? '', PolicyArns, Tags])).byteLength;
  const size = Math.ceil((bytes * 100) / PACKED_BYTES);
  if (size <= 100) return size;
  const message = `Packed size of session tags and session policies consumes ${size}% of allotted space.`;
  throw new AwsError('PackedPolicyTooLarge', message);
}

function askedTags({ Tags = [], TransitiveTagKeys = [] }: SessionInput, inherited: Record<string, string>) {
  if (Tags.length > MOST_TAGS) throw tooMany('tags', Tags.length, MOST_TAGS);
  const tags: Record<string, string> = {};
  for (const { Key = '', Value = '' } of Tags) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)) {
      throw new AwsError('ValidationError', `The session tag ${JSON.stringify(Key)} or its value is not valid.`);
    }
    if (has(Object.keys(tags), Key)) {
      throw invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    }
    if (has(Object.keys(inherited), Key)) {
      throw invalidParameter(`The session tag ${Key} is transitive from the calling session and cannot be set again.`);
    }
    tags[Key] = Value;
  }
  const unknown = TransitiveTagKeys.find((key) => !has(Object.keys(tags), key));
  if (unknown !== undefined) {
    throw invalidParameter('The specified transitive tag key must be included in the requested tags.');
  }
  return tags;
}

function sessionPolicies({ Policy, PolicyArns }: SessionInput): RoleSession['sessionPolicies'] {
  if (Policy === undefined && PolicyArns === undefined) return undefined;
  const arns = (PolicyArns ?? []).map(({ arn = '' }) => arn);
  if (arns.length > MOST_POLICIES) throw tooMany('policyArns', arns.length, MOST_POLICIES);
  if (Policy !== undefined) {
    try {
      readPolicy(Policy, 'identity');
    } catch (error) {
      if (error instanceof MalformedPolicy) throw new AwsError('MalformedPolicyDocument', error.message);
      throw error;
    }
  }
  if (Policy === undefined && arns.length === 0) return undefined;
  return { ...(Policy !== undefined && { inline: Policy }), ...(arns.length > 0 && { arns }) };
}

/** Once it is set, it stays through every role that is assumed from there. */
function sourceIdentityOf({ SourceIdentity }: SessionInput, caller: Principal): string | undefined {
  const before = caller.kind === 'role-session' ? caller.sourceIdentity : undefined;
  if (SourceIdentity !== undefined && before !== undefined && SourceIdentity !== before) {
    throw new AwsError('AccessDenied', 'The source identity of a session cannot be changed.', { statusCode: 403 });
  }
  return SourceIdentity ?? before;
}

/** Tag keys are the same whatever their case. */
const has = (keys: readonly string[], key: string): boolean =>
  keys.some((known) => known.toLowerCase() === key.toLowerCase());

const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

const tooMany = (member: string, count: number, most: number): AwsError =>
  new AwsError(
    'ValidationError',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${most}, not ${count}`,
  );
