/** Names and ARNs of Lambda resources, as the API accepts them. */
import type { AwsError } from '../../kernel/aws-error.ts';
import { invalidParameter, notFound, violatedConstraints } from './errors.ts';

export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export function functionArn({ partition, region, accountId }: Place, name: string, qualifier?: string): string {
  const arn = `arn:${partition}:lambda:${region}:${accountId}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

export function layerVersionArn({ partition, region, accountId }: Place, name: string, version: number): string {
  return `arn:${partition}:lambda:${region}:${accountId}:layer:${name}:${version}`;
}

export function layerArn({ partition, region, accountId }: Place, name: string): string {
  return `arn:${partition}:lambda:${region}:${accountId}:layer:${name}`;
}

/** `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION` → name and version. */
export function parseLayerVersionArn(arn: string): { name: string; version: number } | undefined {
  const match = /^arn:[^:]+:lambda:[^:]+:\d{12}:layer:([\w-]+):(\d+)$/.exec(arn);
  return match ? { name: match[1] as string, version: Number(match[2]) } : undefined;
}

/** Nobody here has it, whatever its name: AWS's own extensions are layers of accounts of theirs. */
export function isLayerOfOtherAccount(arn: string, { accountId }: Pick<Place, 'accountId'>): boolean {
  return parseLayerVersionArn(arn) !== undefined && arn.split(':')[4] !== accountId;
}

export interface FunctionReference {
  readonly name: string;
  readonly qualifier: string | undefined;
}

const FORM =
  /^(?:arn:aws[\w-]*:lambda:[a-z0-9-]+:(?<account>\d{12}):function:|(?:(?<partial>\d{12}):)?(?:function:)?)(?<name>[\w-]{1,140})(?::(?<qualifier>\$LATEST|[\w-]{1,128}))?$/;

const PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';

/**
 * `name`, `name:qualifier`, `123456789012:function:name`, a full ARN, each with an optional qualifier of its own.
 * Throws ValidationException for anything else, InvalidParameterValueException when two qualifiers disagree.
 */
export function parseFunctionName(functionName: string, qualifier?: string): FunctionReference {
  const groups = FORM.exec(functionName)?.groups;
  if (!groups) {
    throw violatedConstraints([
      `Value '${functionName}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${PATTERN}`,
    ]);
  }
  const own = groups['qualifier'];
  if (own !== undefined && qualifier !== undefined && own !== qualifier) {
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.');
  }
  return { name: groups['name'] as string, qualifier: own ?? qualifier };
}

/** Region and account, where a name says them. */
export function placeOf(functionName: string): { readonly region?: string; readonly accountId?: string } {
  const arn = /^arn:[^:]*:lambda:([^:]*):([^:]*):/.exec(functionName);
  if (arn) return { region: arn[1] as string, accountId: arn[2] as string };
  const partial = /^(\d{12}):/.exec(functionName);
  return partial ? { accountId: partial[1] as string } : {};
}

export function functionNotFound(arn: string): AwsError {
  return notFound(`Function not found: ${arn}`);
}
