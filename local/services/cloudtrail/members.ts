/** Inputs and outputs as records show them: named as in the API's models, with nothing secret in them. */
import type { Member, Shape, StructureShape } from '../../protocols/shape.ts';
import type { Json, JsonObject } from '../../template/stack.ts';

const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** `kept`: as a request has them, headers by their own names, which is how S3's records name what they show. */
export type Names = 'lower camel case' | 'kept';

/** Headers about the request itself. */
const OF_THE_REQUEST = /^(content-md5|x-amz-(sdk-)?checksum-|x-amz-expected-bucket-owner)/i;

/** What the model calls sensitive is hidden, and bytes are left out. */
export function shown(shape: StructureShape, value: unknown, names: Names): JsonObject {
  const given = value as Readonly<Record<string, unknown>>;
  const entries = shape.members.flatMap((member): [string, Json][] => {
    const json = shownMember(member, given[member.name], names);
    const name = nameOf(member, names);
    return json === undefined || OF_THE_REQUEST.test(name) ? [] : [[name, json]];
  });
  return Object.fromEntries(entries);
}

function nameOf({ name, traits }: Member, names: Names): string {
  return names === 'kept' ? (traits.httpHeader ?? name) : lowerCamelCase(name);
}

function shownMember({ traits, shape }: Member, value: unknown, names: Names): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (traits.sensitive !== undefined) return HIDDEN;
  return shownValue(shape, value, names);
}

function shownValue(shape: Shape, value: unknown, names: Names): Json | undefined {
  switch (shape.kind) {
    case 'structure':
      return shown(shape, value, names);
    case 'list':
      return (value as readonly unknown[]).flatMap((each) => shownMember(shape.member, each, names) ?? []);
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).flatMap(([key, each]): [string, Json][] => {
          const json = shownMember(shape.value, each, names);
          return json === undefined ? [] : [[key, json]];
        }),
      );
    case 'blob':
      return undefined;
    case 'timestamp':
      return value instanceof Date ? value.toISOString() : String(value);
    case 'big-integer':
    case 'big-decimal':
      return String(value);
    default:
      return value as Json;
  }
}

/** `FunctionName` → `functionName`, `VPCConfig` → `vPCConfig`: as CloudTrail does it. */
const lowerCamelCase = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1);
